import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { type RequestDirectives, requestDirectives } from '../../../src/http/policy/request-directives.ts'

function directivesOf(requestHeaders: Record<string, string>, clientControl: boolean): RequestDirectives {
  const headers = new Headers(requestHeaders)
  return requestDirectives((name) => headers.get(name) ?? undefined, clientControl)
}

describe('requestDirectives()', () => {
  const cases: [
    requestHeaders: Record<string, string>,
    allowed: RequestDirectives,
    ignored: RequestDirectives,
  ][] = [
    [{}, { strategy: 'refresh' }, { strategy: 'refresh' }],
    [{ 'cache-control': '' }, { strategy: 'refresh' }, { strategy: 'refresh' }],
    [{ 'cache-control': 'no-cache' }, { strategy: 'invalidate' }, { strategy: 'refresh' }],
    [{ 'cache-control': 'No-Store' }, { strategy: 'bypass' }, { strategy: 'refresh' }],
    [{ 'cache-control': 'no-cache, no-store' }, { strategy: 'bypass' }, { strategy: 'refresh' }],
    [{ 'cache-control': 'max-age=5' }, { strategy: 'refresh', maxAgeMs: 5000 }, { strategy: 'refresh' }],
    [{ 'cache-control': 'max-age=x' }, { strategy: 'refresh', maxAgeMs: 0 }, { strategy: 'refresh' }],
    [{ 'cache-control': 'min-fresh=5' }, { strategy: 'refresh', minFreshMs: 5000 }, { strategy: 'refresh' }],
    [{ pragma: 'no-cache' }, { strategy: 'invalidate' }, { strategy: 'refresh' }],
    [{ pragma: 'x' }, { strategy: 'refresh' }, { strategy: 'refresh' }],
    [{ pragma: 'no-cache', 'cache-control': 'x' }, { strategy: 'refresh' }, { strategy: 'refresh' }],
    [{ 'cache-control': 'only-if-cached' }, { strategy: 'fresh' }, { strategy: 'fresh' }],
    [{ 'cache-control': 'no-store, only-if-cached' }, { strategy: 'fresh' }, { strategy: 'fresh' }],
    [
      { 'cache-control': 'max-stale' },
      { strategy: 'refresh', maxStaleMs: Number.POSITIVE_INFINITY },
      { strategy: 'refresh', maxStaleMs: Number.POSITIVE_INFINITY },
    ],
    [
      { 'cache-control': 'max-stale=5, only-if-cached' },
      { strategy: 'fresh', maxStaleMs: 5000 },
      { strategy: 'fresh', maxStaleMs: 5000 },
    ],
    [
      { 'cache-control': 'max-stale=x' },
      { strategy: 'refresh', maxStaleMs: 0 },
      { strategy: 'refresh', maxStaleMs: 0 },
    ],
  ]
  for (const [requestHeaders, allowed, ignored] of cases) {
    it(`of ${JSON.stringify(requestHeaders)}, with and without clientControl`, () => {
      assert.deepEqual(directivesOf(requestHeaders, true), allowed)
      assert.deepEqual(directivesOf(requestHeaders, false), ignored)
    })
  }

  it('never cause a load without clientControl', () => {
    const directives = fc.array(
      fc.constantFrom('no-cache', 'no-store', 'max-age=0', 'min-fresh=9', 'max-stale', 'only-if-cached', '@'),
    )
    fc.assert(
      fc.property(directives, fc.constantFrom('no-cache', ''), (some, pragma) => {
        const { strategy, ...demands } = directivesOf({ 'cache-control': some.join(), pragma }, false)
        assert.ok(strategy === 'refresh' || strategy === 'fresh')
        assert.deepEqual(Object.keys(demands), some.includes('max-stale') ? ['maxStaleMs'] : [])
      }),
    )
  })
})
