/** A Redis for the services of a test. */
import { type RedisServerOptions, startRedis } from '../redis-server.ts'
import type { RunningServer } from '../server-process.ts'
import type { Cleanup } from '../sharing-services.ts'

/** Starts a Redis, which is killed after the test. */
export async function startRedisFor(test: Cleanup, options: RedisServerOptions = {}): Promise<RunningServer> {
  const redis = await startRedis(options)
  test.after(() => redis.end())
  return redis
}
