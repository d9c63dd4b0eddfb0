import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { parseCacheControl, parseTargeted } from '../../../src/http/fields/cache-control.ts'
import {
  judgeStorage,
  type PolicyOptions,
  type StorageVerdict,
} from '../../../src/http/policy/storage-policy.ts'

const NOW = Date.UTC(2026, 10, 22, 12)
const date = (secondsFromNow: number) => new Date(NOW + secondsFromNow * 1000).toUTCString()

const NO_OPTIONS: PolicyOptions = {
  targetedControl: undefined,
  cacheControl: new Map(),
  cacheableStatusCodes: [200],
  storeSetCookie: false,
}

interface Case {
  status?: number
  authorized?: boolean
  headers?: Record<string, string>
  options?: Partial<PolicyOptions>
}

function verdict({ status = 200, authorized = false, headers = {}, options = {} }: Case): StorageVerdict {
  return judgeStorage(authorized, status, new Headers(headers), { ...NO_OPTIONS, ...options }, NOW)
}

/** The lifetime in seconds, or why it is not kept. */
function ttl(given: Case): number | string {
  const said = verdict(given)
  return said.store ? (said.lifetime.ttlMs ?? Number.NaN) / 1000 : said.reason
}

const ours = (text: string) => ({ targetedControl: parseTargeted(text) })
const added = (text: string) => ({ cacheControl: parseCacheControl(text) })

describe('how long an answer is fresh', () => {
  const cases: [headers: Record<string, string>, expected: number | string][] = [
    [{}, 'no-lifetime'],
    [{ 'cache-control': 'public' }, 'no-lifetime'],
    [{ 'cache-control': 'max-age=60' }, 60],
    [{ 'cache-control': 'max-age="60"' }, 60],
    [{ 'cache-control': 'max-age=0060' }, 60],
    [{ 'cache-control': 'max-age=0' }, 'expired'],
    [{ 'cache-control': 'max-age=-60' }, 'expired'],
    [{ 'cache-control': "max-age='60'" }, 'expired'],
    [{ 'cache-control': 'max-age' }, 'expired'],
    [{ 'cache-control': 'max-age=60, s-maxage=10' }, 10],
    [{ 'cache-control': 's-maxage=0, max-age=60' }, 'expired'],
    [{ 'cache-control': 's-maxage=x, max-age=60' }, 'expired'],
    [{ 'cache-control': 'max-age=60', expires: date(-5) }, 60],
    [{ 'cache-control': 'max-age=99999999999' }, 2 ** 31],
    [{ expires: date(60) }, 60],
    [{ expires: date(60), date: date(-10) }, 70],
    [{ expires: date(60), date: 'yesterday' }, 60],
    [{ expires: date(-60) }, 'expired'],
    [{ expires: '0' }, 'expired'],
    [{ expires: `${date(60)}, ${date(70)}` }, 'expired'],
    [{ expires: '' }, 'expired'],
    [{ 'last-modified': date(-1000) }, 100],
    [{ 'last-modified': date(-1e8) }, 24 * 60 * 60],
    [{ 'last-modified': date(1000) }, 0], // kept to be validated
    [{ 'last-modified': 'last week' }, 'no-lifetime'],
    [{ 'last-modified': date(-1000), expires: '0' }, 0],
  ]
  for (const [headers, expected] of cases) {
    it(JSON.stringify(headers), () => assert.equal(ttl({ headers }), expected))
  }

  it('is said by the handler for any final status, and guessed for those that RFC 9110 lists', () => {
    const explicit = { 'cache-control': 'max-age=60' }
    const heuristic = { 'last-modified': date(-1000) }
    const listed = new Set([200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 501])
    for (const status of [
      200, 201, 203, 204, 299, 300, 301, 302, 308, 400, 404, 405, 410, 414, 499, 501, 503, 599,
    ]) {
      assert.equal(ttl({ status, headers: explicit }), 60, String(status))
      assert.equal(
        ttl({ status, headers: heuristic }),
        listed.has(status) ? 100 : 'no-lifetime',
        String(status),
      )
    }
    assert.equal(ttl({ status: 302, headers: { ...heuristic, 'cache-control': 'public' } }), 100)
  })

  it('is nothing for what is no whole answer', () => {
    for (const status of [0, 101, 206, 304]) {
      assert.equal(ttl({ status, headers: { 'cache-control': 'max-age=60' } }), 'status')
    }
  })
})

describe('how old an answer is when it comes', () => {
  const cases: [headers: Record<string, string>, seconds: number][] = [
    [{}, 0],
    [{ age: '10' }, 10],
    [{ age: '10, 20' }, 10],
    [{ age: '010' }, 10],
    [{ age: '-10' }, 0],
    [{ age: '1.5' }, 0],
    [{ age: 'old' }, 0],
    [{ age: '' }, 0],
    [{ date: date(-10) }, 10],
    [{ date: date(-10), age: '20' }, 20],
    [{ date: date(-20), age: '10' }, 20],
    [{ date: date(10) }, 0],
    [{ date: 'yesterday' }, 0],
  ]
  for (const [headers, seconds] of cases) {
    it(JSON.stringify(headers), () => {
      const said = verdict({ headers: { 'cache-control': 'max-age=60', ...headers } })
      assert.equal(said.store && said.lifetime.ageMs, seconds * 1000)
    })
  }

  it('is nothing where less than a second lies between two clocks that are cut to whole seconds', () => {
    const headers = new Headers({ 'cache-control': 'max-age=60', date: date(0) })
    const said = judgeStorage(false, 200, headers, NO_OPTIONS, NOW + 999)
    assert.equal(said.store && said.lifetime.ageMs, 0)
  })

  it('may be too old to be kept', () => {
    const headers = { 'cache-control': 'max-age=60', age: '60' }
    assert.equal(ttl({ headers }), 'expired')
    assert.equal(ttl({ headers: { ...headers, age: '59' } }), 60)
    assert.equal(ttl({ headers: { ...headers, age: '9'.repeat(40) } }), 'expired')
    assert.equal(ttl({ headers: { ...headers, 'cache-control': 'max-age=60, stale-if-error=1' } }), 60)
  })
})

describe('how long an answer may be used stale', () => {
  const stale = (headers: Record<string, string>, options: Partial<PolicyOptions> = {}) => {
    const said = verdict({ headers, options })
    assert.ok(said.store)
    const { staleWhileRevalidateMs, staleIfErrorMs, mustRevalidate } = said.lifetime
    return [staleWhileRevalidateMs, staleIfErrorMs, mustRevalidate]
  }
  const both = 'stale-while-revalidate=2, stale-if-error=3'

  it('is not at all, unless it says so', () => {
    assert.deepEqual(stale({ 'cache-control': 'max-age=1' }), [0, 0, false])
    assert.deepEqual(stale({ 'cache-control': `max-age=1, ${both}` }), [2000, 3000, false])
    assert.deepEqual(stale({ 'cache-control': `max-age=1, ${both}x` }), [2000, 0, false])
  })

  it('is not at all where it must be revalidated, which s-maxage says too', () => {
    for (const name of ['must-revalidate', 'proxy-revalidate', 's-maxage=1']) {
      assert.deepEqual(stale({ 'cache-control': `max-age=1, ${both}, ${name}` }), [0, 0, true], name)
    }
  })

  it('is enough to be kept for', () => {
    assert.deepEqual(stale({ 'cache-control': `max-age=0, ${both}` }), [2000, 3000, false])
    assert.equal(ttl({ headers: { 'cache-control': `max-age=0, ${both}, must-revalidate` } }), 'expired')
  })
})

describe('what is never shared', () => {
  for (const word of [
    'private',
    'no-store',
    'no-cache',
    'private="no name"',
    'private=""',
    'private="x", private',
    'no-cache="x", no-cache="no name"',
    'No-Store',
  ]) {
    const reason = word.toLowerCase().split(/[=,]/)[0]
    it(`is what the handler says is ${word}, whatever the options say`, () => {
      const headers = { 'cache-control': `public, max-age=60, ${word}` }
      assert.equal(ttl({ headers }), reason)
      assert.equal(
        ttl({ headers, options: { ...ours('max-age=60'), ...added('public, max-age=60') } }),
        reason,
      )
    })
  }

  it('is a no-store of the handler’s, though an option says must-understand', () => {
    const headers = { 'cache-control': 'no-store' }
    assert.equal(ttl({ headers, options: ours('must-understand, max-age=60') }), 'no-store')
    assert.equal(ttl({ headers, options: added('must-understand, max-age=60') }), 'no-store')
  })

  it('is what sets a cookie, unless the option says so', () => {
    const headers = { 'cache-control': 'max-age=60', 'set-cookie': 'a=1' }
    assert.equal(ttl({ headers }), 'set-cookie')
    assert.equal(ttl({ headers, options: ours('max-age=60') }), 'set-cookie')
    assert.equal(ttl({ headers, options: { storeSetCookie: true } }), 60)
  })

  it('is an answer to Authorization, unless the handler itself says public, must-revalidate or s-maxage', () => {
    const authorized = true
    assert.equal(ttl({ authorized, headers: { 'cache-control': 'max-age=60' } }), 'authorization')
    const options = {
      ...ours('public, max-age=60'),
      ...added('public, max-age=60, must-revalidate, s-maxage=60'),
    }
    assert.equal(ttl({ authorized, options }), 'authorization')
    for (const word of ['public', 'must-revalidate', 's-maxage=60']) {
      assert.equal(ttl({ authorized, headers: { 'cache-control': `max-age=60, ${word}` } }), 60, word)
    }
    assert.equal(ttl({ authorized, headers: { 'hitrate-cache-control': 'public, max-age=60' } }), 60)
  })

  it('is what varies by anything, or by what is no name', () => {
    for (const vary of ['*', 'accept, *', 'foo bar']) {
      assert.equal(ttl({ headers: { 'cache-control': 'max-age=60', vary } }), 'vary-any', vary)
    }
  })
})

describe('must-understand', () => {
  const headers = { 'cache-control': 'max-age=60, must-understand, no-store' }

  it('unlocks no-store for a status that we understand', () => {
    for (const status of [200, 404, 503]) assert.equal(ttl({ status, headers }), 60)
  })

  it('refuses one that we do not, even without no-store', () => {
    for (const status of [299, 499, 599]) {
      assert.equal(ttl({ status, headers }), 'no-store')
      assert.equal(ttl({ status, headers: { 'cache-control': 'max-age=60, must-understand' } }), 'no-store')
    }
  })
})

describe('targeted fields', () => {
  const all = {
    'hitrate-cache-control': 'max-age=1',
    'cdn-cache-control': 'max-age=2',
    'cache-control': 'max-age=3',
    expires: date(4),
  }

  it('beat the less targeted ones: ours, then that of all CDNs, then Cache-Control, then Expires', () => {
    const { 'hitrate-cache-control': _1, ...withoutInternalHeaders } = all
    const { 'cdn-cache-control': _2, ...plain } = withoutInternalHeaders
    const { 'cache-control': _3, ...expires } = plain
    assert.equal(ttl({ headers: all }), 1)
    assert.equal(ttl({ headers: withoutInternalHeaders }), 2)
    assert.equal(ttl({ headers: plain }), 3)
    assert.equal(ttl({ headers: expires }), 4)
  })

  it('replace what is less targeted, even no-store, and leave nothing to Expires or guesses', () => {
    assert.equal(ttl({ headers: { 'cdn-cache-control': 'max-age=2', 'cache-control': 'no-store' } }), 2)
    assert.equal(
      ttl({ headers: { 'cdn-cache-control': 'no-store', 'cache-control': 'max-age=60' } }),
      'no-store',
    )
    const headers = { 'cdn-cache-control': 'public', expires: date(60), 'last-modified': date(-1000) }
    assert.equal(ttl({ headers }), 'no-lifetime')
  })

  it('are ignored when they are broken or empty', () => {
    for (const field of ['', 'Max-Age=1', 'max-age=1,', 'max-age=1; a=', 'no-store foo']) {
      assert.equal(ttl({ headers: { 'cdn-cache-control': field, 'cache-control': 'max-age=3' } }), 3, field)
      assert.equal(
        ttl({ headers: { 'hitrate-cache-control': field, 'cache-control': 'max-age=3' } }),
        3,
        field,
      )
    }
  })
})

describe('our options', () => {
  it('count where the handler does not say', () => {
    assert.equal(ttl({ options: ours('max-age=5') }), 5)
    assert.equal(ttl({ options: added('max-age=6') }), 6)
    assert.equal(ttl({ options: { ...ours('max-age=5'), ...added('max-age=6') } }), 5)
    assert.equal(ttl({ headers: { 'cache-control': 'max-age=3' }, options: added('max-age=6') }), 3)
    assert.equal(ttl({ headers: { 'cache-control': 'max-age=3' }, options: ours('max-age=5') }), 5)
    assert.equal(ttl({ headers: { 'cdn-cache-control': 'max-age=2' }, options: ours('max-age=5') }), 5)
    assert.equal(ttl({ headers: { 'cdn-cache-control': 'max-age=2' }, options: added('max-age=6') }), 2)
    assert.equal(ttl({ headers: { 'hitrate-cache-control': 'max-age=1' }, options: ours('max-age=5') }), 1)
  })

  it('count for their statuses only', () => {
    const options = { ...ours('max-age=5'), cacheableStatusCodes: [200, 404] }
    assert.equal(ttl({ status: 404, options }), 5)
    assert.equal(ttl({ status: 500, options }), 'no-lifetime')
    assert.equal(ttl({ status: 500, headers: { 'cache-control': 'max-age=3' }, options }), 3)
  })
})

describe('what is kept beside the answer', () => {
  const lifetime = (given: Case) => {
    const said = verdict({ ...given, headers: { 'cache-control': 'max-age=60', ...given.headers } })
    assert.ok(said.store)
    return said.lifetime
  }

  it('are its tags, each once', () => {
    assert.deepEqual(lifetime({}).tags, [])
    assert.deepEqual(lifetime({ headers: { 'cache-tag': 'a, b ,,a,\tü:{x}="1"' } }).tags, [
      'a',
      'b',
      'ü:{x}="1"',
    ])
  })

  it('is whether it says that something does not exist', () => {
    assert.equal(lifetime({}).negative, false)
    assert.equal(lifetime({ status: 404 }).negative, true)
    assert.equal(lifetime({ headers: { 'hitrate-cache-control': 'max-age=5, negative' } }).negative, true)
  })

  it('is how long it is kept stale: a day for its validators, ten minutes for those who take it so, else not at all', () => {
    const minutes = (given: Case) => (lifetime(given).keepStaleMs ?? Number.NaN) / 60_000
    const tagged = { etag: '"a"' }
    assert.equal(minutes({}), 10)
    assert.equal(minutes({ headers: tagged }), 24 * 60)
    assert.equal(minutes({ status: 404 }), 0)
    assert.equal(minutes({ status: 404, headers: tagged }), 24 * 60)
    for (const word of ['must-revalidate', 'proxy-revalidate', 's-maxage=60']) {
      const control = { 'cache-control': `max-age=60, ${word}` }
      assert.equal(minutes({ headers: control }), 0, word)
      assert.equal(minutes({ headers: { ...control, ...tagged } }), 24 * 60, word)
    }
  })
})

describe('any answer', () => {
  const directive = fc.oneof(
    fc.constantFrom(
      'private',
      'no-store',
      'no-cache',
      'public',
      'must-revalidate',
      'must-understand',
      'negative',
    ),
    fc
      .tuple(
        fc.constantFrom('max-age', 's-maxage', 'stale-while-revalidate', 'stale-if-error'),
        fc.oneof(fc.nat().map(String), fc.constantFrom('', '-1', '"5"', 'x')),
      )
      .map((pair) => pair.join('=')),
  )
  const control = fc
    .tuple(
      fc.constantFrom('', 'max-age=60', 'max-age=60, stale-if-error=9'),
      fc.array(directive, { maxLength: 3 }),
    )
    .map(([lifetime, some]) => [...(lifetime === '' ? [] : [lifetime]), ...some].join(', '))
  const httpDate = fc.oneof(
    fc.integer({ min: -1e6, max: 1e6 }).map(date),
    fc.constantFrom('0', 'Thu, 01 Jan 1970 00:00:00 GMT', 'Fri, 31 Dec 9999 23:59:59 GMT'),
  )
  const headers = fc.record(
    {
      'cache-control': control,
      'cdn-cache-control': control,
      'hitrate-cache-control': control,
      'set-cookie': fc.constantFrom('a=1', ''),
      vary: fc.constantFrom('accept', 'accept', '*', 'accept, *', 'a b'),
      age: fc.constantFrom('0', '10', '-10', '9'.repeat(30), '1, 2', 'x'),
      date: httpDate,
      expires: httpDate,
      'last-modified': httpDate,
    },
    { requiredKeys: [] },
  )
  const options = fc.record({
    targetedControl: control.map(parseTargeted),
    cacheControl: control.map(parseCacheControl),
    cacheableStatusCodes: fc.constant([200, 404, 503]),
    storeSetCookie: fc.boolean(),
  })
  const status = fc.constantFrom(200, 200, 200, 204, 206, 301, 304, 404, 499, 503)
  const anything = fc.tuple(fc.boolean(), status, headers, options)

  it('that the handler has locked is not kept, whatever the options', () => {
    let locked = 0
    fc.assert(
      fc.property(anything, ([authorized, status, headers, options]) => {
        const said = judgeStorage(authorized, status, new Headers(headers), options, NOW)
        const own =
          parseTargeted(headers['hitrate-cache-control']) ??
          parseTargeted(headers['cdn-cache-control']) ??
          parseCacheControl(headers['cache-control'])
        const understood = own.has('must-understand') && status !== 499
        const forbidden =
          own.has('private') ||
          (own.has('no-store') && !understood) ||
          (headers['set-cookie'] !== undefined && !options.storeSetCookie) ||
          (authorized && !own.has('public') && !own.has('must-revalidate') && !own.has('s-maxage')) ||
          (headers.vary !== undefined && headers.vary !== 'accept') ||
          status === 206 ||
          status === 304
        if (forbidden) locked++
        if (forbidden) assert.equal(said.store, false)
        if (own.has('no-cache') && said.store) assert.equal(said.reusable, false, 'kept only to be validated')
      }),
      { numRuns: 2000 },
    )
    assert.ok(locked > 100, String(locked))
  })

  it('that is kept has lifetimes that are not negative, and is not dead already', () => {
    let kept = 0
    fc.assert(
      fc.property(anything, ([authorized, status, { vary: _1, 'set-cookie': _2, ...headers }, options]) => {
        const said = judgeStorage(authorized, status, new Headers(headers), options, NOW)
        if (!said.store) return assert.match(said.reason, /^[a-z][a-z-]+$/)
        kept++
        const { ttlMs = -1, staleWhileRevalidateMs = -1, staleIfErrorMs = -1, ageMs = -1 } = said.lifetime
        for (const ms of [ttlMs, staleWhileRevalidateMs, staleIfErrorMs, ageMs]) {
          assert.ok(ms >= 0 && Number.isFinite(ms), JSON.stringify(said.lifetime))
        }
        const { keepStaleMs = 0 } = said.lifetime
        assert.ok(ttlMs + Math.max(staleWhileRevalidateMs, staleIfErrorMs, keepStaleMs) > ageMs)
        if (said.lifetime.mustRevalidate) assert.equal(staleWhileRevalidateMs + staleIfErrorMs, 0)
      }),
      { numRuns: 2000 },
    )
    assert.ok(kept > 100, String(kept))
  })
})
