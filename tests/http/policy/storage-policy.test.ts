import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { parseCacheControl, parseTargeted } from '../../../src/http/fields/cache-control.ts'
import {
  judgeStorage,
  type PolicyOptions,
  type StorageVerdict,
} from '../../../src/http/policy/storage-policy.ts'
import { targetedDirectives } from '../../../src/http/policy/targeted-control.ts'
import { rounds } from '../../support/rounds.ts'

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

/** The lifetime in seconds, or the reason why the response is not stored. */
function ttl(input: Case): number | string {
  const result = verdict(input)
  return result.store ? (result.lifetime.ttlMs ?? Number.NaN) / 1000 : result.reason
}

const targeted = (text: string, statuses = [200]) => ({ targetedControl: targetedDirectives(text, statuses) })
const added = (text: string) => ({ cacheControl: parseCacheControl(text) })

describe('the freshness lifetime', () => {
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
    [{ 'last-modified': date(1000) }, 0], // stored for revalidation
    [{ 'last-modified': 'last week' }, 'no-lifetime'],
    [{ 'last-modified': date(-1000), expires: '0' }, 0],
  ]
  for (const [headers, expected] of cases) {
    it(`of ${JSON.stringify(headers)}`, () => assert.equal(ttl({ headers }), expected))
  }

  it('may be explicit for any final status, and heuristic for the statuses of RFC 9110 §15.1', () => {
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

  it('does not exist for 1xx, 206 and 304', () => {
    for (const status of [0, 101, 206, 304]) {
      assert.equal(ttl({ status, headers: { 'cache-control': 'max-age=60' } }), 'status')
    }
  })
})

describe('the initial age', () => {
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
    it(`of ${JSON.stringify(headers)}`, () => {
      const result = verdict({ headers: { 'cache-control': 'max-age=60', ...headers } })
      assert.equal(result.store && result.lifetime.ageMs, seconds * 1000)
    })
  }

  it('is 0 if Date is less than a second old, because dates are truncated to seconds', () => {
    const headers = new Headers({ 'cache-control': 'max-age=60', date: date(0) })
    const result = judgeStorage(false, 200, headers, NO_OPTIONS, NOW + 999)
    assert.equal(result.store && result.lifetime.ageMs, 0)
  })

  it('prevents storage if it exceeds the lifetime', () => {
    const headers = { 'cache-control': 'max-age=60', age: '60' }
    assert.equal(ttl({ headers }), 'expired')
    assert.equal(ttl({ headers: { ...headers, age: '59' } }), 60)
    assert.equal(ttl({ headers: { ...headers, age: '9'.repeat(40) } }), 'expired')
    assert.equal(ttl({ headers: { ...headers, 'cache-control': 'max-age=60, stale-if-error=1' } }), 60)
  })
})

describe('the stale windows', () => {
  const stale = (headers: Record<string, string>, options: Partial<PolicyOptions> = {}) => {
    const result = verdict({ headers, options })
    assert.ok(result.store)
    const { staleWhileRevalidateMs, staleIfErrorMs, mustRevalidate } = result.lifetime
    return [staleWhileRevalidateMs, staleIfErrorMs, mustRevalidate]
  }
  const both = 'stale-while-revalidate=2, stale-if-error=3'

  it('are 0 without stale-while-revalidate and stale-if-error', () => {
    assert.deepEqual(stale({ 'cache-control': 'max-age=1' }), [0, 0, false])
    assert.deepEqual(stale({ 'cache-control': `max-age=1, ${both}` }), [2000, 3000, false])
    assert.deepEqual(stale({ 'cache-control': `max-age=1, ${both}x` }), [2000, 0, false])
  })

  it('are 0 with must-revalidate, proxy-revalidate or s-maxage', () => {
    for (const name of ['must-revalidate', 'proxy-revalidate', 's-maxage=1']) {
      assert.deepEqual(stale({ 'cache-control': `max-age=1, ${both}, ${name}` }), [0, 0, true], name)
    }
  })

  it('are sufficient for storage without a freshness lifetime', () => {
    assert.deepEqual(stale({ 'cache-control': `max-age=0, ${both}` }), [2000, 3000, false])
    assert.equal(ttl({ headers: { 'cache-control': `max-age=0, ${both}, must-revalidate` } }), 'expired')
  })
})

describe('a response that must not be stored', () => {
  for (const directive of [
    'private',
    'no-store',
    'no-cache',
    'private="no name"',
    'private=""',
    'private="x", private',
    'no-cache="x", no-cache="no name"',
    'No-Store',
  ]) {
    const reason = directive.toLowerCase().split(/[=,]/)[0]
    it(`has ${directive} from the handler, whatever the options are`, () => {
      const headers = { 'cache-control': `public, max-age=60, ${directive}` }
      assert.equal(ttl({ headers }), reason)
      assert.equal(
        ttl({ headers, options: { ...targeted('max-age=60'), ...added('public, max-age=60') } }),
        reason,
      )
    })
  }

  it('has no-store from the handler, even if an option has must-understand', () => {
    const headers = { 'cache-control': 'no-store' }
    assert.equal(ttl({ headers, options: targeted('must-understand, max-age=60') }), 'no-store')
    assert.equal(ttl({ headers, options: added('must-understand, max-age=60') }), 'no-store')
  })

  it('has Set-Cookie, without storeSetCookie', () => {
    const headers = { 'cache-control': 'max-age=60', 'set-cookie': 'a=1' }
    assert.equal(ttl({ headers }), 'set-cookie')
    assert.equal(ttl({ headers, options: targeted('max-age=60') }), 'set-cookie')
    assert.equal(ttl({ headers, options: { storeSetCookie: true } }), 60)
  })

  it('belongs to a request with Authorization, unless the handler sets public, must-revalidate or s-maxage', () => {
    const authorized = true
    assert.equal(ttl({ authorized, headers: { 'cache-control': 'max-age=60' } }), 'authorization')
    const options = {
      ...targeted('public, max-age=60'),
      ...added('public, max-age=60, must-revalidate, s-maxage=60'),
    }
    assert.equal(ttl({ authorized, options }), 'authorization')
    for (const directive of ['public', 'must-revalidate', 's-maxage=60']) {
      assert.equal(
        ttl({ authorized, headers: { 'cache-control': `max-age=60, ${directive}` } }),
        60,
        directive,
      )
    }
    assert.equal(ttl({ authorized, headers: { 'hitrate-cache-control': 'public, max-age=60' } }), 60)
  })

  it('has Vary: * or an invalid name in Vary', () => {
    for (const vary of ['*', 'accept, *', 'foo bar']) {
      assert.equal(ttl({ headers: { 'cache-control': 'max-age=60', vary } }), 'vary-any', vary)
    }
  })
})

describe('must-understand', () => {
  const headers = { 'cache-control': 'max-age=60, must-understand, no-store' }

  it('allows no-store to be ignored for a known status', () => {
    for (const status of [200, 404, 503]) assert.equal(ttl({ status, headers }), 60)
  })

  it('forbids storage for an unknown status, even without no-store', () => {
    for (const status of [299, 499, 599]) {
      assert.equal(ttl({ status, headers }), 'no-store')
      assert.equal(ttl({ status, headers: { 'cache-control': 'max-age=60, must-understand' } }), 'no-store')
    }
  })
})

describe('targeted headers', () => {
  const all = {
    'hitrate-cache-control': 'max-age=1',
    'cdn-cache-control': 'max-age=2',
    'cache-control': 'max-age=3',
    expires: date(4),
  }

  it('take precedence: Hitrate-Cache-Control, CDN-Cache-Control, Cache-Control, Expires', () => {
    const { 'hitrate-cache-control': _1, ...withoutHitrate } = all
    const { 'cdn-cache-control': _2, ...plain } = withoutHitrate
    const { 'cache-control': _3, ...expires } = plain
    assert.equal(ttl({ headers: all }), 1)
    assert.equal(ttl({ headers: withoutHitrate }), 2)
    assert.equal(ttl({ headers: plain }), 3)
    assert.equal(ttl({ headers: expires }), 4)
  })

  it('replace less targeted headers, even no-store, and disable Expires and the heuristic', () => {
    assert.equal(ttl({ headers: { 'cdn-cache-control': 'max-age=2', 'cache-control': 'no-store' } }), 2)
    assert.equal(
      ttl({ headers: { 'cdn-cache-control': 'no-store', 'cache-control': 'max-age=60' } }),
      'no-store',
    )
    const headers = { 'cdn-cache-control': 'public', expires: date(60), 'last-modified': date(-1000) }
    assert.equal(ttl({ headers }), 'no-lifetime')
  })

  it('are ignored if they are invalid or empty', () => {
    for (const header of ['', 'Max-Age=1', 'max-age=1,', 'max-age=1; a=', 'no-store foo']) {
      assert.equal(ttl({ headers: { 'cdn-cache-control': header, 'cache-control': 'max-age=3' } }), 3, header)
      assert.equal(
        ttl({ headers: { 'hitrate-cache-control': header, 'cache-control': 'max-age=3' } }),
        3,
        header,
      )
    }
  })
})

describe('the options targetedControl and cacheControl', () => {
  it('apply if the handler does not set the header or directive', () => {
    assert.equal(ttl({ options: targeted('max-age=5') }), 5)
    assert.equal(ttl({ options: added('max-age=6') }), 6)
    assert.equal(ttl({ options: { ...targeted('max-age=5'), ...added('max-age=6') } }), 5)
    assert.equal(ttl({ headers: { 'cache-control': 'max-age=3' }, options: added('max-age=6') }), 3)
    assert.equal(ttl({ headers: { 'cache-control': 'max-age=3' }, options: targeted('max-age=5') }), 5)
    assert.equal(ttl({ headers: { 'cdn-cache-control': 'max-age=2' }, options: targeted('max-age=5') }), 5)
    assert.equal(ttl({ headers: { 'cdn-cache-control': 'max-age=2' }, options: added('max-age=6') }), 2)
    assert.equal(
      ttl({ headers: { 'hitrate-cache-control': 'max-age=1' }, options: targeted('max-age=5') }),
      1,
    )
  })

  it('apply to cacheableStatusCodes only', () => {
    const options = { ...targeted('max-age=5', [200, 404]), cacheableStatusCodes: [200, 404] }
    assert.equal(ttl({ status: 404, options }), 5)
    assert.equal(ttl({ status: 500, options }), 'no-lifetime')
    assert.equal(ttl({ status: 500, headers: { 'cache-control': 'max-age=3' }, options }), 3)
  })
})

describe('the stored lifetime', () => {
  const lifetime = (input: Case) => {
    const result = verdict({ ...input, headers: { 'cache-control': 'max-age=60', ...input.headers } })
    assert.ok(result.store)
    return result.lifetime
  }

  it('contains each tag once', () => {
    assert.deepEqual(lifetime({}).tags, [])
    assert.deepEqual(lifetime({ headers: { 'cache-tag': 'a, b ,,a,\tü:{x}="1"' } }).tags, [
      'a',
      'b',
      'ü:{x}="1"',
    ])
  })

  it('is negative for a status from 400 and with the directive negative', () => {
    assert.equal(lifetime({}).negative, false)
    assert.equal(lifetime({ status: 404 }).negative, true)
    assert.equal(lifetime({ headers: { 'hitrate-cache-control': 'max-age=5, negative' } }).negative, true)
  })

  it('keeps a stale response for a day with validators, for ten minutes if max-stale may use it, else not', () => {
    const minutes = (input: Case) => (lifetime(input).keepStaleMs ?? Number.NaN) / 60_000
    const tagged = { etag: '"a"' }
    assert.equal(minutes({}), 10)
    assert.equal(minutes({ headers: tagged }), 24 * 60)
    assert.equal(minutes({ status: 404 }), 0)
    assert.equal(minutes({ status: 404, headers: tagged }), 24 * 60)
    for (const directive of ['must-revalidate', 'proxy-revalidate', 's-maxage=60']) {
      const control = { 'cache-control': `max-age=60, ${directive}` }
      assert.equal(minutes({ headers: control }), 0, directive)
      assert.equal(minutes({ headers: { ...control, ...tagged } }), 24 * 60, directive)
    }
  })
})

describe('any response', () => {
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
    targetedControl: control.map((text) => {
      const directives = parseTargeted(text)
      return (status: number) => ([200, 404, 503].includes(status) ? directives : undefined)
    }),
    cacheControl: control.map(parseCacheControl),
    cacheableStatusCodes: fc.constant([200, 404, 503]),
    storeSetCookie: fc.boolean(),
  })
  const status = fc.constantFrom(200, 200, 200, 204, 206, 301, 304, 404, 499, 503)
  const anything = fc.tuple(fc.boolean(), status, headers, options)

  it('is not stored if the handler forbids it, whatever the options are', () => {
    let forbiddenCount = 0
    fc.assert(
      fc.property(anything, ([authorized, status, headers, options]) => {
        const result = judgeStorage(authorized, status, new Headers(headers), options, NOW)
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
        if (forbidden) forbiddenCount++
        if (forbidden) assert.deepEqual([result.store, result.shareable], [false, false])
        if (own.has('no-cache') && result.store)
          assert.equal(result.reusable, false, 'stored for revalidation only')
      }),
      { numRuns: rounds(500, 2000) },
    )
    assert.ok(forbiddenCount > 100, String(forbiddenCount))
  })

  it('has no negative lifetime and is not expired, if it is stored', () => {
    let stored = 0
    fc.assert(
      fc.property(anything, ([authorized, status, { vary: _1, 'set-cookie': _2, ...headers }, options]) => {
        const result = judgeStorage(authorized, status, new Headers(headers), options, NOW)
        if (!result.store) return assert.match(result.reason, /^[a-z][a-z-]+$/)
        stored++
        const { ttlMs = -1, staleWhileRevalidateMs = -1, staleIfErrorMs = -1, ageMs = -1 } = result.lifetime
        for (const ms of [ttlMs, staleWhileRevalidateMs, staleIfErrorMs, ageMs]) {
          assert.ok(ms >= 0 && Number.isFinite(ms), JSON.stringify(result.lifetime))
        }
        const { keepStaleMs = 0 } = result.lifetime
        assert.ok(ttlMs + Math.max(staleWhileRevalidateMs, staleIfErrorMs, keepStaleMs) > ageMs)
        if (result.lifetime.mustRevalidate) assert.equal(staleWhileRevalidateMs + staleIfErrorMs, 0)
      }),
      { numRuns: rounds(500, 2000) },
    )
    assert.ok(stored > 100, String(stored))
  })
})

describe('sharing with requests that wait', () => {
  const shareable = (input: Case) => verdict(input).shareable

  it('a response that may be reused is shared', () => {
    for (const status of [200, 302, 404, 503]) {
      assert.equal(shareable({ status, headers: { 'cache-control': 'max-age=1' } }), true, String(status))
    }
  })

  it('a failure is shared without a lifetime, and any other response is not', () => {
    for (const status of [404, 500, 501, 502, 503, 504, 511, 599]) {
      assert.equal(shareable({ status }), true, String(status))
      assert.equal(shareable({ status, headers: { 'cache-control': 'max-age=0' } }), true, String(status))
      assert.equal(shareable({ status, headers: { expires: date(-1), etag: '"a"' } }), true, String(status))
    }
    for (const status of [200, 201, 204, 301, 302, 400, 401, 403, 405, 410, 429, 499]) {
      assert.equal(shareable({ status }), false, String(status))
      assert.equal(shareable({ status, headers: { expires: date(-1), etag: '"a"' } }), false, String(status))
    }
  })

  it('a failure that must not be stored is not shared', () => {
    const headers: Record<string, string>[] = [
      { 'cache-control': 'private' },
      { 'cache-control': 'no-store' },
      { 'cache-control': 'no-cache' },
      { 'cache-control': 'no-cache', etag: '"a"' },
      { 'set-cookie': 'a=1' },
      { vary: '*' },
      { 'content-type': 'text/event-stream' },
    ]
    for (const one of headers)
      assert.equal(shareable({ status: 503, headers: one }), false, JSON.stringify(one))
    assert.equal(shareable({ status: 503, authorized: true }), false)
    assert.equal(shareable({ status: 503, authorized: true, headers: { 'cache-control': 'public' } }), true)
  })
})
