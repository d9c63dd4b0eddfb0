import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { acceptedCodings, selectingCoding, weightOf } from '../../../src/http/fields/accept-encoding.ts'
import { cpuMs } from '../../support/cpu-ms.ts'
import { rounds } from '../../support/rounds.ts'

/** Weights of these codings, `identity` not listed shown as `low`. */
function weights(field: string | undefined, ...codings: string[]): (number | 'low')[] {
  const accepted = acceptedCodings(field)
  return codings.map((coding) => {
    const weight = weightOf(accepted, coding)
    return weight > 0 && weight < 0.001 ? 'low' : weight
  })
}

describe('weightOf()', () => {
  it('is the weight that the header gives to a coding', () => {
    assert.deepEqual(weights('gzip, br;q=0.5', 'gzip', 'br', 'zstd', 'identity'), [1, 0.5, 0, 'low'])
    assert.deepEqual(weights('GZip ; Q=0.25', 'gzip'), [0.25])
    assert.deepEqual(weights('*;q=0.1, gzip', 'gzip', 'br', 'identity'), [1, 0.1, 'low'])
  })

  it('is 0 for every coding but identity without a header and for an empty one', () => {
    for (const field of [undefined, '', ' , ,']) {
      assert.deepEqual(weights(field, 'gzip', 'br', 'identity'), [0, 0, 'low'], String(field))
    }
  })

  it('is 0 for a refused coding', () => {
    assert.deepEqual(weights('gzip;q=0, *', 'gzip', 'br'), [0, 1])
    assert.deepEqual(weights('gzip;q=0.000', 'gzip'), [0])
    assert.deepEqual(weights('identity;q=0', 'identity', 'gzip'), [0, 0])
    assert.deepEqual(weights('*;q=0', 'identity', 'gzip'), [0, 0])
    assert.deepEqual(weights('*;q=0, identity;q=0.5', 'identity', 'gzip'), [0.5, 0])
    assert.deepEqual(weights('gzip, gzip;q=0, gzip', 'gzip'), [0])
    assert.deepEqual(weights('x-gzip;q=0', 'gzip'), [0])
  })

  it('is the same for both names of a coding', () => {
    assert.deepEqual(weights('x-gzip;q=0.5, X-Compress', 'gzip', 'compress'), [0.5, 1])
  })

  it('of several codings is the smallest of their weights', () => {
    assert.deepEqual(weights('gzip;q=0.5, br', 'gzip,br', 'br,zstd', 'br,br'), [0.5, 0, 1])
    assert.deepEqual(weights('*;q=0.2, br;q=0', 'gzip,zstd', 'gzip,br'), [0.2, 0])
  })

  it('of an invalid weight is 1, and of one out of range the nearest valid one', () => {
    assert.deepEqual(
      weights('gzip;q=x, br;q=, zstd;q=7, deflate;q=-1', 'gzip', 'br', 'zstd', 'deflate'),
      [1, 1, 1, 0],
    )
    assert.deepEqual(weights('gzip;q="0", br;a=1;q=0.5;b', 'gzip', 'br'), [0, 0.5])
  })

  it('agrees with a slow implementation of the grammar', () => {
    const coding = fc.constantFrom('gzip', 'GZIP', 'x-gzip', 'br', 'zstd', 'identity', '*', 'x-own')
    const weight = fc.constantFrom('', ';q=1', ' ; q=0', ';Q=0.5', ';q=0.333', ';q=1.000', ';q=0.0')
    const member = fc.tuple(coding, weight).map((parts) => parts.join(''))
    const field = fc.array(member, { maxLength: 6 }).map((members) => members.join(' , '))
    fc.assert(
      fc.property(field, fc.constantFrom('gzip', 'br', 'identity', 'x-own', 'gzip,br'), (header, coding) => {
        const [actual = 0] = weights(header, coding)
        assert.equal(actual, slowWeight(header, coding), `${header} | ${coding}`)
      }),
      { numRuns: rounds(1000, 3000) },
    )
  })

  it('is a number from 0 to 1 for any header, in linear time', () => {
    const text = fc.string({
      unit: fc.constantFrom('gzip', 'q', '=', ';', ',', '"', '0', '.', ' ', '*', '\\'),
    })
    fc.assert(
      fc.property(text, (field) => {
        const weight = weightOf(acceptedCodings(field), 'gzip')
        assert.ok(weight >= 0 && weight <= 1)
      }),
      { numRuns: rounds(1000, 3000) },
    )
    const startedAt = cpuMs()
    for (const part of ['gzip;', ';q', 'gzip,', ' ', '"']) acceptedCodings(part.repeat(100_000))
    assert.ok(cpuMs() - startedAt < 2000) // quadratic time would be half a minute
  })
})

function slowWeight(field: string, coding: string): number | 'low' {
  const members = field
    .toLowerCase()
    .split(',')
    .map((member) => /^\s*(?:x-(?=gzip))?([^;\s]+)\s*(?:;\s*q=([\d.]+))?\s*$/.exec(member))
    .flatMap((match) => (match ? [{ coding: match[1], weight: Number(match[2] ?? 1) }] : []))
  const of = (name: string) =>
    members.filter((member) => member.coding === name).toSorted((a, b) => a.weight - b.weight)[0]?.weight
  if (coding === 'identity') return of('identity') ?? (of('*') === 0 ? 0 : 'low')
  return coding
    .split(',')
    .map((name) => of(name) ?? of('*') ?? 0)
    .toSorted((a, b) => a - b)[0] as number
}

describe('acceptedCodings()', () => {
  it('lists the codings without parameters in lower case as plain', () => {
    const { plain } = acceptedCodings('gzip, br;q=1, ZSTD, x-gzip, *, deflate')
    assert.deepEqual([...plain], ['gzip', '*', 'deflate'])
  })
})

describe('selectingCoding()', () => {
  const select = (contentEncoding: string | null, field?: string) =>
    selectingCoding(contentEncoding, acceptedCodings(field))

  it('is the coding of the response', () => {
    assert.equal(select(null, 'gzip'), 'identity')
    assert.equal(select(' ', 'gzip'), 'identity')
    assert.equal(select('Identity', 'gzip'), 'identity')
    assert.equal(select('GZIP', 'gzip'), 'gzip')
    assert.equal(select('x-gzip', 'gzip'), 'gzip')
    assert.equal(select('gzip , identity,BR', 'br, gzip'), 'gzip,br')
  })

  it('is the coding of the response also if the request refuses it', () => {
    assert.equal(select('gzip', 'gzip;q=0'), 'gzip')
    assert.equal(select('gzip', 'identity, *;q=0'), 'gzip')
    assert.equal(select('gzip, br', 'gzip;q=0'), 'gzip,br')
    assert.equal(select(null, 'identity;q=0'), 'identity')
  })

  it('is the header of a request that does not list the coding, so that only equal requests match', () => {
    for (const field of [undefined, '', 'gzip', 'br, gzip;q=0.5']) {
      const value = select('utf-8', field)
      assert.ok(weightOf(acceptedCodings(field), value) > 1)
      for (const other of [undefined, '', 'gzip', 'br, gzip;q=0.5', 'br', '*', 'utf-8'].filter(
        (x) => x !== field,
      )) {
        assert.equal(weightOf(acceptedCodings(other), value), 0, `${field} | ${other}`)
      }
    }
  })

  it('is the coding if the header is too long to be stored', () => {
    assert.equal(select('utf-8', 'x'.repeat(257)), 'utf-8')
  })
})
