/**
 * A Worker with cached routes and cached data.
 *
 *   npm install hitrate hono wrangler
 *   npx wrangler dev workers.ts --compatibility-date 2026-11-01
 *   npx wrangler deploy workers.ts --name my-worker --compatibility-date 2026-11-01
 *
 * Each isolate has a memory tier of its own. To share entries between isolates, bind a KV namespace and pass
 * `remote: workersKvStore({ namespace: env.KV })` of `hitrate/stores/workers-kv`; then create the cache at the first request, because
 * bindings exist only there.
 */
import { cached, createCache, memoryStore } from 'hitrate'
import { Hono } from 'hono'

// An isolate has 128 MB for everything. A request must not wait for the promise of another request, so loads are not shared.
const cache = createCache({ memory: memoryStore({ maxBytes: 32 * 1024 * 1024 }), coalesce: false })

/** Stands for a request to another service. */
async function loadRates(): Promise<Record<string, number>> {
  return { eur: 0.86, gbp: 0.75 }
}

const app = new Hono()

// Responses: cached() finds `waitUntil` itself, for the refresh in the background.
app.get('/page', cached({ cache, targetedControl: 'max-age=60, stale-while-revalidate=600' }), (c) =>
  c.html(`<p>Rendered at ${new Date().toISOString()}</p>`),
)

// Data: pass `waitUntil`, so that work may go on after the response.
app.get('/convert/:currency', async (c) => {
  const { value, outcome } = await cache.read('rates', loadRates, {
    ttlMs: 60_000,
    staleWhileRevalidateMs: 600_000,
    waitUntil: (work) => c.executionCtx.waitUntil(work),
  })
  const rate = value[c.req.param('currency')]
  if (rate === undefined) return c.json({ error: 'Unknown currency' }, 404)
  return c.json({ rate, outcome })
})

export default app
