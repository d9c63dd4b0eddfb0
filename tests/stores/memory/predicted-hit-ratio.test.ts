/** The hit ratios that a memory store predicts, through the cache that uses it. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createCache } from '../../../src/cache/create-cache.ts'
import { type MemoryStoreOptions, memoryStore } from '../../../src/exports/index.ts'
import { seededRandom } from '../../support/seeded-random.ts'

function watchedCache(options: MemoryStoreOptions) {
  const counts = { reads: 0, hits: 0 }
  let time = 0
  const cache = createCache({
    memory: memoryStore(options),
    now: () => time,
    jitter: 0,
    onEvent(event) {
      if (event.type !== 'read') return
      counts.reads++
      if (event.outcome === 'hit') counts.hits++
    },
  })
  return {
    cache,
    counts,
    /** Reads keys in a loop, one in each ms. */
    async loop(keys: number, times: number, { ttlMs = 1e9, afterRead = async (_at: number) => {} } = {}) {
      for (let at = 0; at < times; at++) {
        time++
        await cache.read(`key:${at % keys}`, () => at, { ttlMs })
        await afterRead(at)
      }
    },
  }
}

type Watched = ReturnType<typeof watchedCache>

function predictionOf({ cache }: Watched) {
  return cache.stats().predictedHitRatio ?? assert.fail('no prediction')
}

for (const eviction of ['density', 'lru'] as const) {
  describe(`predictedHitRatio (${eviction})`, () => {
    it('1x is the ratio of the counted reads, for hits and misses alike', async () => {
      const watched = watchedCache({ maxEntries: 300, eviction })
      const random = seededRandom(1)
      await watched.loop(1, 1)
      assert.equal(watched.cache.stats().predictedHitRatio, undefined)
      for (let i = 0; i < 10_000; i++) {
        const key = `${Math.floor(2000 * random() ** 4)}`
        if (watched.cache.lookup(key) === undefined) await watched.cache.read(key, () => i)
      }
      const { counts } = watched
      const { '0.5x': half, '1x': same, '2x': twice, '4x': four } = predictionOf(watched)
      assert.ok(Math.abs(same - counts.hits / counts.reads) < 0.02, `${same} ${counts.hits / counts.reads}`)
      assert.ok(half < same && same < twice && twice < four, `${half} ${same} ${twice} ${four}`)
    })

    it('a loop that needs more room than there is', async () => {
      const watched = watchedCache({ maxEntries: 400, eviction })
      await watched.loop(600, 10_000)
      assert.ok(predictionOf(watched)['2x'] > 0.85)
    })

    it('entries that expire before the next read bring no hits at any size', async () => {
      const watched = watchedCache({ maxEntries: 400, eviction })
      await watched.loop(600, 3000, { ttlMs: 500 })
      assert.equal(predictionOf(watched)['4x'], 0)
    })

    it('entries that are deleted before the next read bring no hits at any size', async () => {
      const watched = watchedCache({ maxEntries: 400, eviction })
      const afterRead = async (at: number) => void (await watched.cache.delete(`key:${(at + 50) % 600}`))
      await watched.loop(600, 3000, { afterRead })
      assert.equal(predictionOf(watched)['4x'], 0)
    })

    it('entries that fit bring the same ratio at every size', async () => {
      const watched = watchedCache({ eviction })
      await watched.loop(500, 3000)
      const ratios = Object.values(predictionOf(watched))
      assert.deepEqual(new Set(ratios).size, 1)
    })
  })
}

describe('predictHitRatio', () => {
  it('false: there is no prediction', async () => {
    const watched = watchedCache({ predictHitRatio: false })
    await watched.loop(10, 3000)
    assert.equal('predictedHitRatio' in watched.cache.stats(), false)
  })

  it('negative entries count as reads, and have no part in the sample', async () => {
    const { cache } = watchedCache({ maxEntries: 400, eviction: 'lru' })
    for (let i = 0; i < 2000; i++) await cache.read(`absent:${i % 150}`, () => null)
    const { '0.5x': half, '4x': four } = cache.stats().predictedHitRatio ?? assert.fail('no prediction')
    assert.equal(half, four)
  })

  it('caches that share a store have one prediction, of the reads of both', async () => {
    const memory = memoryStore({ maxEntries: 100 })
    const one = createCache({ memory, namespace: 'one' })
    const other = createCache({ memory, namespace: 'other' })
    for (let i = 0; i < 2000; i++) {
      await one.read('key', () => 1)
      await other.read(`${i}`, () => 1)
    }
    assert.deepEqual(one.stats().predictedHitRatio, other.stats().predictedHitRatio)
    assert.ok(Math.abs((one.stats().predictedHitRatio?.['1x'] ?? 0) - 0.5) < 0.01)
  })
})
