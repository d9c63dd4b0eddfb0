/**
 * Floods of lists: one client reads some users by their ids, while others request lists of users without end. Counts how many of its
 * reads are hits. Time is virtual, and no entry expires.
 */
import { seededRandom } from './seeded-random.ts'

/** The parts of the service, of this checkout or of another one. */
export type Service = Pick<
  typeof import('../../src/exports/service.ts'),
  'createApp' | 'inMemoryRepository'
> &
  Pick<
    typeof import('../../src/exports/index.ts'),
    'createCache' | 'memoryStore' | 'createRegistry' | 'createInstruments'
  >

export interface Flood {
  name: string
  /** Number of users that exist. */
  users: number
  maxBytes: number
  /** Returns the path of a foreign request. */
  path: (random: () => number, ids: readonly string[]) => string
}

const KiB = 1024
const MiB = 1024 * KiB

export const floods: readonly Flood[] = [150, 5000].flatMap((users): Flood[] => [
  {
    name: `?ids= of 1 to 100 of ${users} users`,
    users,
    maxBytes: 512 * KiB,
    path: (random, ids) => byIds(1 + below(100, random), random, ids),
  },
  {
    name: `?limit=1..100&after= of ${users} users`,
    users,
    maxBytes: 512 * KiB,
    path: (random, ids) => `/api/users?limit=${1 + below(100, random)}&after=${oneOf(ids, random)}`,
  },
  {
    name: `?ids= of 100 of ${users} users`,
    users,
    maxBytes: 64 * MiB,
    path: (random, ids) => byIds(100, random, ids),
  },
])

export interface FloodOptions {
  /** Rounds that count: in each, the good users are read once, after `foreign` requests of others. */
  rounds: number
  foreign: number
  seed: number
}

export interface Flooded {
  hits: number
  reads: number
  /** Content of the memory tier at the end. */
  entries: number
  bytes: number
}

export const GOOD_USERS = 40

export async function runFlood(service: Service, flood: Flood, options: FloodOptions): Promise<Flooded> {
  const { createApp, createCache, createInstruments, createRegistry, inMemoryRepository, memoryStore } =
    service
  const random = seededRandom(options.seed)
  const ids = Array.from({ length: flood.users }, (_, i) => `user-${String(i).padStart(5, '0')}`)
  const good = ids.filter((_, i) => i % Math.floor(flood.users / GOOD_USERS) === 0).slice(0, GOOD_USERS)
  const clock = { ms: 1_000_000 }
  const registry = createRegistry()
  const cache = createCache({ memory: memoryStore({ maxBytes: flood.maxBytes }), now: () => clock.ms })
  const users = ids.map((id) => ({ id, name: `The name of ${id}`, email: `${id}@example.com` }))
  const app = createApp({
    repository: inMemoryRepository(users),
    cache,
    registry,
    instruments: createInstruments({ registry, version: 'test', runtime: 'test' }),
    tiers: {},
    version: 'test',
    runtime: 'test',
    uptimeSeconds: () => 0,
    targetedControl: 'max-age=3600',
  })

  async function statusOf(path: string): Promise<string> {
    clock.ms++
    const response = await app.request(path)
    await response.text()
    if (response.status !== 200) throw new Error(`${path}: ${response.status}`)
    return response.headers.get('cache-status') ?? ''
  }

  let hits = 0
  for (let round = 0; round <= options.rounds; round++) {
    for (const id of good) {
      const isHit = (await statusOf(`/api/user/${id}`)).startsWith('hitrate; hit')
      if (isHit && round > 0) hits++ // the first round fills the cache
    }
    if (round === options.rounds) break
    for (let i = 0; i < options.foreign; i++) await statusOf(flood.path(random, ids))
  }
  const { entries, bytes } = cache.stats()
  await cache.close()
  return { hits, reads: options.rounds * good.length, entries, bytes }
}

function byIds(count: number, random: () => number, ids: readonly string[]): string {
  return `/api/users?ids=${Array.from({ length: count }, () => oneOf(ids, random))}`
}

function oneOf(ids: readonly string[], random: () => number): string {
  return ids[below(ids.length, random)] ?? ''
}

/** A whole number from 0 to below `limit`. */
function below(limit: number, random: () => number): number {
  return Math.floor(limit * random())
}
