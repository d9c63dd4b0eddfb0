import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { type AcceptedCodings, acceptedCodings, weightOf } from '../../../src/http/fields/accept-encoding.ts'
import { Codings, preferring, wishOf } from '../../../src/http/policy/codings.ts'
import { rounds } from '../../support/rounds.ts'

const LIKELY = ['gzip']
const accepted = (field?: string) => acceptedCodings(field)

/** The codings after these responses: pairs of a request's header and the selecting value of its response. */
function codingsAfter(...responses: [field: string | undefined, value: string][]): Codings {
  const codings = new Codings()
  for (const [field, value] of responses) codings.add(value, accepted(field), LIKELY)
  return codings
}

function expected(codings: Codings, field: string | undefined, likely = LIKELY): string | undefined {
  return codings.expected(accepted(field), likely)
}

describe('Codings', () => {
  it('without a response, expects the likeliest coding that the request accepts', () => {
    const codings = new Codings()
    assert.equal(expected(codings, 'gzip, br'), 'gzip')
    assert.equal(expected(codings, 'gzip, br', ['br', 'gzip']), 'br')
    assert.equal(expected(codings, 'br'), 'identity')
    assert.equal(expected(codings, undefined), 'identity')
    assert.equal(expected(codings, 'br, identity;q=0'), undefined)
  })

  it('selects a recorded coding, although another may be better', () => {
    const codings = codingsAfter(['gzip', 'gzip'])
    assert.equal(expected(codings, 'br, gzip;q=0.1'), 'gzip')
    assert.equal(expected(codings, 'br'), 'identity')
  })

  it('does not take identity for a request that prefers a coding that was not tried', () => {
    const codings = codingsAfter([undefined, 'identity'])
    assert.equal(expected(codings, 'gzip, br'), 'gzip')
    assert.equal(expected(codings, 'br'), 'identity', 'the route has never made it')
    assert.equal(expected(codings, 'br', ['br', 'gzip']), 'br')
    assert.equal(expected(codings, 'identity, gzip;q=0.5'), 'identity')
  })

  it('takes identity once the handler did not make the preferred coding', () => {
    const codings = codingsAfter(['gzip, br', 'identity'])
    assert.equal(expected(codings, 'gzip'), 'identity')
    codings.add('gzip', accepted('gzip'), LIKELY)
    assert.equal(expected(codings, 'gzip'), 'gzip', 'it is made now')
  })

  it('learns nothing about a coding from a header that a simple handler misunderstands', () => {
    for (const field of ['gzip;q=0.9', 'GZIP', 'x-gzip', '*', 'gzip;q=NaN']) {
      const codings = codingsAfter([field, 'identity'])
      assert.equal(expected(codings, field), 'identity', field)
      assert.equal(expected(codings, 'gzip'), 'gzip', field)
    }
  })

  it('the next equal request selects the response just added, whatever was recorded before', () => {
    const value = fc.constantFrom('identity', 'gzip', 'br', 'gzip,br', 'x-own')
    const coding = fc.constantFrom('gzip', 'br', 'identity', '*', 'x-own', 'GZIP')
    const weight = fc.constantFrom('', ';q=0.5', ';q=0', ';q=0.2')
    const field = fc.option(
      fc
        .array(fc.tuple(coding, weight), { maxLength: 4 })
        .map((list) => list.map((each) => each.join('')).join()),
      { nil: undefined },
    )
    fc.assert(
      fc.property(fc.array(fc.tuple(field, value), { minLength: 1, maxLength: 12 }), (responses) => {
        const codings = new Codings()
        let likely: readonly string[] = LIKELY
        for (const [header, made] of responses) {
          const request = accepted(header)
          if (made !== 'identity') likely = preferring(likely, made, request)
          codings.add(made, request, likely)
          if (weightOf(request, made) > 0)
            assert.equal(codings.expected(request, likely), made, String(header))
        }
      }),
      { numRuns: rounds(1000, 3000) },
    )
  })

  it('never selects a response that the request refuses', () => {
    const codings = codingsAfter(['gzip;q=0', 'gzip'], ['identity;q=0', 'identity'])
    assert.equal(expected(codings, 'gzip;q=0'), 'identity')
    assert.equal(expected(codings, 'identity;q=0'), undefined)
    assert.equal(expected(codings, 'gzip'), 'gzip')
  })

  it('records at most four responses for equal headers only, and returns the excess', () => {
    const codings = new Codings()
    const excess = ['a', 'b', 'c', 'd', 'e', 'f'].map((field) =>
      codings.add(`=${field}`, accepted(field), LIKELY),
    )
    assert.deepEqual(excess, [[], [], [], [], ['=a'], ['=b']])
    assert.equal(expected(codings, 'f'), '=f')
    assert.equal(expected(codings, 'a'), 'identity')
  })

  it('does not select a removed response', () => {
    const codings = codingsAfter(['br', 'br'])
    assert.equal(codings.isEmpty, false)
    codings.remove('br')
    assert.equal(expected(codings, 'br'), 'identity')
    assert.equal(codings.isEmpty, true)
  })
})

describe('wishOf()', () => {
  const wish = (field?: string, likely = LIKELY) => wishOf(accepted(field), likely)

  it('is equal for headers that accept the same known codings', () => {
    for (const field of ['br, gzip', 'GZIP;q=0.5 , x-1, br', 'x-gzip, br, *;q=0, identity']) {
      assert.equal(wish(field), 'br,gzip,identity', field)
    }
    assert.equal(wish(), 'identity')
    assert.equal(wish('gzip, identity;q=0'), 'gzip')
    assert.equal(wish('x-own', ['gzip', 'x-own']), 'identity,x-own')
  })
})

describe('preferring()', () => {
  const request: AcceptedCodings = accepted('gzip, br')

  it('moves a value before those that the request accepts as well', () => {
    assert.deepEqual(preferring(['zstd', 'gzip', 'br'], 'br', request), ['zstd', 'br', 'gzip'])
    assert.deepEqual(preferring(['zstd', 'gzip'], 'br', request), ['zstd', 'br', 'gzip'])
    assert.deepEqual(preferring(['br', 'zstd', 'gzip'], 'br', request), ['br', 'zstd', 'gzip'])
    assert.deepEqual(preferring(['zstd'], 'gzip', request), ['zstd', 'gzip'])
    assert.deepEqual(preferring([], 'gzip', request), ['gzip'])
  })
})
