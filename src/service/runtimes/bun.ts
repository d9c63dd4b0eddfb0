/** Entry of the service on Bun. The process and each of its threads start with this file. */
import { openBunRedis } from './bun-redis.ts'
import { runProcess } from './process.ts'

await runProcess({
  name: `bun ${Bun.version}`,
  entry: import.meta.url,
  openRedis: openBunRedis,
  async listen({ fetch }, { host, port, shared }) {
    const server = Bun.serve({ fetch: (request) => fetch(request), hostname: host, port, reusePort: shared })
    return { port: server.port ?? port, stop: () => server.stop(), kill: () => void server.stop(true) }
  },
})
