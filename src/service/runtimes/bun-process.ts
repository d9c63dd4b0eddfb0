/** The service on Bun. */
import type { Address, ServedApp, Server } from '../serving/server.ts'
import { runProcess } from './process.ts'
import type { StopSignal } from './stop-signal.ts'

/** Runs the service. @param stopSignal absent in a worker thread. */
export function runOnBun(stopSignal: StopSignal | undefined): Promise<void> {
  return runProcess(
    {
      name: `bun ${Bun.version}`,
      entry: Bun.pathToFileURL(Bun.main).href, // not `import.meta.url`, which a bundler replaces by the path of this source
      openRedis: async (...args) => (await import('./bun-redis.ts')).openBunRedis(...args),
      defaultSocketHits: false, // a miss costs more than with Bun.serve
      async listen(app, address) {
        if (!app.socketHits || app.hits === undefined) return listenOnBun(app, address)
        const { listenOnSocket } = await import('./listen-on-socket.ts')
        return listenOnSocket(app, app.hits, address)
      },
    },
    stopSignal,
  )
}

function listenOnBun({ fetch }: ServedApp, { host, port, shared }: Address): Server {
  const server = Bun.serve({
    fetch: (request, server) => fetch(request, server), // `c.env` is then the server, as `hono/bun` expects
    hostname: host,
    port,
    reusePort: shared,
  })
  return {
    port: server.port ?? port,
    stop: () => server.stop(),
    isSending: () => server.pendingRequests > 0,
    kill: () => void server.stop(true),
  }
}
