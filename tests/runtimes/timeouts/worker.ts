/** A worker whose handler hangs on demand. */
import type { ExecutionContext } from '@cloudflare/workers-types'
import { Hono } from 'hono'
import { timeout } from 'hono/timeout'
import { cached, createCache, memoryStore } from '../../../src/exports/index.ts'

const cache = createCache({ memory: memoryStore(), coalesce: false })
const app = new Hono()
let calls = 0

/** `/hangs` never responds, `/slow` does after 300 ms; `?fast` responds at once. */
const handler = async (ms: number, isFast: boolean) => {
  calls++
  if (!isFast) await new Promise((resolve) => setTimeout(resolve, ms))
  return `good ${calls}`
}
const options = { cache, query: [], targetedControl: 'max-age=0, stale-if-error=600' }

app.get('/hangs', cached({ ...options, hardTimeoutMs: 100 }), async (c) =>
  c.text(await handler(2 ** 31 - 1, c.req.query('fast') !== undefined)),
)
app.get('/slow', cached({ ...options, softTimeoutMs: 50 }), async (c) =>
  c.text(await handler(300, c.req.query('fast') !== undefined)),
)
app.get('/outer', timeout(50), cached(options), async (c) => c.text(await handler(200, false)))
app.get('/calls', (c) => c.text(String(calls)))

export default {
  fetch: (request: Request, env: object, context: ExecutionContext) => app.fetch(request, env, context),
}
