/** expire, expireTags and expireAll: entries become stale in memory, in the shared tier, in running loads, and in other processes and threads. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Cache } from '../../../src/cache/cache.ts'
import { memoryStore } from '../../../src/stores/memory/store.ts'
import { processes } from '../../support/shared-tier/processes.ts'
import { dbError, failingLoad, flush, manualLoader, resultOf, testCache } from '../../support/test-cache.ts'
import { threadGroup } from '../../support/thread-group.ts'

const lifetime = { ttlMs: 10_000, staleWhileRevalidateMs: 60_000, staleIfErrorMs: 60_000, tags: ['row'] }
const methods: [string, (cache: Cache) => Promise<{ confirmed: boolean }>][] = [
  ['expire', (cache) => cache.expire('row')],
  ['expireTags', (cache) => cache.expireTags(['other', 'row'])],
  ['expireAll', (cache) => cache.expireAll()],
]

for (const [name, expire] of methods) {
  describe(name, () => {
    it(`after ${name}, an entry in memory is stale and is refreshed in the background`, async () => {
      const { cache, transcript } = testCache()
      await cache.write('row', 'old', lifetime)
      transcript()
      assert.deepEqual(await expire(cache), { confirmed: true })
      assert.equal(cache.lookup('row'), undefined)
      assert.deepEqual(await resultOf(cache.read('row', () => 'new')), ['stale', 'old'])
      await flush()
      assert.deepEqual(await resultOf(cache.read('row', () => 'newer')), ['hit', 'new'])
      assert.match(transcript()[0] ?? '', /^1\. invalidation: [12] by (key|tags|all)$/)
    })

    it(`after ${name}, an entry without stale times is loaded again, and one with stale-if-error stands in for a failure`, async () => {
      const { cache } = testCache()
      await cache.write('row', 'old', { ttlMs: 10_000, tags: ['row'] })
      await expire(cache)
      assert.deepEqual(await resultOf(cache.read('row', failingLoad)), ['threw', dbError])
      await cache.write('row', 'old', { ...lifetime, staleWhileRevalidateMs: 0 })
      await expire(cache)
      assert.deepEqual(await resultOf(cache.read('row', failingLoad)), ['stale', 'old'])
    })

    it(`the value of a load that runs during ${name} is stale when it is stored, and a later one is not`, async () => {
      const { cache } = testCache()
      const db = manualLoader<string>()
      const read = cache.read('row', db.load, lifetime)
      await expire(cache)
      db.nth(1).resolve('old')
      assert.equal((await read).value, 'old')
      assert.equal(cache.lookup('row'), undefined)
      assert.equal(cache.peek('row')?.outcome, 'stale')
      await cache.read('row', () => 'new', { ...lifetime, strategy: 'invalidate' })
      assert.equal(cache.lookup('row')?.value, 'new')
    })

    it(`after ${name}, other processes have a stale entry, in memory and in the shared tier`, async () => {
      const { start, process, read, begin, pass } = processes({ loaded: lifetime })
      const [one, two] = await start(2)
      assert.ok(one && two)
      await read(one)
      await read(two)
      assert.deepEqual(await expire(one), { confirmed: true })
      assert.equal(two.lookup('row'), undefined)
      assert.equal(two.peek('row')?.outcome, 'stale')
      const db = manualLoader<number>()
      const cold = begin(process(), db.load)
      await pass(0)
      assert.deepEqual(cold.result, [1, 'stale', 'remote'])
      db.nth(1).resolve(2)
      await pass(0)
      assert.deepEqual((await read(process())).slice(0, 2), [2, 'hit'])
    })

    it(`the value of a load that runs in another process during ${name} is stale when it is stored`, async () => {
      const { start, process, begin, pass } = processes()
      const [one, two] = await start(2)
      assert.ok(one && two)
      const db = manualLoader<number>()
      begin(one, db.load, lifetime)
      await pass(0)
      await expire(two)
      db.nth(1).resolve(1)
      await pass(0)
      assert.equal(one.lookup('row'), undefined)
      const cold = begin(process(), () => 2, lifetime)
      await pass(0)
      assert.deepEqual(cold.result, [1, 'stale', 'remote'])
    })

    it(`${name} takes effect in other threads at once, also before the store has executed it`, async () => {
      const [here, there] = threadGroup(2).buses
      assert.ok(here && there)
      const { process, read } = processes({ memory: false, loaded: lifetime })
      const one = process({ invalidationBus: here, memory: memoryStore() })
      const two = process({ invalidationBus: there, memory: memoryStore() })
      await read(one)
      await read(two)
      const expired = expire(one)
      assert.deepEqual([one.lookup('row'), two.lookup('row')], [undefined, undefined])
      assert.deepEqual(await expired, { confirmed: true })
    })

    it(`${name} is not confirmed while the store is down`, async () => {
      const { start, remote } = processes()
      const [one] = await start(1)
      assert.ok(one)
      remote.mode = 'down'
      assert.deepEqual(await expire(one), { confirmed: false })
    })
  })
}
