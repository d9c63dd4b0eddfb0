/** Services that share one Redis and one database file. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ProcessRuntime, type RunningService, startService } from '../running-service.ts'
import { send } from '../threads/threaded-service.ts'

export const runtimes = ['bun', 'node'] as const satisfies ProcessRuntime[]

const USER = '/api/user/user_001'

export interface SharingServices {
  services: RunningService[]
  /** Ends all services with SIGTERM, and removes the database. Resolves to their exit codes. */
  end(): Promise<(number | null)[]>
}

/** Starts `count` services. The budget of a read is long, because a busy machine must not look like an outage. */
export async function startSharing(
  runtime: ProcessRuntime,
  redisUrl: string,
  count: number,
  env: Record<string, string> = {},
): Promise<SharingServices> {
  const folder = await mkdtemp(join(tmpdir(), 'hitrate-redis-'))
  const shared = {
    REDIS_URL: redisUrl,
    CACHE_REMOTE_TIMEOUT_MS: '1000',
    DATABASE_URL: `sqlite:${join(folder, 'users.sqlite')}`,
    ...env,
  }
  const services: RunningService[] = []
  // One after the other, because the first one makes the database.
  for (let i = 0; i < count; i++) services.push(await startService(runtime, shared))
  for (const service of services) await untilTier(service, 'up')
  return {
    services,
    async end() {
      const ended = await Promise.all(services.map((service) => service.end()))
      await rm(folder, { recursive: true, force: true })
      return ended.map(({ code }) => code)
    },
  }
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
