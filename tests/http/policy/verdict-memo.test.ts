import assert from 'node:assert/strict'
import process from 'node:process'
import { describe, it } from 'node:test'
import { INTERNAL_HEADERS, internalHeaders } from '../../../src/http/fields/internal-headers.ts'
import { withAddedDirectives } from '../../../src/http/policy/added-directives.ts'
import { judgeStorage, type PolicyOptions } from '../../../src/http/policy/storage-policy.ts'
import { parseAddedControl, targetedDirectives } from '../../../src/http/policy/targeted-control.ts'
import { VerdictMemo } from '../../../src/http/policy/verdict-memo.ts'
import { seededRandom } from '../../support/seeded-random.ts'

const NOW = Date.UTC(2026, 10, 22, 12)
const SEED = Number(process.env.HITRATE_SEED ?? Math.floor(Math.random() * 2 ** 31))

/** Values of each header that the policy reads. */
const VALUES: Record<string, readonly string[]> = {
  'cache-control': [
    '',
    'max-age=60',
    'private',
    'no-store',
    'public, max-age=5',
    'no-cache="x-a"',
    'undefined',
  ],
  'cdn-cache-control': ['max-age=10', 'no-store'],
  'hitrate-cache-control': ['max-age=30', 'private'],
  'cache-tag': ['a', 'a, b', 'undefined'],
  'content-type': ['application/json', 'text/event-stream'],
  etag: ['"a"', '"b"'],
  vary: ['accept', '*'],
  'set-cookie': ['a=1'],
  date: ['Sun, 22 Nov 2026 11:59:00 GMT', 'Sun, 22 Nov 2026 11:00:00 GMT'],
  age: ['5'],
  expires: ['Sun, 22 Nov 2026 12:01:00 GMT'],
  'last-modified': ['Sun, 22 Nov 2026 10:00:00 GMT'],
  'x-hono-already-sent': ['true'],
  'x-other': ['1'],
}

const policies: PolicyOptions[] = [
  { targetedControl: undefined, cacheControl: new Map(), cacheableStatusCodes: [200], storeSetCookie: false },
  {
    targetedControl: targetedDirectives('max-age=60', [200]),
    cacheControl: parseAddedControl('max-age=5, public'),
    cacheableStatusCodes: [200, 404],
    storeSetCookie: true,
  },
]

/** The internal headers. One object stands for none, as in `plainHeaders`. */
function internalOf(headers: Headers) {
  const internal = internalHeaders(headers)
  return Object.keys(internal).length === 0 ? NONE : internal
}

const NONE = {}

function sentOf(headers: Headers) {
  return Object.fromEntries([...headers].filter(([name]) => !INTERNAL_HEADERS.includes(name)))
}

describe('a remembered verdict', () => {
  it(`is that of judgeStorage at the time of each response; HITRATE_SEED=${SEED}`, () => {
    const random = seededRandom(SEED)
    const one = <T>(list: readonly T[]) => list[Math.floor(random() * list.length)] as T
    for (const policy of policies) {
      let now = NOW
      const memo = new VerdictMemo(policy, () => now)
      for (let i = 0; i < 3000; i++) {
        now += 1000
        const headers = new Headers()
        for (const [name, values] of Object.entries(VALUES))
          if (random() < 0.1) headers.set(name, one(values))
        const [authorized, status] = [random() < 0.2, one([200, 200, 404, 500])]
        const judged = memo.judge(authorized, status, sentOf(headers), internalOf(headers), headers)
        const verdict = judgeStorage(authorized, status, headers, policy, now)
        const cacheControl = withAddedDirectives({ status, headers }, policy)
        assert.deepEqual(judged, { verdict, cacheControl }, JSON.stringify([...headers]))
      }
    }
  })

  it('is the same object for responses with the same directives, and other headers do not matter', () => {
    const memo = new VerdictMemo(policies[1] as PolicyOptions, () => NOW)
    const judge = (values: Record<string, string>) => {
      const headers = new Headers(values)
      return memo.judge(false, 200, sentOf(headers), internalOf(headers), headers)
    }
    const first = judge({ 'cache-control': 'max-age=60', etag: '"a"', 'x-id': '1' })
    assert.equal(judge({ 'cache-control': 'max-age=60', etag: '"b"', 'x-id': '2' }), first)
    assert.notEqual(judge({ 'cache-control': 'max-age=61', etag: '"a"' }), first)
    assert.notEqual(judge({ 'cache-control': 'max-age=60' }), first)
  })
})
