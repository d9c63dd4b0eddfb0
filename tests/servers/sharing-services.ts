/** Services that share one tier and one database file. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ProcessRuntime, type RunningService, startService } from '../runtimes/running-service.ts'
import { scrapeValues } from '../runtimes/scrape-values.ts'
import { linesOf, send } from '../runtimes/threads/threaded-service.ts'

export const runtimes = ['bun', 'node'] as const satisfies ProcessRuntime[]

/** Name of the tier in `/health/ready`. */
export type TierName = 'redis' | 'memcached' | 'sqlite'

/** A tier for the services of a test. */
export interface SharedTierOptions {
  tier: TierName
  /** Program of the server. Default: the tier needs none. */
  program?: string
  /** Makes an empty tier, which is removed after the test; resolves to the variables with which the service uses it. */
  open(test: Cleanup): Promise<Record<string, string>>
}

/** The part of a test's context that is used here. */
export interface Cleanup {
  after(clean: () => Promise<unknown>): void
}

/** Makes a folder, which is removed after the test. */
export async function folderFor(test: Cleanup): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'hitrate-sharing-'))
  test.after(() => rm(folder, { recursive: true, force: true }))
  return folder
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
  tier: TierName,
  env: Record<string, string>,
): Promise<[RunningService, RunningService]> {
  const shared = {
    CACHE_REMOTE_TIMEOUT_MS: '1000',
    DATABASE_URL: `sqlite:${join(await folderFor(test), 'users.sqlite')}`,
    ...env,
  }
  const one = await startServiceFor(test, runtime, shared) // first alone, because it makes the database
  const two = await startServiceFor(test, runtime, shared)
  for (const service of [one, two]) await untilTier(service, tier, 'up')
  return [one, two]
}

/** Resolves when `/health/ready` has this state of the tier. The status is 200 all the time. */
export async function untilTier(
  service: RunningService,
  tier: TierName,
  state: 'up' | 'down',
): Promise<void> {
  await until(async () => {
    const response = await send(service, '/health/ready')
    const { tiers } = (await response.json()) as { tiers: Record<string, string> }
    if (response.status !== 200) throw new Error(`/health/ready has the status ${response.status}`)
    return tiers[tier] === state
  })
}

/** `Cache-Status`, without its numbers, of a response that the handler made and that was stored. */
export const MISS = 'hitrate; fwd=uri-miss; ttl=N; stored'
export const HIT = 'hitrate; hit; ttl=N'

/** Name of the user, and the `Cache-Status` without its numbers. */
export async function readUser(
  service: RunningService,
  id = 'user_001',
): Promise<{ name: string; cacheStatus: string }> {
  const response = await send(service, `/api/user/${id}`)
  const { name } = (await response.json()) as { name: string }
  return { name, cacheStatus: (response.headers.get('cache-status') ?? '').replace(/\d+/g, 'N') }
}

/** Name of the user in a list of this user alone. */
export async function readInList(service: RunningService, id: string): Promise<string | undefined> {
  const response = await send(service, `/api/users?ids=${id}`)
  return ((await response.json()) as { users: { name: string }[] }).users[0]?.name
}

/**
 * Reads users that the shared tier does not have until it has stored the response of each. A response is stored after it was
 * sent.
 */
export async function untilStored(service: RunningService, ids: readonly string[]): Promise<void> {
  const stored = async () =>
    (await scrapeValues(service.url)).get('cache_leases_total{cache="hitrate",result="stored"}') ?? 0
  const before = await stored()
  await until(async () => {
    for (const id of ids) await readUser(service, id)
    return (await stored()) >= before + ids.length
  })
}

/** The names of the user that a service serves on enough connections to reach two threads. */
export async function namesFrom(service: RunningService): Promise<string[]> {
  const reads = await Promise.all(Array.from({ length: 16 }, () => readUser(service)))
  return [...new Set(reads.map(({ name }) => name))]
}

export async function renameUser(service: RunningService, name: string, id = 'user_001'): Promise<number> {
  const headers = { 'content-type': 'application/json' }
  const body = JSON.stringify({ name, email: `${id}@example.com` })
  const response = await send(service, `/api/user/${id}`, { method: 'PUT', headers, body })
  return response.status
}

export const OUTAGE = 'The shared tier failed: reads load without it'
export const END = 'The shared tier answers again'

/** The messages of the log about outages of the shared tier. */
export function tierLines(service: RunningService): string[] {
  return linesOf(service.output())
    .map(({ message }) => message)
    .filter((message) => message === OUTAGE || message === END)
}

/** Polls until the condition holds. The timeout of the test ends a condition that never does. */
export async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 10))
}
