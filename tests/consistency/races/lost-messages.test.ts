/** F6: memory tiers of other processes, while messages arrive and after they were lost. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { skipUnless } from '../../support/installed.ts'
import { assertReads, fill, LONG, type RedisRaceCaches, startRedisRaces, until } from './race-caches.ts'

describe('memory tiers of several processes', { skip: skipUnless('redis-server'), timeout: 30_000 }, () => {
  let caches: RedisRaceCaches

  before(async () => {
    caches = await startRedisRaces()
  })
  after(() => caches.end())

  it('a memory tier drops a value that another process has deleted, tagged, written or cleared', async () => {
    const [A, B] = await Promise.all([caches.open({ hasMemory: true }), caches.open()])
    const changes = [
      () => B.cache.delete('key'),
      () => B.cache.invalidateTags(['tag']),
      () => B.cache.write('key', 'new'),
      () => B.cache.clear(),
    ]
    for (const change of changes) {
      await A.cache.delete('key')
      await fill(A, 'key', 'old', ['tag'])
      assert.equal(A.cache.lookup('key')?.value, 'old')
      assert.equal((await change()).confirmed, true)
      await until(() => A.cache.lookup('key')?.value !== 'old')
      await assertReads(A, 'key', 'new')
    }
  })

  it('a memory tier serves nothing that a process deleted and ended while messages were lost', async () => {
    const A = await caches.open({ hasMemory: true })
    await fill(A, 'brief', 'old')
    await A.proxy.set({ kind: 'refuse' })
    const B = await caches.open()
    assert.equal((await B.cache.delete('brief')).confirmed, true)
    await B.cache.close()
    await A.proxy.set({ kind: 'pass' })
    await until(() => A.cache.stats().busUp === false)
    await until(() => A.cache.stats().busUp === true && A.cache.stats().remoteUp === true)
    await assertReads(A, 'brief', 'new')
  })

  it('a memory tier serves nothing that a process deleted and died while messages were lost', async () => {
    const [A, B] = await Promise.all([caches.open({ hasMemory: true }), caches.open()])
    await fill(A, 'killed', 'old')
    await A.proxy.set({ kind: 'refuse' })
    assert.equal((await B.cache.delete('killed')).confirmed, true)
    await B.proxy.set({ kind: 'refuse' })
    await A.proxy.set({ kind: 'pass' })
    await until(() => A.cache.stats().busUp === false)
    await until(() => A.cache.stats().busUp === true && A.cache.stats().remoteUp === true)
    await assertReads(A, 'killed', 'new')
  })

  it('a memory tier stores no load that began before its messages were lost', async () => {
    const [A, B] = await Promise.all([caches.open({ hasMemory: true }), caches.open()])
    const { promise, resolve } = Promise.withResolvers<string>()
    const reading = A.cache.read('loading', () => promise, LONG)
    await until(() => A.events.some(({ type }) => type === 'lease'))
    await A.proxy.set({ kind: 'refuse' })
    await B.cache.delete('loading')
    await B.proxy.set({ kind: 'refuse' })
    resolve('old')
    await reading
    await A.proxy.set({ kind: 'pass' })
    await until(() => A.cache.stats().busUp === false)
    await until(() => A.cache.stats().busUp === true && A.cache.stats().remoteUp === true)
    await assertReads(A, 'loading', 'new')
  })
})
