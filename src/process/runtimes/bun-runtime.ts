/** Bun as a runtime of programs. */
import type { Runtime } from '../serving/runtime.ts'
import type { Address, ServedApp, Server } from '../serving/server.ts'
import { allowAnswerTime, IDLE_SECONDS } from './requests/answer-time.ts'
import { hostnameOf, refuseHost, withCompleteUrl } from './requests/request-host.ts'

const SLASH = 47

/** @param entry URL of the program, which each thread starts. Default: the main file. */
export function bunRuntime(entry = Bun.pathToFileURL(Bun.main).href): Runtime {
  return {
    name: `bun ${Bun.version}`,
    entry, // not `import.meta.url`, which a bundler replaces by the path of this source
    openRedis: async (...args) => (await import('./bun-redis.ts')).openBunRedis(...args),
    defaultSocketHits: false, // a miss costs more than with Bun.serve
    async listen(app, address) {
      if (!app.socketHits || app.hits === undefined) return listenOnBun(app, address)
      const { listenOnSocket } = await import('./listen-on-socket.ts')
      return listenOnSocket(app, app.hits, address)
    },
  }
}

function listenOnBun({ fetch }: ServedApp, { host, port, shared }: Address): Server {
  const hostname = hostnameOf(host)
  const server = Bun.serve({
    hostname: host,
    port,
    reusePort: shared,
    idleTimeout: IDLE_SECONDS,
    /** `c.env` is the server, as `hono/bun` expects. */
    fetch(request, server) {
      const isComplete = request.url.charCodeAt(0) !== SLASH
      const completeRequest = isComplete ? request : withCompleteUrl(request, hostname)
      const response = completeRequest === undefined ? refuseHost() : fetch(completeRequest, server)
      return response instanceof Promise ? allowAnswerTime(server, request, response) : response
    },
  })
  return {
    port: server.port ?? port,
    stop: () => server.stop(),
    isSending: () => server.pendingRequests > 0,
    kill: () => void server.stop(true),
  }
}
