/** Detects a second service on the port before the threads share it. */
import { addressOf, listen, type Runtime } from '../serving/serve.ts'
import type { Config } from '../startup/config.ts'

/**
 * Threads listen with `reusePort`, and the system cannot distinguish another service from one more thread. So the port is
 * first opened without that option, which fails if any socket is bound to it, and closed again.
 * @throws {StartError} when the port is taken
 */
export async function assertPortFree(runtime: Runtime, config: Config): Promise<void> {
  if (config.port === 0) return
  const unavailable = () => new Response(null, { status: 503, headers: { connection: 'close' } })
  const server = await listen(runtime, unavailable, { ...addressOf(config), shared: false })
  const closed = server.stop()
  server.kill()
  await closed
}
