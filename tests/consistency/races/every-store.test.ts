/** What every store must give to several processes: one load, invalidations, expiries, one refresh, and threads. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Cache } from '../../../src/cache/cache.ts'
import { threadGroup } from '../../support/thread-group.ts'
import type { RaceLink, RaceStore } from '../stores/kind/race-store.ts'
import { raceStores } from '../stores/race-stores.ts'
import { storeNames, storeSkips } from '../stores/start-store.ts'
import { assertReads, fill, heldLoad, LONG, type RaceCache, RaceCaches, until } from './race-caches.ts'

const STALE = { ttlMs: 600_000, staleWhileRevalidateMs: 600_000, staleIfErrorMs: 600_000 }

const changes: Record<string, (cache: Cache, key: string) => Promise<{ confirmed: boolean }>> = {
  delete: (cache, key) => cache.delete(key),
  deleteMany: (cache, key) => cache.deleteMany(['other', key]),
  invalidateTags: (cache, key) => cache.invalidateTags(['other', key]),
  clear: (cache) => cache.clear(),
  'write that stores nothing': (cache, key) => cache.write(key, 'new', { ttlMs: 0 }),
}

const expiries: Record<string, (cache: Cache, key: string) => Promise<{ confirmed: boolean }>> = {
  expire: (cache, key) => cache.expire(key),
  expireTags: (cache, key) => cache.expireTags(['other', key]),
  expireAll: (cache) => cache.expireAll(),
}

for (const name of storeNames) {
  describe(`several processes on ${name}`, { skip: storeSkips[name], timeout: 60_000 }, () => {
    let caches: RaceCaches<RaceLink, RaceStore>
    let A: RaceCache
    let B: RaceCache
    /** With memory; the others ask the store. */
    let C: RaceCache

    before(async () => {
      caches = new RaceCaches(await raceStores[name]())
      ;[A, B, C] = await Promise.all([caches.open(), caches.open(), caches.open({ hasMemory: true })])
    })
    after(() => caches.end())

    it(`a read waits for the load of another process (${name})`, async () => {
      const slow = heldLoad<string>()
      const first = A.cache.read('shared', slow.load, LONG)
      await slow.begun
      const second = B.cache.read('shared', () => assert.fail('a second load'), LONG)
      await until(() => B.events.some((event) => event.type === 'tier' && event.result === 'busy'))
      slow.end('value')
      assert.deepEqual([(await first).outcome, (await second).outcome], ['miss', 'coalesced'])
      assert.equal((await second).value, 'value')
    })

    it(`another process loads when the load fails (${name})`, async () => {
      const failure = new Error('down')
      const slow = heldLoad<string>()
      const first = A.cache.read('failing', slow.load, LONG)
      await slow.begun
      const second = B.cache.read('failing', () => 'value', LONG)
      slow.fail(failure)
      await assert.rejects(first, failure)
      assert.equal((await second).value, 'value')
    })

    for (const [change, invalidate] of Object.entries(changes)) {
      it(`no process reads an old value after a confirmed ${change} (${name})`, async () => {
        const key = `ended-by-${change.replaceAll(' ', '-')}`
        await fill(A, key, 'old', [key])
        await assertReads(B, key, 'old', 'remote')
        await assertReads(C, key, 'old')
        assert.equal((await invalidate(B.cache, key)).confirmed, true)
        await assertReads(A, key, 'new')
        await until(() => C.cache.lookup(key)?.value !== 'old')
        await assertReads(C, key, 'new')
      })

      it(`a load that began before a ${change} in another process is not stored (${name})`, async () => {
        const key = `overtaken-by-${change.replaceAll(' ', '-')}`
        const slow = heldLoad<string>()
        const reading = A.cache.read(key, slow.load, { ...LONG, tags: [key] })
        await slow.begun
        assert.equal((await invalidate(B.cache, key)).confirmed, true)
        slow.end('old')
        await reading
        await assertReads(B, key, 'new')
      })
    }

    it(`a written value is read by other processes, and a later write replaces it (${name})`, async () => {
      for (const value of ['first', 'second']) {
        assert.deepEqual(await A.cache.write('written', value, LONG), { kept: true, confirmed: true })
        await assertReads(B, 'written', value, 'remote')
      }
    })

    for (const [method, expire] of Object.entries(expiries)) {
      it(`after ${method} in another process, a value is stale and is refreshed (${name})`, async () => {
        const key = `ended-by-${method}`
        await fill(A, key, 'old', [key], STALE)
        await assertReads(B, key, 'old', 'remote')
        assert.equal((await expire(B.cache, key)).confirmed, true)
        const { value, outcome } = await A.cache.read(key, () => 'new', STALE)
        assert.deepEqual([value, outcome], ['old', 'stale'])
        await until(async () => (await B.cache.read(key, () => 'new', STALE)).value === 'new')
      })
    }

    it(`processes that find the same stale value make one load (${name})`, async () => {
      await fill(A, 'stale', 'old', [], STALE)
      assert.equal((await B.cache.expire('stale')).confirmed, true)
      let loads = 0
      const slow = heldLoad<string>()
      const load = () => {
        loads++
        return slow.load()
      }
      for (const { cache } of [A, B, C]) {
        const { value, outcome } = await cache.read('stale', load, STALE)
        assert.deepEqual([value, outcome], ['old', 'stale'])
      }
      await slow.begun
      slow.end('new')
      for (const { cache } of [A, B, C]) {
        await until(async () => (await cache.read('stale', load, STALE)).value === 'new')
      }
      assert.equal(loads, 1)
    })

    it(`a deletion in one thread holds in the others before the store has confirmed it (${name})`, async () => {
      const { buses } = threadGroup(2)
      const [one, two] = await Promise.all(
        buses.map((invalidationBus) => caches.open({ hasMemory: true, invalidationBus })),
      )
      assert.ok(one && two)
      await fill(one, 'thread', 'old')
      await assertReads(two, 'thread', 'old')
      const deleted = one.cache.delete('thread')
      assert.equal(two.cache.lookup('thread'), undefined)
      await assertReads(two, 'thread', 'new')
      assert.equal((await deleted).confirmed, true)
    })
  })
}
