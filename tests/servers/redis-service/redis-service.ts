/** Services that share one Redis and one database file. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ProcessRuntime, type RunningService, startService } from '../../runtimes/running-service.ts'
import { send } from '../../runtimes/threads/threaded-service.ts'
import { type RedisServerOptions, startRedis } from '../redis-server.ts'
import type { RunningServer } from '../server-process.ts'

export const runtimes = ['bun', 'node'] as const satisfies ProcessRuntime[]

const USER = '/api/user/user_001'

/** The part of a test's context that is used here. */
export interface Cleanup {
  after(clean: () => Promise<unknown>): void
}

/** Starts a Redis, which is killed after the test. */
export async function startRedisFor(test: Cleanup, options: RedisServerOptions = {}): Promise<RunningServer> {
  const redis = await startRedis(options)
  test.after(() => redis.end())
  return redis
}

/** Starts a service, which is killed after the test unless it has ended. */
export async function startServiceFor(
  test: Cleanup,
  runtime: ProcessRuntime,
  env: Record<string, string>,
): Promise<RunningService> {
  const service = await startService(runtime, env)
  test.after(() => service.end('SIGKILL'))
  return service
}

/** Starts two services. The budget of a read is long, because a busy machine must not look like an outage. */
export async function startSharing(
  test: Cleanup,
  runtime: ProcessRuntime,
  redisUrl: string,
  env: Record<string, string> = {},
): Promise<[RunningService, RunningService]> {
  const folder = await mkdtemp(join(tmpdir(), 'hitrate-redis-'))
  test.after(() => rm(folder, { recursive: true, force: true }))
  const shared = {
    REDIS_URL: redisUrl,
    CACHE_REMOTE_TIMEOUT_MS: '1000',
    DATABASE_URL: `sqlite:${join(folder, 'users.sqlite')}`,
    ...env,
  }
  const one = await startServiceFor(test, runtime, shared) // first alone, because it makes the database
  const two = await startServiceFor(test, runtime, shared)
  for (const service of [one, two]) await untilTier(service, 'up')
  return [one, two]
}

/** Resolves when `/health/ready` has this state of the tier. The status is 200 all the time. */
export async function untilTier(service: RunningService, state: 'up' | 'down'): Promise<void> {
  await until(async () => {
    const response = await send(service, '/health/ready')
    const { tiers } = (await response.json()) as { tiers: Record<string, string> }
    if (response.status !== 200) throw new Error(`/health/ready has the status ${response.status}`)
    return tiers.redis === state
  })
}

/** Name of the user, and the `Cache-Status` without its numbers. */
export async function readUser(service: RunningService): Promise<{ name: string; cacheStatus: string }> {
  const response = await send(service, USER)
  const { name } = (await response.json()) as { name: string }
  return { name, cacheStatus: (response.headers.get('cache-status') ?? '').replace(/\d+/g, 'N') }
}

export async function renameUser(service: RunningService, name: string): Promise<number> {
  const headers = { 'content-type': 'application/json' }
  const body = JSON.stringify({ name, email: 'alice@example.com' })
  const response = await send(service, USER, { method: 'PUT', headers, body })
  return response.status
}

/** Polls until the condition holds. The timeout of the test ends a condition that never does. */
export async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 10))
}
