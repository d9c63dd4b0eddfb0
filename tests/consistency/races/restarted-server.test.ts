/** F4: a server that restarts without its data, or from an older snapshot, during a load or after an invalidation. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
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
  until,
} from './race-caches.ts'

describe('F4: a server that restarts', { skip: skipUnless('redis-server'), timeout: 60_000 }, () => {
  let folder: string
  let caches: RedisRaceCaches
  let A: RedisRaceCache
  let B: RedisRaceCache
  let C: RedisRaceCache

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hitrate-races-'))
    caches = await startRedisRaces({ options: ['--dir', folder] })
    A = await caches.open()
    B = await caches.open()
    C = await caches.open({ hasMemory: true })
  })
  after(async () => {
    await caches.end()
    await rm(folder, { recursive: true, force: true })
  })

  /** Restarts the server; resolves when every cache reaches it again. */
  async function restart(): Promise<void> {
    await caches.store.restart()
    for (const { client, cache } of [A, B, C]) {
      await until(() => client.status === 'ready' && cache.stats().remoteUp === true)
    }
  }

  it('a load that began before the restart does not store a value from before an invalidation', async () => {
    await rm(join(folder, 'dump.rdb'), { force: true })
    const slow = heldLoad<string>()
    const reading = A.cache.read('slow', slow.load, LONG)
    await slow.begun
    assert.equal((await B.cache.delete('slow')).confirmed, true)
    await restart()
    slow.end('old')
    await reading
    await assertReads(B, 'slow', 'new')
    await assertReads(C, 'slow', 'new')
  })

  it('a server restarted without data serves no value whose invalidation was lost with it', async () => {
    await rm(join(folder, 'dump.rdb'), { force: true })
    await fill(A, 'empty', 'old', ['tag'])
    await B.cache.invalidateTags(['tag'])
    await restart()
    await assertReads(C, 'empty', 'new')
  })

  it('a server restarted from a snapshot serves none of its values', async () => {
    for (const key of ['deleted', 'tagged', 'written', 'kept']) await fill(A, key, 'old', [key])
    const slow = heldLoad<string>()
    const reading = A.cache.read('loading', slow.load, LONG)
    await slow.begun
    await caches.store.command('SAVE')
    await B.cache.delete('deleted')
    await B.cache.invalidateTags(['tagged'])
    await B.cache.write('written', 'new', LONG)
    await B.cache.delete('loading')
    await restart()
    slow.end('old')
    await reading
    for (const process of [A, B, C]) {
      for (const key of ['deleted', 'tagged', 'written', 'loading']) await assertReads(process, key, 'new')
    }
  })

  it('an invalidation that was not confirmed before the restart is repeated after it', async () => {
    await fill(A, 'unconfirmed', 'old')
    await caches.store.command('SAVE')
    await B.proxy.set({ kind: 'cut' })
    assert.equal((await B.cache.delete('unconfirmed')).confirmed, false)
    await caches.store.restart()
    await B.proxy.set({ kind: 'pass' })
    await restart()
    await assertReads(A, 'unconfirmed', 'new')
    await assertReads(B, 'unconfirmed', 'new')
  })
})
