/** Detects another service on the port before the threads listen on it. */
import { addressOf, listen, type Runtime } from '../serving/serve.ts'
import type { Config } from '../startup/config.ts'

/**
 * Threads listen with `reusePort`, so the system would accept another service on the port as one more thread. To detect that
 * service, this function listens on the port once without `reusePort`. This fails if any socket is bound to the port.
 * @throws {StartError} when the port is taken
 */
export async function assertPortFree(runtime: Runtime, config: Config): Promise<void> {
  if (config.port === 0) return
  const fetch = () => new Response(null, { status: 503, headers: { connection: 'close' } })
  const server = await listen(runtime, { fetch }, { ...addressOf(config), shared: false })
  const closed = server.stop()
  server.kill()
  await closed
}
