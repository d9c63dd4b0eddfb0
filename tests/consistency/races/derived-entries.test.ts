/** F8 and F9: what was made from an entity, and two caches on one memory store. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { createCache } from '../../../src/cache/create-cache.ts'
import { memoryStore } from '../../../src/stores/memory/store.ts'
import { skipUnless } from '../../support/installed.ts'
import {
  assertReads,
  fill,
  type RedisRaceCache,
  type RedisRaceCaches,
  startRedisRaces,
  until,
} from './race-caches.ts'

/** A Standard Schema that accepts every value. */
const schema = {
  '~standard': { version: 1, vendor: 'test', validate: (value: unknown) => ({ value }) },
} as const

describe('F8: a page made from an entity', { skip: skipUnless('redis-server'), timeout: 30_000 }, () => {
  let caches: RedisRaceCaches
  let A: RedisRaceCache
  let B: RedisRaceCache

  before(async () => {
    caches = await startRedisRaces()
    A = await caches.open({ hasMemory: true })
    B = await caches.open()
  })
  after(() => caches.end())

  it('a put and a forget end the page in the tier and in the memory of other processes', async () => {
    const products = B.cache.entity({ name: 'product', schema, ttlMs: 60_000, load: () => ({ price: 10 }) })
    const changes = [() => products.put('1', { price: 12 }), () => products.forget('1')]
    for (const change of changes) {
      await A.cache.delete('page')
      await fill(A, 'page', 'old', [products.key('1')])
      assert.equal((await change()).confirmed, true)
      await assertReads(B, 'page', 'new')
      await until(() => A.cache.lookup('page')?.value !== 'old')
      await assertReads(A, 'page', 'new')
    }
  })
})

describe('F9: two caches on one memory store', () => {
  it('a second cache with the same keys is refused', () => {
    const memory = memoryStore()
    createCache({ memory, name: 'first' })
    assert.throws(() => createCache({ memory, name: 'second' }), /first/)
    assert.throws(() => createCache({ memory, name: 'second', namespace: 'second' }), /first/)
  })

  it('two caches with namespaces do not end values of each other', async () => {
    const memory = memoryStore()
    const [one, two] = [createCache({ memory, namespace: 'one' }), createCache({ memory, namespace: 'two' })]
    await one.read('k', () => 1, { ttlMs: 1000, tags: ['tag'] })
    await two.delete('k')
    await two.invalidateTags(['tag'])
    await two.clear()
    assert.equal(one.lookup('k')?.value, 1)
  })
})
