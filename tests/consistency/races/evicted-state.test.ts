/** F1 and F2: a server that evicts keys, loses its tag table, or is full. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { skipUnless } from '../../support/installed.ts'
import {
  assertReads,
  fill,
  heldLoad,
  LONG,
  type RedisRaceCache,
  type RedisRaceCaches,
  startRedisRaces,
} from './race-caches.ts'

const noServer = skipUnless('redis-server')
const policies = ['allkeys-lru', 'allkeys-lfu', 'allkeys-random']

for (const policy of policies) {
  describe(`F1: a server that evicts by ${policy}`, { skip: noServer, timeout: 60_000 }, () => {
    let caches: RedisRaceCaches
    let A: RedisRaceCache
    let B: RedisRaceCache

    before(async () => {
      caches = await startRedisRaces({ options: ['--maxmemory-policy', policy] })
      A = await caches.open()
      B = await caches.open()
    })
    after(() => caches.end())

    /** Writes other entries until most keys have been evicted. */
    async function evict(): Promise<void> {
      const used = /used_memory:(\d+)/.exec(String(await caches.store.command('INFO', 'memory')))?.[1]
      await caches.store.command('CONFIG', 'SET', 'maxmemory', `${Number(used) + 300_000}`)
      const write = async (i: number) => A.cache.write(`fill ${i}`, 'x'.repeat(1000), LONG)
      for (let i = 0; i < 600; i += 100) {
        await Promise.all(Array.from({ length: 100 }, (_, n) => write(i + n)))
      }
      const evicted = /evicted_keys:(\d+)/.exec(String(await caches.store.command('INFO', 'stats')))?.[1]
      await caches.store.command('CONFIG', 'SET', 'maxmemory', '0')
      assert.ok(Number(evicted) > 100, `only ${evicted} keys were evicted`)
    }

    it('no deleted or tagged value comes back after evictions', async () => {
      const deleted = Array.from({ length: 100 }, (_, i) => `deleted-${i}`)
      const tagged = Array.from({ length: 100 }, (_, i) => `tagged-${i}`)
      await Promise.all([...deleted, ...tagged].map((key) => fill(A, key, 'old', [key])))
      assert.equal((await A.cache.deleteMany(deleted)).confirmed, true)
      assert.equal((await A.cache.invalidateTags(tagged)).confirmed, true)
      await evict()
      await Promise.all([...deleted, ...tagged].map((key) => assertReads(B, key, 'new')))
    })
  })
}

describe('F1: a server that lost the tag table', { skip: noServer, timeout: 30_000 }, () => {
  let caches: RedisRaceCaches
  let A: RedisRaceCache
  let B: RedisRaceCache

  before(async () => {
    caches = await startRedisRaces()
    A = await caches.open()
    B = await caches.open()
  })
  after(() => caches.end())

  async function deleteTables(): Promise<void> {
    const keys = (await caches.store.command('KEYS', '{tags *')) as string[]
    assert.ok(keys.length > 0)
    await caches.store.command('DEL', ...keys)
  }

  it('a value whose tag was invalidated before the loss is not served', async () => {
    await fill(A, 'tagged', 'old', ['tag'])
    await A.cache.invalidateTags(['tag'])
    await deleteTables()
    await assertReads(B, 'tagged', 'new')
  })

  it('a value whose tag was invalidated after the loss is not served', async () => {
    await fill(A, 'later', 'old', ['later'])
    await deleteTables()
    await A.cache.invalidateTags(['later'])
    await assertReads(B, 'later', 'new')
  })

  it('a load that ran during the loss stores nothing', async () => {
    const slow = heldLoad<string>()
    const reading = A.cache.read('loading', slow.load, { ...LONG, tags: ['loading'] })
    await slow.begun
    await B.cache.invalidateTags(['loading'])
    await deleteTables()
    slow.end('old')
    await reading
    await assertReads(B, 'loading', 'new')
  })
})

describe('F2: a full server that evicts nothing', { skip: noServer, timeout: 30_000 }, () => {
  let caches: RedisRaceCaches
  let A: RedisRaceCache
  let B: RedisRaceCache

  before(async () => {
    caches = await startRedisRaces()
    A = await caches.open()
    B = await caches.open()
    for (const key of ['deleted', 'tagged', 'written', 'cleared', 'kept']) {
      await fill(A, key, 'old', [key])
    }
    await caches.store.command('CONFIG', 'SET', 'maxmemory', '1')
  })
  after(() => caches.end())

  it('a full server serves what it has', async () => {
    await assertReads(B, 'kept', 'old', 'remote')
  })

  it('a deletion is confirmed, and ends the value', async () => {
    assert.equal((await A.cache.delete('deleted')).confirmed, true)
    await assertReads(B, 'deleted', 'new')
  })

  it('a write is confirmed, and ends the old value', async () => {
    assert.equal((await A.cache.write('written', 'new')).confirmed, true)
    await assertReads(B, 'written', 'new')
  })

  it('an invalidation of a tag is confirmed, and ends the value', async () => {
    assert.equal((await A.cache.invalidateTags(['tagged'])).confirmed, true)
    await assertReads(B, 'tagged', 'new')
  })

  it('a clear is confirmed, and ends the value', async () => {
    assert.equal((await A.cache.clear()).confirmed, true)
    await assertReads(B, 'cleared', 'new')
  })
})
