/** Detects another program on the port before the threads listen on it. */
import type { Program } from '../serving/program.ts'
import type { Runtime } from '../serving/runtime.ts'
import { addressOf, listen } from '../serving/serve.ts'
import type { ProcessConfig } from '../startup/process-config.ts'

/**
 * Threads listen with `reusePort`, so the system would accept another program on the port as one more thread. To detect that
 * program, this function listens on the port once without `reusePort`. This fails if any socket is bound to the port.
 * @throws {StartError} when the port is taken
 */
export async function assertPortFree(
  runner: { runtime: Runtime; program: Pick<Program, 'describeAddress'> },
  config: ProcessConfig,
): Promise<void> {
  if (config.port === 0) return
  const fetch = () => new Response(null, { status: 503, headers: { connection: 'close' } })
  const server = await listen(runner, { fetch }, { ...addressOf(config), shared: false })
  const closed = server.stop()
  server.kill()
  await closed
}
