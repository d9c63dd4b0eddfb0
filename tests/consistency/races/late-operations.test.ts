/** F3, F5 and F7: operations that arrive late, are not confirmed, or meet an older load. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Cache } from '../../../src/cache/cache.ts'
import type { ProxiedRaceLink, RaceStore } from '../stores/kind/race-store.ts'
import { MemcachedRaceStore } from '../stores/memcached/memcached-races.ts'
import { storeSkips } from '../stores/start-store.ts'
import {
  assertReads,
  fill,
  heldLoad,
  LONG,
  RaceCaches,
  type RedisRaceCaches,
  startRedisRaces,
  until,
} from './race-caches.ts'

type ProxiedCaches = RaceCaches<ProxiedRaceLink, RaceStore<ProxiedRaceLink>>

/** Stores with a server, whose answers a proxy can delay. */
const starts: Record<'redis' | 'memcached', () => Promise<ProxiedCaches>> = {
  redis: startRedisRaces,
  memcached: async () => new RaceCaches(await MemcachedRaceStore.start()),
}

/** Time limit of the operations that a test lets time out, in ms. */
const BRIEF = { remoteTimeoutMs: 100 }

for (const name of ['redis', 'memcached'] as const) {
  describe(`operations on ${name} that are late`, { skip: storeSkips[name], timeout: 60_000 }, () => {
    let caches: ProxiedCaches

    before(async () => {
      caches = await starts[name]()
    })
    after(() => caches.end())

    describe('F3: an invalidation that arrives after a newer one', () =>
      describeLateInvalidations(() => caches))
    describe('F5: an invalidation that is not confirmed', () => describeUnconfirmed(() => caches))
    describe('F7: a load that began before an invalidation', () => describeOlderLoads(() => caches))
  })
}

describe('late messages and late values of Redis', { skip: storeSkips.redis, timeout: 30_000 }, () => {
  let caches: RedisRaceCaches

  before(async () => {
    caches = await startRedisRaces()
  })
  after(() => caches.end())

  it('a write whose value arrives late stores nothing over a newer value', async () => {
    const [B, C, D] = await Promise.all([caches.open(BRIEF), caches.open(), caches.open()])
    await B.cache.write('other', 'value', LONG) // so that the server has the script
    await B.proxy.set({ kind: 'mute' })
    const written = B.cache.write('value', 'v1', LONG)
    await until(async () => (await caches.store.command('EXISTS', 'hitrate: value')) === 1) // the write has begun
    await B.proxy.set({ kind: 'freeze' })
    await written
    assert.equal((await C.cache.write('value', 'v2', LONG)).confirmed, true)
    await B.proxy.set({ kind: 'pass' })
    await until(() => B.cache.stats().remoteUp === true)
    await assertReads(D, 'value', 'v2')
  })

  it('a reader in another process does not join it once the message has arrived', async () => {
    const [A, B] = await Promise.all([caches.open(), caches.open()])
    const older = heldLoad<string>()
    const reading = A.cache.read('joined', older.load, LONG)
    await older.begun
    const before = A.events.length
    await B.cache.delete('joined')
    await until(() => A.events.slice(before).some(({ type }) => type === 'bus-message'))
    await assertReads(A, 'joined', 'new')
    older.end('old')
    await reading
    await assertReads(A, 'joined', 'new')
  })
})

function describeLateInvalidations(started: () => ProxiedCaches): void {
  const changes = {
    deletion: (cache: Cache, key: string) => cache.delete(key),
    write: (cache: Cache, key: string) => cache.write(key, 'v0', LONG),
    'invalidation of a tag': (cache: Cache, key: string) => cache.invalidateTags([key]),
  }
  for (const [name, change] of Object.entries(changes)) {
    it(`a late ${name} brings no older value back`, async () => {
      const key = name.replaceAll(' ', '-')
      const [A, B, C, D] = await Promise.all([
        started().open(),
        started().open(BRIEF),
        started().open(),
        started().open(),
      ])
      await B.proxy.set({ kind: 'freeze' })
      assert.equal((await change(B.cache, key)).confirmed, false)
      await fill(A, key, 'v1', [key])
      assert.equal((await C.cache.delete(key)).confirmed, true)
      await assertReads(D, key, 'v2')
      const before = B.events.length
      await B.proxy.set({ kind: 'pass' })
      await until(() => B.events.slice(before).some(isConfirmation)) // the timer has repeated it
      await assertReads(D, key, 'v2')
      await assertReads(B, key, 'v2')
    })
  }

  it('a write whose beginning arrives late stores nothing over a newer value', async () => {
    const [B, C, D] = await Promise.all([started().open(BRIEF), started().open(), started().open()])
    await B.proxy.set({ kind: 'freeze' })
    assert.equal((await B.cache.write('late', 'v1', LONG)).confirmed, false)
    assert.equal((await C.cache.write('late', 'v2', LONG)).confirmed, true)
    await B.proxy.set({ kind: 'pass' })
    await until(() => B.cache.stats().remoteUp === true)
    await assertReads(D, 'late', 'v2')
  })
}

function describeUnconfirmed(started: () => ProxiedCaches): void {
  it('a process without further operations repeats it until it is confirmed', async () => {
    const [A, B, C] = await Promise.all([started().open(BRIEF), started().open(), started().open()])
    await fill(A, 'idle', 'old')
    await fill(A, 'idle-tagged', 'old', ['idle-tag'])
    await A.proxy.set({ kind: 'cut' })
    assert.equal((await A.cache.delete('idle')).confirmed, false)
    assert.equal((await A.cache.invalidateTags(['idle-tag'])).confirmed, false)
    await assertReads(B, 'idle', 'old', 'remote') // the others cannot know it yet
    await A.proxy.set({ kind: 'pass' })
    await until(() => A.events.some(isConfirmation))
    await assertReads(C, 'idle', 'new')
    await assertReads(C, 'idle-tagged', 'new')
  })

  it('a process does not read from the tier what it could not invalidate there', async () => {
    const A = await started().open(BRIEF)
    for (const key of ['own-deleted', 'own-tagged', 'own-cleared']) {
      await fill(A, key, 'old', [key])
    }
    await A.proxy.set({ kind: 'cut' })
    await Promise.all([A.cache.delete('own-deleted'), A.cache.invalidateTags(['own-tagged'])])
    // Each read from now on may be the first that reaches the server again.
    await A.proxy.set({ kind: 'pass' })
    for (let i = 0; i < 100; i++) {
      for (const key of ['own-deleted', 'own-tagged']) {
        const { value } = await A.cache.read(key, () => 'new', LONG)
        assert.equal(value, 'new')
      }
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    await A.proxy.set({ kind: 'cut' })
    assert.equal((await A.cache.clear()).confirmed, false)
    await A.proxy.set({ kind: 'pass' })
    await until(() => A.events.some(({ type, ...rest }) => type === 'tier' && isOf(rest, 'clear', 'ok')))
    await assertReads(A, 'own-cleared', 'new')
  })

  it('a cache that is closed sends it once more', async () => {
    const [A, B] = await Promise.all([started().open(BRIEF), started().open()])
    await fill(A, 'closed', 'old')
    await A.proxy.set({ kind: 'cut' })
    assert.equal((await A.cache.delete('closed')).confirmed, false)
    await A.proxy.set({ kind: 'pass' })
    await until(() => isReachable(A))
    await A.cache.close()
    await assertReads(B, 'closed', 'new')
  })

  it('a deletion that was executed without an answer says that it is not confirmed', async () => {
    const [A, B] = await Promise.all([started().open(BRIEF), started().open()])
    await fill(A, 'mute', 'old')
    await A.proxy.set({ kind: 'mute' })
    assert.equal((await A.cache.delete('mute')).confirmed, false)
    await assertReads(B, 'mute', 'new')
  })
}

function describeOlderLoads(started: () => ProxiedCaches): void {
  it('a reader in the process of the invalidation does not join it', async () => {
    const A = await started().open()
    const older = heldLoad<string>()
    const reading = A.cache.read('own', older.load, LONG)
    await older.begun
    await A.cache.delete('own')
    await assertReads(A, 'own', 'new')
    older.end('old')
    await reading
    await assertReads(A, 'own', 'new')
  })

  it('a reader in a third process does not wait for it', async () => {
    const [A, B, C] = await Promise.all([started().open(), started().open(), started().open()])
    const older = heldLoad<string>()
    const reading = A.cache.read('third', older.load, LONG)
    await older.begun
    await B.cache.delete('third')
    await assertReads(C, 'third', 'new')
    older.end('old')
    await reading
    await assertReads(B, 'third', 'new')
  })
}

/** The client has connected again. */
async function isReachable({ remote }: ProxiedRaceLink): Promise<boolean> {
  return remote.ping().then(
    () => true,
    () => false,
  )
}

function isOf(event: object, operation: string, result: string): boolean {
  return 'operation' in event && event.operation === operation && 'result' in event && event.result === result
}

function isConfirmation(event: { type: string }): boolean {
  return event.type === 'tier' && isOf(event, 'invalidate', 'ok')
}
