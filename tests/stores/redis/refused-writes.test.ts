/** Servers that refuse writes: full, read-only, or without enough replicas. */
import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'node:test'
import { type RemoteNamespace, StoreError } from '../../../src/stores/store.ts'
import { skipUnless } from '../../support/installed.ts'
import { fill, leaseOf, readOne, storedBytes, storeWith, VERSION } from '../contract/namespaces.ts'
import { RedisProcesses } from './open-redis.ts'

const value = Uint8Array.of(1)

describe('a Redis server that refuses writes', { skip: skipUnless('redis-server'), timeout: 30_000 }, () => {
  let processes: RedisProcesses
  let one: RemoteNamespace
  let two: RemoteNamespace

  before(async () => {
    processes = await RedisProcesses.start()
    one = await processes.open()
    two = await processes.open()
  })
  afterEach(async () => {
    await processes.admin.config('SET', 'maxmemory', '0')
    await processes.admin.config('SET', 'min-replicas-to-write', '0')
  })
  after(() => processes.end())

  /** The policy `noeviction` is the default. */
  const beFull = () => processes.admin.config('SET', 'maxmemory', '1')

  it('a full server returns values and grants no leases', async () => {
    await fill(one, 'key', value, { tags: ['tag'] })
    await beFull()
    assert.deepEqual(await storedBytes(two, 'key'), value)
    assert.equal((await readOne(two, 'missing')).kind, 'refused')
    assert.equal((await readOne(two, 'key', { not: '*' })).kind, 'refused')
  })

  it('a full server invalidates keys', async () => {
    await fill(one, 'invalid', value)
    await beFull()
    await one.invalidate({ keys: ['invalid'] }, 'announced')
    assert.equal(await storedBytes(two, 'invalid'), undefined)
  })

  it('a full server invalidates tags', async () => {
    await fill(one, 'tagged', value, { tags: ['tag'] })
    const token = await leaseOf(one, 'loading')
    await beFull()
    await one.invalidate({ tags: ['tag'] }, 'announced')
    assert.equal(await storedBytes(two, 'tagged'), undefined)
    await processes.admin.config('SET', 'maxmemory', '0')
    assert.equal(await storeWith(one, 'loading', token, value, { tags: ['tag'] }), 'lost')
  })

  it('a full server expires keys and tags, if need be by removing them', async () => {
    await fill(one, 'expired', value)
    await fill(one, 'tagged', value, { tags: ['tag'] })
    await beFull()
    await one.expire({ keys: ['expired'], tags: ['tag'] }, Date.now())
    assert.equal(await storedBytes(two, 'expired'), undefined)
    assert.equal(await storedBytes(two, 'tagged'), undefined)
  })

  it('a full server clears a namespace', async () => {
    await fill(one, 'cleared', value)
    await beFull()
    await one.clear()
    assert.equal(await storedBytes(two, 'cleared'), undefined)
  })

  it('a full server invalidates a key at the start of its write', async () => {
    await fill(one, 'written', value)
    await beFull()
    await one.startWrite('written', VERSION)
    assert.equal(await storedBytes(two, 'written'), undefined)
  })

  it('a store on a full server rejects, and ends the lease', async () => {
    const token = await leaseOf(one, 'storing')
    await beFull()
    const isOutOfMemory = (error: unknown) => /OOM/.test(String(error instanceof StoreError && error.cause))
    await assert.rejects(storeWith(one, 'storing', token, value), isOutOfMemory)
    await processes.admin.config('SET', 'maxmemory', '0')
    await leaseOf(two, 'storing')
  })

  it('a server without enough replicas returns values, grants no leases, and rejects invalidations', async () => {
    await fill(one, 'lonely', value)
    await processes.admin.config('SET', 'min-replicas-to-write', '1')
    assert.deepEqual(await storedBytes(two, 'lonely'), value)
    assert.equal((await readOne(two, 'missing')).kind, 'refused')
    await assert.rejects(one.invalidate({ keys: ['lonely'] }), StoreError)
    await assert.rejects(one.invalidate({ tags: ['tag'] }), StoreError)
    await assert.rejects(one.clear(), StoreError)
  })
})

describe('a Redis replica', { skip: skipUnless('redis-server'), timeout: 30_000 }, () => {
  let main: RedisProcesses
  let replica: RedisProcesses

  before(async () => {
    main = await RedisProcesses.start({ options: ['--repl-diskless-sync-delay', '0'] })
    replica = await RedisProcesses.start({ options: ['--replicaof', '127.0.0.1', `${main.server.port}`] })
  })
  after(async () => {
    await replica?.end()
    await main?.end()
  })

  it('a replica returns no values, because it may lack invalidations', async () => {
    const [writer, reader] = [await main.open(), await replica.open()]
    await fill(writer, 'key', value)
    while ((await replica.admin.exists('hitrate key')) === 0)
      await new Promise((resolve) => setTimeout(resolve, 5))
    assert.equal((await readOne(reader, 'key', { lease: false })).kind, 'absent')
    assert.equal((await readOne(reader, 'key')).kind, 'refused')
    await assert.rejects(reader.invalidate({ keys: ['key'] }), StoreError)
    await assert.rejects(reader.invalidate({ tags: ['tag'] }), StoreError)
  })

  it('a replica that took over returns no values of the server before, and takes leases', async () => {
    const [writer, reader] = [await main.open(), await replica.open()]
    await fill(writer, 'kept', value)
    while ((await replica.admin.exists('hitrate kept')) === 0)
      await new Promise((resolve) => setTimeout(resolve, 5))
    await main.server.end()
    await replica.admin.replicaof('NO', 'ONE')
    assert.equal(await storedBytes(reader, 'kept'), undefined)
    await fill(reader, 'kept', Uint8Array.of(2))
    assert.deepEqual(await storedBytes(reader, 'kept'), Uint8Array.of(2))
  })
})
