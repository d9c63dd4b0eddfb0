/** Responses are those that Hono sends without `cached()`: those that the cache does not store, the first stored one, and a hit. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { appCases } from '../../support/transparent/apps.ts'
import { middlewareCases } from '../../support/transparent/middleware.ts'
import {
  appOf,
  comparable,
  type Mode,
  observe,
  silently,
  type TransparencyCase,
} from '../../support/transparent/observe.ts'
import { responseCases } from '../../support/transparent/responses.ts'

async function assertSame(one: TransparencyCase, mode: Mode): Promise<void> {
  const plain = await observe(one, appOf(one, 'without'))
  const app = appOf(one, mode)
  // The second response of a cache that stores nothing comes from another branch: it shares no load.
  const seen = [await observe(one, app), ...(mode === 'not stored' ? [await observe(one, app)] : [])]
  for (const observation of seen) {
    const [a, b] = comparable(observation, plain, mode)
    assert.deepEqual(a, b, observation.headers['cache-status'] ?? 'no Cache-Status')
  }
  if (mode === 'not stored' || one.differsOnHit !== undefined) return
  const hit = { ...(await observe(one, app)), log: plain.log } // a hit calls no handler
  const [a, b] = comparable(hit, plain, mode)
  assert.deepEqual(a, b, hit.headers['cache-status'] ?? 'no Cache-Status')
}

for (const [kind, cases] of [
  ['responses', responseCases],
  ['apps', appCases],
  ['middleware', middlewareCases],
] as const) {
  describe(`transparency for ${kind}`, () => {
    for (const one of cases) {
      it(`the response without storing is that of Hono: ${one.name}`, () =>
        silently(() => assertSame(one, 'not stored')))
      if (one.differsWhenStored !== undefined) continue
      it(`the first stored response and a hit are that of Hono: ${one.name}`, () =>
        silently(() => assertSame(one, 'stored')))
    }
  })
}
