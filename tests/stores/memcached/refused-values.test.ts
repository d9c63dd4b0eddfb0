/** Values that are larger than the server's items. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Cache } from '../../../src/cache/cache.ts'
import { createCache } from '../../../src/cache/create-cache.ts'
import type { CacheEvent } from '../../../src/cache/events.ts'
import { sharedTier } from '../../../src/cache/remote/open-shared-tier.ts'
import { MemcachedServers } from '../../../src/stores/memcached/client/memcached-servers.ts'
import { storeOnServers } from '../../../src/stores/memcached/store-on-servers.ts'
import type { RemoteNamespace } from '../../../src/stores/store.ts'
import { skipUnless } from '../../support/installed.ts'
import {
  assertBytes,
  fill,
  leaseOf,
  readOne,
  storedBytes,
  storeWith,
  until,
  VERSION,
} from '../contract/namespaces.ts'
import { MemcachedProcesses } from './memcached-processes.ts'

const MIB = 2 ** 20
const skip = skipUnless('memcached')

describe('a value that is too large for Memcached', { skip, timeout: 30_000 }, () => {
  let processes: MemcachedProcesses
  /** A store that compares the size, and one that leaves it to the server. */
  let stores: [description: string, process: RemoteNamespace][]
  let unaware: MemcachedServers

  before(async () => {
    processes = await MemcachedProcesses.start()
    unaware = new MemcachedServers({ servers: processes.addresses })
    const server = unaware.serverOf('')
    const unlimited = {
      name: server.name,
      run: server.run.bind(server),
      ping: server.ping.bind(server),
      maxItemBytes: Infinity,
    }
    const servers = { servers: [unlimited], serverOf: () => unlimited, close: async () => {} }
    stores = [
      ['the store compares', processes.open({ namespace: 'compared' })],
      ['the server refuses', storeOnServers(servers).open({ namespace: 'refused', leaseMs: 60_000 })],
    ]
  })
  after(async () => {
    await unaware?.close()
    await processes.end()
  })

  for (const i of [0, 1]) {
    const open = () => stores[i]?.[1] ?? assert.fail('no store')
    const how = i === 0 ? 'of which the store knows' : 'which the server refuses'

    it(`a value ${how} ends its lease`, async () => {
      const process = open()
      const token = await leaseOf(process, 'key')
      assert.equal(await storeWith(process, 'key', token, new Uint8Array(MIB)), 'too-large')
      assert.equal(await storedBytes(process, 'key'), undefined)
      const next = await leaseOf(process, 'key')
      assert.equal(await process.renew({ name: 'key', version: VERSION, token }), false)
      assert.equal(await storeWith(process, 'key', next, Uint8Array.of(1)), 'stored')
    })

    it(`a value ${how} ends the lease of a refresh`, async () => {
      const process = open()
      const id = await fill(process, 'refreshed')
      const token = await leaseOf(process, 'refreshed', { not: id })
      assert.equal(await storeWith(process, 'refreshed', token, new Uint8Array(MIB)), 'too-large')
      // The server deletes the value that it cannot replace.
      const left = i === 0 ? Uint8Array.of(1) : undefined
      assert.deepEqual(await storedBytes(process, 'refreshed'), left)
      const next = await leaseOf(process, 'refreshed', { not: id })
      assert.equal(await storeWith(process, 'refreshed', next, Uint8Array.of(2)), 'stored')
    })

    it(`a value ${how} ends its write`, async () => {
      const process = open()
      await fill(process, 'written')
      const token = (await process.startWrite('written', VERSION)) ?? assert.fail('no token')
      assert.equal(await storeWith(process, 'written', token, new Uint8Array(MIB)), 'too-large')
      assert.equal((await readOne(process, 'written')).kind, 'lease')
      assert.notEqual(await process.startWrite('written', VERSION), undefined)
    })
  }

  it('a value of 1 MiB minus 1 KiB is stored, with a key of 250 characters', async () => {
    const process = processes.open()
    const bytes = new Uint8Array(MIB - 1024).fill(7)
    await fill(process, 'k'.repeat(250), bytes)
    assertBytes(await storedBytes(process, 'k'.repeat(250)), bytes)
  })
})

describe('a Memcached server with larger items', { skip, timeout: 30_000 }, () => {
  it('a value of 3 MiB is stored on a server with items of 4 MiB', async () => {
    const processes = await MemcachedProcesses.start(1, { options: ['-I', '4m'] })
    const [one, two] = [processes.open(), processes.open()]
    const bytes = new Uint8Array(3 * MIB).fill(7)
    await fill(one, 'large', bytes)
    assertBytes(await storedBytes(two, 'large'), bytes)
    const token = await leaseOf(one, 'larger')
    assert.equal(await storeWith(one, 'larger', token, new Uint8Array(4 * MIB)), 'too-large')
    await processes.end()
  })
})

describe('a cache with values that are too large for Memcached', { skip, timeout: 30_000 }, () => {
  let processes: MemcachedProcesses
  const caches: Cache[] = []

  before(async () => {
    processes = await MemcachedProcesses.start()
  })
  after(async () => {
    await Promise.all(caches.map((cache) => cache.close()))
    await processes.end()
  })

  function openCache(onEvent?: (event: CacheEvent) => void): Cache {
    const remote = sharedTier(processes.openStore())
    const cache = createCache({ remote, remoteTimeoutMs: 5000, ...(onEvent && { onEvent }) })
    caches.push(cache)
    return cache
  }

  it('values that are too large are reported, and other values are stored', async () => {
    const results: unknown[] = []
    const cache = openCache((event) => {
      if (event.type === 'tier' && event.operation === 'set') results.push(event.result)
    })
    const large = 'x'.repeat(MIB)
    for (let i = 0; i < 5; i++) assert.equal((await cache.read(`large-${i}`, () => large)).value, large)
    await cache.read('small', () => 'value')
    await until(() => results.length === 6) // a read does not wait until its value is stored
    assert.deepEqual(results, [...Array(5).fill('refused'), 'ok'])
    const read = await openCache().read('small', () => 'loaded again')
    assert.equal(read.value, 'value')
  })
})
