/** Compares the storage policy with `http-cache-semantics` on random responses. Known errors of that package are left out. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import CachePolicy from 'http-cache-semantics'
import type { ResponseLifetime } from '../../../src/http/policy/response-lifetime.ts'
import { judgeStorage } from '../../../src/http/policy/storage-policy.ts'
import { rounds } from '../../support/rounds.ts'

const NOW = Date.UTC(2026, 10, 22, 12)
const date = (secondsFromNow: number) => new Date(NOW + secondsFromNow * 1000).toUTCString()

class ReferencePolicy extends CachePolicy {
  override now(): number {
    return NOW
  }
}

interface Input {
  authorized: boolean
  status: number
  headers: Record<string, string>
}

/**
 * Cases left out, because `http-cache-semantics` (the package) is wrong or chooses otherwise. The conformance rows test them:
 * - directive names in upper case, quoted values with a comma: the package handles neither (RFC 9111 §5.2);
 * - a duplicate directive: the package uses the last one, hitrate the first (§4.2.1 allows both, or stale);
 * - an invalid number such as `60s`: the package parses its beginning, but the response should be stale (§4.2.1);
 * - `proxy-revalidate`: the package never reuses such a response, fresh or not (§5.2.2.8). `must-revalidate` is included,
 *   because the package is wrong only about requests, not about lifetimes;
 * - `immutable`: the package assumes a lifetime of a day, RFC 8246 does not;
 * - `no-cache`: the package returns a lifetime of 0, hitrate the time of revalidation;
 * - `must-understand`, `private="x"`, targeted headers (RFC 9213): the package does not support them;
 * - `Set-Cookie`: the package stores such a response if it is public, hitrate only with an option;
 * - `Vary: *` within a list: the package detects it only alone (§4.1);
 * - `Pragma` in responses: the package obeys it, although it has no meaning (§5.4);
 * - dates in other formats: the package accepts every date of Date.parse (RFC 9110 §5.6.7);
 * - a `Date` in the past, or several members in `Age`: the package does not add them to the age (§4.2.3);
 * - statuses that the package does not list: it never stores them (§3);
 * - a heuristic lifetime after ten days without a change: hitrate limits it to a day.
 */
const seconds = fc.integer({ min: 0, max: 5000 })
const number = fc.oneof(
  seconds.map(String),
  seconds.map((value) => `"${value}"`),
  seconds.map((value) => `00${value}`),
)
const oneIn = <T>(times: number, value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: times - 1, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: value })
const directives = fc
  .record({
    'max-age': oneIn(2, number),
    's-maxage': oneIn(8, number),
    'stale-while-revalidate': oneIn(4, number),
    'stale-if-error': oneIn(4, number),
    public: oneIn(3, fc.constant('')),
    'must-revalidate': oneIn(8, fc.constant('')),
    'no-store': oneIn(12, fc.constant('')),
    private: oneIn(12, fc.constant('')),
    'no-transform': oneIn(8, fc.constant('')),
    'x-own': oneIn(8, fc.constantFrom('', '1')),
  })
  .chain((all) => {
    const members = Object.entries(all).filter(([, value]) => value !== undefined)
    return fc.shuffledSubarray(members, { minLength: members.length })
  })
const separator = fc.constantFrom(',', ', ', ' , ')
const cacheControl = fc
  .tuple(directives, separator)
  .map(([members, between]) =>
    members.map(([name, value]) => (value ? `${name}=${value}` : name)).join(between),
  )

const headers = fc
  .record({
    'cache-control': oneIn(2, cacheControl),
    expires: oneIn(3, fc.oneof(fc.integer({ min: -5000, max: 5000 }).map(date), fc.constant('never'))),
    date: oneIn(2, fc.integer({ min: 0, max: 5000 }).map(date)),
    age: oneIn(3, fc.oneof(seconds, fc.nat(100)).map(String)),
    // Multiples of ten seconds, so that the heuristic tenth is a whole number.
    'last-modified': oneIn(
      2,
      fc.integer({ min: -80_000, max: 500 }).map((tens) => date(tens * 10)),
    ),
    vary: oneIn(8, fc.constantFrom('*', 'x-a', 'x-a, x-b')),
  })
  .map(present)

const input: fc.Arbitrary<Input> = fc.record({
  authorized: oneIn(4, fc.constant(true)).map(Boolean),
  status: fc.constantFrom(200, 203, 204, 300, 301, 302, 303, 307, 308, 404, 405, 410, 414, 501),
  headers,
})

function present(headers: Record<string, string | undefined>): Record<string, string> {
  const entries = Object.entries(headers).filter((entry): entry is [string, string] => Boolean(entry[1]))
  return Object.fromEntries(entries)
}

function reference({ authorized, status, headers }: Input): ReferencePolicy {
  const requestHeaders: Record<string, string> = authorized ? { authorization: 'Bearer t' } : {}
  return new ReferencePolicy(
    { method: 'GET', url: '/', headers: requestHeaders },
    { status, headers },
    { shared: true },
  )
}

function hitrate({ authorized, status, headers }: Input) {
  const options = {
    targetedControl: undefined,
    cacheControl: new Map(),
    cacheableStatusCodes: [200],
    storeSetCookie: false,
  }
  return judgeStorage(authorized, status, new Headers(headers), options, NOW)
}

/** Remaining freshness lifetime in ms. */
function freshForMs(response: Input): number {
  const verdict = hitrate(response)
  if (!verdict.store) return 0
  const { ttlMs = 0, ageMs = 0 } = verdict.lifetime
  return Math.max(0, ttlMs - ageMs)
}

// A failure prints the seed and the path that reproduce it.
const runs = { numRuns: rounds(1500, 5000) }

describe('compared with http-cache-semantics', () => {
  it('a response has the same freshness lifetime', () => {
    fc.assert(
      fc.property(input, (response) => {
        const policy = reference(response)
        assert.equal(freshForMs(response), Math.max(0, Math.round((policy.maxAge() - policy.age()) * 1000)))
      }),
      runs,
    )
  })

  it('a response is stored only if the package stores it', () => {
    fc.assert(
      fc.property(input, (response) => !hitrate(response).store || reference(response).storable()),
      runs,
    )
  })

  it('a response has the same initial age', () => {
    fc.assert(
      fc.property(input, (response) => {
        const verdict = hitrate(response)
        if (verdict.store) assert.equal(verdict.lifetime.ageMs, reference(response).age() * 1000)
      }),
      runs,
    )
  })

  it('a response has the same stale windows if nothing forbids stale responses', () => {
    fc.assert(
      fc.property(input, (response) => {
        // The package ignores that must-revalidate and s-maxage forbid stale responses (RFC 9111 §4.2.4).
        fc.pre(!/must-revalidate|s-maxage/.test(response.headers['cache-control'] ?? ''))
        fc.pre(response.status < 500) // a stored 5xx has no stale-if-error here, because it must not hide a newer one
        const verdict = hitrate(response)
        const lifetime: Partial<ResponseLifetime> = verdict.store ? verdict.lifetime : {}
        const { ttlMs = 0, ageMs = 0, staleWhileRevalidateMs = 0, staleIfErrorMs = 0 } = lifetime
        if (!verdict.store || ttlMs === 0) return
        const untilMs = ttlMs + Math.max(staleWhileRevalidateMs, staleIfErrorMs) - ageMs
        assert.equal(Math.max(0, untilMs), reference(response).timeToLive())
      }),
      runs,
    )
  })

  it('the random responses include many that are stored and many that are not', () => {
    const fresh = fc
      .sample(input, { numRuns: 1000, seed: 1 })
      .filter((response) => freshForMs(response) > 0).length
    assert.ok(fresh > 100 && fresh < 900, `${fresh} of 1000 are fresh`)
  })
})
