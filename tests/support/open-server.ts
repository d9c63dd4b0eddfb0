/** The HTTP server of the runtime, for one app at a time. */
import { once } from 'node:events'
import type { Socket } from 'node:net'

type Fetch = (request: Request, env: never) => Response | Promise<Response>

export interface TestServer {
  url: string
  port: number
  /** Sets the app for the next requests. */
  serve(fetch: Fetch): void
  /** Resolves when the server has noticed that a client, which `leave` disconnects, has gone. */
  nextDisconnect(leave: () => void): Promise<void>
  close(): Promise<void>
}

export async function openServer(): Promise<TestServer> {
  let current: Fetch = () => new Response()
  const gone: (() => void)[] = []
  const onGone = () => {
    for (const resolve of gone.splice(0)) resolve()
  }
  const { port, close } = await ('Bun' in globalThis ? onBun : onNode)(
    (request, env) => current(request, env as never),
    onGone,
  )
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    serve(fetch) {
      current = fetch
    },
    async nextDisconnect(leave) {
      const left = new Promise<void>((resolve) => gone.push(resolve))
      leave()
      await left
    },
    close,
  }
}

type Served = (request: Request, env: unknown) => Response | Promise<Response>

async function onBun(fetch: Served, onGone: () => void) {
  const watched: Served = (request, env) => {
    request.signal.addEventListener('abort', onGone)
    return fetch(request, env)
  }
  const server = Bun.serve({ fetch: watched, hostname: '127.0.0.1', port: 0 })
  return { port: Number(server.port), close: () => server.stop(true) }
}

async function onNode(fetch: Served, onGone: () => void) {
  const { serve } = await import('@hono/node-server')
  const server = serve({
    fetch: fetch as (request: Request) => Promise<Response>,
    hostname: '127.0.0.1',
    port: 0,
  })
  server.on('connection', (socket: Socket) => socket.once('close', () => setImmediate(onGone)))
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? Number(address?.port) : 0
  return {
    port,
    async close() {
      if ('closeAllConnections' in server) server.closeAllConnections()
      await new Promise<void>((resolve) => void server.close(() => resolve()))
    },
  }
}
