/** Entry of the service on Bun. The process and each of its threads start with this file. */
import type { Address, ServedApp, Server } from '../serving/serve.ts'
import { runProcess } from './process.ts'

// Not awaited, because Bun's bytecode has no top-level await.
void runProcess({
  name: `bun ${Bun.version}`,
  entry: Bun.pathToFileURL(Bun.main).href, // not `import.meta.url`, which a bundler replaces by the path of this source
  isMainThread: Bun.isMainThread,
  openRedis: async (...args) => (await import('./bun-redis.ts')).openBunRedis(...args),
  defaultSocketHits: false, // a miss costs more than with Bun.serve
  async listen(app, address) {
    if (!app.socketHits || app.hits === undefined) return listenOnBun(app, address)
    const { listenOnSocket } = await import('./listen-on-socket.ts')
    return listenOnSocket(app, app.hits, address)
  },
})

function listenOnBun({ fetch }: ServedApp, { host, port, shared }: Address): Server {
  const server = Bun.serve({ fetch: (request) => fetch(request), hostname: host, port, reusePort: shared })
  return { port: server.port ?? port, stop: () => server.stop(), kill: () => void server.stop(true) }
}
