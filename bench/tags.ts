/**
 * Counts the hits of a cache in which tags are invalidated all the time, beside an ideal cache that loses an entry only if its own tag
 * was invalidated. Each key has a tag of its own and a lifetime of a day; time is virtual. The steps before the first one counted
 * fill the cache.
 *
 *     npm run bench:tags -- --keys 50000 --reads 1000 --invalidations 10,50,200 --seconds 600
 */
import { createCache } from '../src/cache/create-cache.ts'
import { memoryStore } from '../src/stores/memory/store.ts'
import { seededRandom } from '../tests/support/seeded-random.ts'
import { command, count, print, thisMachine } from './command.ts'

const { flags, run } = command({
  keys: '50000',
  reads: '1000',
  invalidations: '10,50,200',
  seconds: '600',
  seed: '1',
})

/** Virtual seconds that fill the cache. At 1,000 reads per second, each of 50,000 keys is read six times on average. */
const WARM_UP = 300

const DAY_MS = 86_400_000

await run(async () => {
  const [keys, reads, seconds] = [
    count('keys', flags.keys),
    count('reads', flags.reads),
    count('seconds', flags.seconds),
  ]
  print(`${keys} keys with a tag each, ${reads} reads/s, ${seconds} s\n`)
  print('| invalidations/s | hit ratio | of an ideal cache |')
  print('|---:|---:|---:|')
  for (const rate of flags.invalidations.split(',').map((text) => count('invalidations', text))) {
    const { hits, idealHits } = await simulate({ keys, reads, seconds, rate })
    const percent = (part: number) => `${((100 * part) / (reads * seconds)).toFixed(2)} %`
    print(`| ${rate} | ${percent(hits)} | ${percent(idealHits)} |`)
  }
  print(`\n${thisMachine()}`)
})

interface Setting {
  keys: number
  /** Per second. */
  reads: number
  seconds: number
  /** Invalidations per second. */
  rate: number
}

interface Hits {
  hits: number
  idealHits: number
}

async function simulate({ keys, reads, seconds, rate }: Setting): Promise<Hits> {
  const random = seededRandom(count('seed', flags.seed))
  let now = 1_800_000_000_000
  const cache = createCache({ memory: memoryStore({ maxBytes: 1024 ** 3 }), now: () => now })
  const ideal = new Set<number>()
  const anyKey = () => Math.floor(random() * keys)
  let [hits, idealHits, owed] = [0, 0, 0]

  function invalidateDue(): void {
    for (owed += rate / reads; owed >= 1; owed--) {
      const key = anyKey()
      void cache.invalidateTags([`user:${key}`])
      ideal.delete(key)
    }
  }

  function read(key: number): void {
    if (ideal.has(key)) idealHits++
    ideal.add(key)
    if (cache.lookup(`users:${key}`) !== undefined) hits++
    else void cache.write(`users:${key}`, key, { ttlMs: DAY_MS, tags: [`user:${key}`] })
  }

  for (let second = -WARM_UP; second < seconds; second++) {
    if (second === 0) hits = idealHits = 0
    for (let i = 0; i < reads; i++) {
      now += 1000 / reads
      invalidateDue()
      read(anyKey())
    }
    await undefined // lets the promises of the writes settle
  }
  await cache.close()
  return { hits, idealHits }
}
