/** The service on Bun. */
import { runProcess } from './process.ts'

await runProcess({
  name: `bun ${Bun.version}`,
  async listen(fetch, hostname, port) {
    const server = Bun.serve({ fetch: (request) => fetch(request), hostname, port })
    return { port: server.port ?? port, stop: () => server.stop(), kill: () => void server.stop(true) }
  },
})
