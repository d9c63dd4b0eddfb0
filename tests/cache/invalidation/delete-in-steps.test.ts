/** deleteMany of more keys than one step deletes. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { BusMessage } from '../../../src/cache/invalidation/invalidation.ts'
import {
  createInvalidationMemory,
  sharedMemoryBus,
} from '../../../src/cache/invalidation/shared-memory-bus.ts'
import { processes } from '../../support/shared-tier/processes.ts'
import { dbError, failingLoad, manualLoader, testCache } from '../../support/test-cache.ts'

const COUNT = 3000
const keys = Array.from({ length: COUNT }, (_, i) => `k${i}`)

/** A cache with an entry of each key, and of one other. */
function filledCache(options: Parameters<typeof testCache>[0] = {}) {
  const parts = testCache(options)
  for (const key of [...keys, 'other'])
    void parts.cache.write(key, 'old', { ttlMs: 60_000, staleIfErrorMs: 1e6 })
  parts.events.length = 0
  return parts
}

describe('deleteMany of many keys', () => {
  it('takes effect for every key when it is called, and for no other', async () => {
    const { cache } = filledCache()
    const deleted = cache.deleteMany(keys)
    assert.deepEqual(
      keys.filter((key) => cache.has(key)),
      [],
    )
    assert.equal(cache.has('other'), true)
    assert.deepEqual(await deleted, { removed: COUNT, confirmed: true })
    assert.equal(cache.stats().entries, 1)
  })

  it('holds the event loop for no longer than a step', async () => {
    const { cache } = filledCache()
    let turns = 0
    let isPending = true
    const count = () => {
      turns++
      if (isPending) setTimeout(count, 0)
    }
    count()
    await cache.deleteMany(keys)
    isPending = false
    assert.ok(turns > COUNT / 300, `other work ran ${turns} times`)
  })

  it('emits the same events as deletions of single keys', async () => {
    const { cache, events } = filledCache()
    await cache.deleteMany([...keys, ...keys, 'absent'])
    const deleted = events.filter((event) => event.type === 'tier' && event.operation === 'delete')
    const results = deleted.map((event) => event.type === 'tier' && event.result)
    assert.equal(results.length, COUNT + 1)
    assert.equal(results.filter((result) => result === 'ok').length, COUNT)
    assert.deepEqual(events.at(-1), {
      type: 'invalidation',
      cache: 'hitrate',
      scope: 'key',
      count: COUNT + 1,
    })
  })

  it('rejects for a key that is not valid, and deletes nothing', async () => {
    const { cache } = filledCache()
    await assert.rejects(cache.deleteMany([...keys, '']), TypeError)
    assert.equal(cache.has('k0'), true)
  })

  it('counts an entry that is looked up, replaced or deleted before its step, and only once', async () => {
    const { cache } = filledCache()
    const deleted = cache.deleteMany(keys)
    assert.equal(cache.lookup('k1'), undefined)
    await cache.write('k2', 'new')
    await cache.read('k3', () => 'new')
    await cache.read('k5', () => 'new', { strategy: 'invalidate' })
    assert.deepEqual(await cache.delete('k4'), { removed: 0, confirmed: true })
    assert.equal((await deleted).removed, COUNT)
    assert.deepEqual(
      ['k1', 'k2', 'k3', 'k4', 'k5'].map((key) => cache.lookup(key)?.value),
      [undefined, 'new', 'new', undefined, 'new'],
    )
  })

  it('does not count an entry again that an earlier call deletes', async () => {
    const { cache } = filledCache()
    const [first, second] = await Promise.all([cache.deleteMany(keys), cache.deleteMany(keys)])
    assert.deepEqual([first.removed, second.removed], [COUNT, 0])
  })

  it('lets no older load store its value, and no later reader join one', async () => {
    const { cache } = testCache()
    const db = manualLoader<string>()
    const older = cache.read('k5', db.load)
    const deleted = cache.deleteMany(keys)
    const later = cache.read('k5', db.load)
    db.nth(1).resolve('old')
    assert.deepEqual([(await older).value, (await older).kept], ['old', false])
    while (db.started < 2) await undefined
    db.nth(2).resolve('new')
    assert.equal((await later).value, 'new')
    await deleted
    assert.equal(cache.lookup('k5')?.value, 'new')
  })

  it('lets no deleted entry stand in for a failed load', async () => {
    const { cache, advance } = filledCache()
    advance(70_000)
    assert.equal((await cache.read('k7', failingLoad)).outcome, 'stale')
    const db = manualLoader<string>()
    const older = cache.read('k8', db.load)
    const deleted = cache.deleteMany(keys)
    await assert.rejects(cache.read('k7', failingLoad), dbError)
    db.nth(1).reject(dbError)
    await assert.rejects(older, dbError)
    await deleted
  })

  it('leaves loads alone that begin after it', async () => {
    const { cache } = testCache()
    const db = manualLoader<string>()
    const deleted = cache.deleteMany(keys)
    const first = cache.read('k5', db.load)
    await deleted
    const second = cache.read('k5', db.load)
    assert.equal(db.started, 1)
    db.nth(1).resolve('new')
    assert.deepEqual([(await first).kept, (await second).outcome], [true, 'coalesced'])
  })

  it('a check of noteChanges sees it at once', async () => {
    const { cache } = testCache()
    const [isDeleted, isOther] = [cache.noteChanges('k9'), cache.noteChanges('other')]
    const deleted = cache.deleteMany(keys)
    assert.deepEqual([isDeleted(), isOther()], [true, false])
    assert.equal(cache.noteChanges('k9')(), false)
    await deleted
    assert.deepEqual([isDeleted(), isOther()], [true, false])
  })

  it('a load of another key is stored, although it began before', async () => {
    const { cache } = testCache()
    const db = manualLoader<string>()
    const read = cache.read('other', db.load)
    await cache.deleteMany(keys)
    db.nth(1).resolve('v')
    assert.equal((await read).kept, true)
  })
})

describe('deleteMany of many keys with a shared tier', () => {
  it('a key that was not sent yet is sent before it is read from the tier, and its new value stays', async () => {
    const { start, read, database, remote } = processes({ memory: false })
    const [one] = await start(1)
    assert.ok(one)
    await read(one, 'k2999')
    database.value = 2
    const deleted = one.deleteMany(keys)
    assert.deepEqual((await read(one, 'k2999')).slice(0, 2), [2, 'miss'])
    assert.deepEqual(await deleted, { removed: 0, confirmed: true })
    assert.deepEqual((await read(one, 'k2999')).slice(0, 2), [2, 'hit'], 'no later step has removed it')
    assert.ok(remote.operations.filter((operation) => operation === 'invalidate').length > COUNT / 500)
  })

  it('a value that is written before the step of its key stays in the tier', async () => {
    const { start, read } = processes({ memory: false })
    const [one] = await start(1)
    assert.ok(one)
    const deleted = one.deleteMany(keys)
    await one.write('k1500', 3, { ttlMs: 10_000 })
    await deleted
    assert.deepEqual((await read(one, 'k1500')).slice(0, 2), [3, 'hit'])
  })

  it('is not confirmed if the tier has not confirmed a step, or a key that was sent before its step', async () => {
    const { start, remote, begin } = processes({ memory: false })
    const [one] = await start(1)
    assert.ok(one)
    remote.mode = 'down'
    const deleted = one.deleteMany([...keys, 'row'])
    begin(one, () => 1)
    for (let i = 0; i < 100; i++) await undefined
    remote.mode = 'up'
    assert.equal((await deleted).confirmed, false)
  })
})

describe('a deletion of many keys in another thread', () => {
  it('publishes each key once, or that messages are lost if there are more than the bus holds', async () => {
    const published: BusMessage[][] = []
    const bus = {
      capacity: 30_000,
      publish: (messages: readonly BusMessage[]) => void published.push([...messages]),
    }
    const { cache } = testCache({ invalidationBus: { ...bus, take: () => {} } })
    await cache.deleteMany([...keys, 'k0'])
    await cache.deleteMany([...keys, ...['x', 'y'].map((key) => key.repeat(8000))])
    assert.deepEqual(published, [keys.map((key) => ({ key })), ['lost']])
  })

  it('empties the memory of threads whose buffer it does not fit', async () => {
    const memory = createInvalidationMemory({ threads: 2, bytesPerThread: 4096 })
    const [here, there] = [0, 1].map((thread) =>
      testCache({ invalidationBus: sharedMemoryBus(memory, thread) }),
    )
    assert.ok(here && there)
    for (const { cache } of [here, there]) await cache.read('other', () => 'v')
    assert.equal((await here.cache.deleteMany(keys)).confirmed, true)
    assert.deepEqual([here.cache.has('other'), there.cache.has('other')], [true, false])
  })
})
