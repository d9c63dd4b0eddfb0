/** Our policy beside another's, `http-cache-semantics`, for answers at random: where that one is right, both say the same. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import CachePolicy from 'http-cache-semantics'
import { judgeStorage } from '../../../src/http/policy/storage-policy.ts'

const NOW = Date.UTC(2026, 10, 22, 12)
const date = (secondsFromNow: number) => new Date(NOW + secondsFromNow * 1000).toUTCString()

class Theirs extends CachePolicy {
  override now(): number {
    return NOW
  }
}

interface Given {
  authorized: boolean
  status: number
  headers: Record<string, string>
}

/**
 * What is left out, because the other one is wrong there or chooses otherwise; the conformance rows hold ours to the RFCs:
 * - names of directives in upper case, values in quotes with a comma: it neither folds nor quotes (RFC 9111 §5.2);
 * - a directive given twice: it takes the last, we the first (§4.2.1 allows both, or stale);
 * - numbers that are none, `60s`: it reads what it can, where the answer should be stale (§4.2.1);
 * - `proxy-revalidate`: it never reuses such an answer, fresh or not (§5.2.2.8). `must-revalidate` is here because only its
 *   answers to requests are wrong, not its times;
 * - `immutable`: it makes up a day of freshness, which RFC 8246 does not;
 * - `no-cache`: it says a lifetime of 0, we say when to validate; `must-understand`, `private="x"`, targeted fields (RFC
 *   9213): it does not know them;
 * - `Set-Cookie`: it keeps such an answer when it is public; we do not unless told to;
 * - `Vary: *` within a list: it sees it only alone (§4.1);
 * - `Pragma` in answers, which it obeys and which means nothing (§5.4);
 * - dates that are none of the three forms: it takes what Date.parse makes up (RFC 9110 §5.6.7);
 * - a `Date` in the past: it does not count towards the age (§4.2.3). An `Age` of several members, likewise;
 * - statuses beyond those that it lists: it keeps none of them, whatever they say (§3);
 * - heuristics from ten days since the last change on: ours end at a day.
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
    // Whole tens of seconds: a tenth of them is whole as well.
    'last-modified': oneIn(
      2,
      fc.integer({ min: -80_000, max: 500 }).map((tens) => date(tens * 10)),
    ),
    vary: oneIn(8, fc.constantFrom('*', 'x-a', 'x-a, x-b')),
  })
  .map(present)

const given: fc.Arbitrary<Given> = fc.record({
  authorized: oneIn(4, fc.constant(true)).map(Boolean),
  status: fc.constantFrom(200, 203, 204, 300, 301, 302, 303, 307, 308, 404, 405, 410, 414, 501),
  headers,
})

function present(fields: Record<string, string | undefined>): Record<string, string> {
  const entries = Object.entries(fields).filter((entry): entry is [string, string] => Boolean(entry[1]))
  return Object.fromEntries(entries)
}

function theirs({ authorized, status, headers }: Given): Theirs {
  const fields: Record<string, string> = authorized ? { authorization: 'Bearer t' } : {}
  return new Theirs({ method: 'GET', url: '/', headers: fields }, { status, headers }, { shared: true })
}

function ours({ authorized, status, headers }: Given) {
  const options = {
    targetedControl: undefined,
    cacheControl: new Map(),
    cacheableStatusCodes: [200],
    storeSetCookie: false,
  }
  return judgeStorage(authorized, status, new Headers(headers), options, NOW)
}

/** What is left of the time that it is fresh, in ms. */
function freshForMs(answer: Given): number {
  const verdict = ours(answer)
  if (!verdict.store) return 0
  const { ttlMs = 0, ageMs = 0 } = verdict.lifetime
  return Math.max(0, ttlMs - ageMs)
}

// A failure prints the seed and the path that lead back to it.
const runs = { numRuns: 5000 }

describe('beside http-cache-semantics', () => {
  it('an answer is fresh for as long', () => {
    fc.assert(
      fc.property(given, (answer) => {
        const policy = theirs(answer)
        assert.equal(freshForMs(answer), Math.max(0, Math.round((policy.maxAge() - policy.age()) * 1000)))
      }),
      runs,
    )
  })

  it('nothing is kept that it does not keep', () => {
    fc.assert(
      fc.property(given, (answer) => !ours(answer).store || theirs(answer).storable()),
      runs,
    )
  })

  it('an answer is as old when it comes', () => {
    fc.assert(
      fc.property(given, (answer) => {
        const verdict = ours(answer)
        if (verdict.store) assert.equal(verdict.lifetime.ageMs, theirs(answer).age() * 1000)
      }),
      runs,
    )
  })

  it('an answer may be used stale for as long, where nothing forbids it', () => {
    fc.assert(
      fc.property(given, (answer) => {
        // The other one allows it against must-revalidate and s-maxage, which forbid it (RFC 9111 §4.2.4).
        fc.pre(!/must-revalidate|s-maxage/.test(answer.headers['cache-control'] ?? ''))
        const verdict = ours(answer)
        const { lifetime = {} } = verdict.store ? verdict : {}
        const { ttlMs = 0, ageMs = 0, staleWhileRevalidateMs = 0, staleIfErrorMs = 0 } = lifetime
        if (!verdict.store || ttlMs === 0) return
        const untilMs = ttlMs + Math.max(staleWhileRevalidateMs, staleIfErrorMs) - ageMs
        assert.equal(Math.max(0, untilMs), theirs(answer).timeToLive())
      }),
      runs,
    )
  })

  it('enough of these answers are kept, and enough are not', () => {
    const kept = fc
      .sample(given, { numRuns: 1000, seed: 1 })
      .filter((answer) => freshForMs(answer) > 0).length
    assert.ok(kept > 100 && kept < 900, `${kept} of 1000 are kept`)
  })
})
