/**
 * Random interleavings of reads with audits, loads that take time, and writers that change the source and invalidate afterwards. No
 * audit may report a difference if every change is followed by its invalidation within the time of grace.
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  createInvalidationMemory,
  sharedMemoryBus,
} from '../../../src/cache/invalidation/shared-memory-bus.ts'
import { seededRandom } from '../../support/seeded-random.ts'
import { flush, testCache } from '../../support/test-cache.ts'

const RUNS = Number(process.env.HITRATE_RUNS ?? 40)
const SEED = Number(process.env.HITRATE_SEED ?? Math.floor(Math.random() * 2 ** 31))
const GRACE_MS = 100

/** Plays one interleaving. Returns the numbers of audits by result. */
async function play(seed: number, forgets: boolean): Promise<Record<string, number>> {
  const random = seededRandom(seed)
  const upTo = (n: number) => Math.floor(random() * n)
  const pick = <T>(all: readonly T[]): T => all[upTo(all.length)] as T
  const source = new Map<string, number>()
  const keys = ['a', 'b', 'c']
  const waits: { at: number; run: () => void }[] = []
  let now = 0
  let changes = 0

  const test = testCache({
    audit: { share: 1, maxPerSecond: Infinity, maxConcurrent: 8, graceMs: GRACE_MS },
    random,
    ...(random() < 0.3
      ? { invalidationBus: sharedMemoryBus(createInvalidationMemory({ threads: 2 }), 1) }
      : {}),
  })
  const { cache, advance, events } = test

  function later(ms: number, run: () => void): void {
    waits.push({ at: now + ms, run })
  }

  /** Reads the source at some moment of the load. */
  function load(key: string): Promise<number> {
    return new Promise((resolve) => {
      later(upTo(60), () => {
        const value = source.get(key) ?? 0
        later(upTo(60), () => resolve(value))
      })
    })
  }

  function change(key: string): void {
    const value = ++changes
    source.set(key, value)
    if (forgets) return
    later(upTo(GRACE_MS - 1), () => {
      const how = pick(['delete', 'many', 'tag', 'write', 'clear', 'expire'] as const)
      if (how === 'delete') void cache.delete(key)
      else if (how === 'many') void cache.deleteMany([...keys.filter(() => random() < 0.5), key])
      else if (how === 'tag') void cache.invalidateTags([`tag ${key}`])
      else if (how === 'write' && source.get(key) === value)
        void cache.write(key, value, { ttlMs: 500, tags: [`tag ${key}`] })
      else if (how === 'expire') void cache.expire(key)
      else void cache.clear()
    })
  }

  function read(): void {
    const options = { ttlMs: 500, staleWhileRevalidateMs: 200, tags: [] as string[] }
    if (random() < 0.2) {
      const many = keys.filter(() => random() < 0.7)
      void cache.readMany(
        many,
        async (missing) => Promise.all(missing.map(async (key) => [key, await load(key)] as const)),
        {
          ...options,
          tags: many.map((key) => `tag ${key}`),
        },
      )
      return
    }
    const key = pick(keys)
    void cache.read(key, () => load(key), { ...options, tags: [`tag ${key}`] })
  }

  for (let step = 0; step < 60; step++) {
    const what = random()
    if (what < 0.6) read()
    else if (what < 0.75) change(pick(keys))
    const until = now + upTo(40)
    for (; now < until; now++) {
      for (const wait of waits.filter(({ at }) => at <= now)) {
        waits.splice(waits.indexOf(wait), 1)
        wait.run()
      }
      await flush(8)
      advance(1)
    }
  }
  const counts: Record<string, number> = { same: 0, different: 0, failed: 0 }
  for (const event of events)
    if (event.type === 'audit') counts[event.result] = (counts[event.result] ?? 0) + 1
  return counts
}

describe(`${RUNS} interleavings of audits from seed ${SEED}`, () => {
  it('no audit reports a difference if every change is invalidated', async () => {
    let same = 0
    for (let run = 0; run < RUNS; run++) {
      const counts = await play(SEED + run, false)
      assert.equal(counts.different, 0, `seed ${SEED + run}`)
      assert.equal(counts.failed, 0, `seed ${SEED + run}`)
      same += counts.same ?? 0
    }
    assert.ok(same > RUNS, `${same} audits`)
  })

  it('audits report differences if no change is invalidated', async () => {
    let different = 0
    for (let run = 0; run < RUNS / 10; run++) different += (await play(SEED + run, true)).different ?? 0
    assert.ok(different > RUNS / 10, `${different} differences`)
  })
})
