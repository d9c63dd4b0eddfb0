/** A Memcached for the services of a test. */
import { type MemcachedServerOptions, startMemcached } from '../memcached-server.ts'
import type { RunningServer } from '../server-process.ts'
import type { Cleanup } from '../sharing-services.ts'

/** Starts a Memcached, which is killed after the test. */
export async function startMemcachedFor(
  test: Cleanup,
  options: MemcachedServerOptions = {},
): Promise<RunningServer> {
  const memcached = await startMemcached(options)
  test.after(() => memcached.end())
  return memcached
}
