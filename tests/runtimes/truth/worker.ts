/** A worker whose responses stream, with `httpMetrics`. */
import type { ExecutionContext } from '@cloudflare/workers-types'
import { Hono } from 'hono'
import { streamSSE } from 'hono/streaming'
import { createRegistry, httpMetrics, scrape } from '../../../src/exports/metrics.ts'

const registry = createRegistry()
const app = new Hono()
app.use(httpMetrics(registry, { skip: ['/metrics'], sizeBuckets: [1], durationBuckets: [1] }))
app.get('/json', (c) => c.json({ a: 'é' }))
app.get('/own', () => new Response('own'))
app.get('/sse/:id', (c) =>
  streamSSE(c, async (out) => {
    for (const data of ['a', 'b']) {
      await out.writeSSE({ data })
      await out.sleep(20)
    }
  }),
)
app.get('/stream', () => {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
  const writer = writable.getWriter()
  void writer.write(new TextEncoder().encode('hello')).then(() => writer.close())
  return new Response(readable, { headers: { 'content-type': 'text/event-stream' } })
})
app.get('/socket', () => {
  const [client, server] = Object.values(new WebSocketPair()) as [WebSocket, WebSocket & { accept(): void }]
  server.accept()
  server.send('hello')
  return new Response(null, { status: 101, webSocket: client } as ResponseInit)
})
app.get('/metrics', scrape(registry))

export default {
  fetch: (request: Request, env: object, context: ExecutionContext) => app.fetch(request, env, context),
}

declare const WebSocketPair: new () => Record<string, WebSocket>
