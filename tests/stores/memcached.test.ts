import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Client } from 'memjs'
import { type MemcachedClient, memcachedStore } from '../../src/stores/memcached.ts'
import { type RemoteStore, StoreError } from '../../src/stores/store.ts'
import { startMemcached } from '../servers/memcached-server.ts'
import { skipUnless } from '../support/installed.ts'
import { assertBytes, describeFailingClient, describeRemoteStore, type OpenedStore } from './contract.ts'

const skip = skipUnless('memcached')
type Sets = Parameters<MemcachedClient['set']>[]

const DAY = 24 * 60 * 60 * 1000

// Memcached counts whole seconds.
describeRemoteStore('Memcached through memjs', openWithMemjs, { skip, shortLifetime: 1000 })
describeFailingClient('Memcached', (fail) =>
  memcachedStore({ client: { get: fail, set: fail, delete: fail } }),
)

describe('a Memcached store with its server', { skip }, () => {
  let opened: OpenedStore
  let store: RemoteStore

  before(async () => {
    opened = await openWithMemjs()
    store = opened.store
  })

  after(() => opened.close())

  it('a value of 1 MiB minus 60 bytes, including a key of 250 bytes, is stored', async () => {
    const largest = new Uint8Array(1024 * 1024 - 250 - 60).fill(7)
    await store.set('k'.repeat(250), largest, 60_000)
    assertBytes(await store.get('k'.repeat(250)), largest)
  })

  it('a larger value is rejected, and removes the stored one', async () => {
    await store.set('large', Uint8Array.of(1), 60_000)
    await assert.rejects(store.set('large', new Uint8Array(1024 * 1024), 60_000), (error) => {
      assert.ok(error instanceof StoreError)
      assert.match(String(error.cause), /Value too large/)
      return true
    })
    assert.equal(await store.get('large'), undefined)
  })
})

describe('memcachedStore', () => {
  it('a Memcached store has the name memcached', () => {
    assert.equal(memcachedStore({ client: recorder([]) }).name, 'memcached')
  })

  it('a Memcached store sets whole seconds, one more than the lifetime', async () => {
    const sets: Sets = []
    const store = memcachedStore({ client: recorder(sets) })
    for (const ttlMs of [-5, 0, 0.2, 1, 1000, 1000.1, 60_000]) await store.set('k', Uint8Array.of(), ttlMs)
    assert.deepEqual(
      sets.map(([, , options]) => options),
      [2, 2, 2, 2, 2, 3, 61].map((expires) => ({ expires })),
    )
  })

  it('a Memcached store sets a unix time when the lifetime is above 30 days', async () => {
    const sets: Sets = []
    const now = () => 1_700_000_000_001
    const store = memcachedStore({ client: recorder(sets), now })
    for (const ttlMs of [30 * DAY - 1000, 30 * DAY - 999, 30 * DAY, 365 * DAY]) {
      await store.set('k', Uint8Array.of(), ttlMs)
    }
    assert.deepEqual(
      sets.map(([, , options]) => options),
      [
        { expires: 2_592_000 },
        { expires: 1_700_000_001 + 2_592_001 },
        { expires: 1_700_000_001 + 2_592_001 },
        { expires: 1_700_000_001 + 31_536_001 },
      ],
    )
  })

  it('a Memcached store passes a Buffer of the same memory and the unchanged key to the client', async () => {
    const sets: Sets = []
    const bytes = Uint8Array.of(0, 1, 2, 3, 4).subarray(1, 4)
    await memcachedStore({ client: recorder(sets) }).set('{a}:b"', bytes, 1)
    const [key, value] = sets[0] ?? assert.fail('nothing was set')
    assert.equal(key, '{a}:b"')
    assert.ok(value instanceof Uint8Array && Buffer.isBuffer(value))
    assert.deepEqual([...value], [1, 2, 3])
    assert.equal(value.buffer, bytes.buffer)
  })

  it('a Memcached store rejects when the client has not stored the value', async () => {
    const client = { ...recorder([]), set: async () => false }
    await assert.rejects(memcachedStore({ client }).set('k', Uint8Array.of(), 1), (error) => {
      assert.ok(error instanceof StoreError)
      assert.equal(error.message, 'Memcached could not set a value')
      assert.match(String(error.cause), /did not store/)
      return true
    })
  })
})

async function openWithMemjs(): Promise<OpenedStore> {
  const server = await startMemcached()
  const client = Client.create(`127.0.0.1:${server.port}`, { retries: 0, logger: { log: () => {} } })
  const store = memcachedStore({ client })
  await store.ping() // connects
  return {
    store,
    async loseServer() {
      await server.end()
      // A call that memjs gets before it has noticed the lost server settles only with its next error.
      while (client.servers.some(({ connected }) => connected)) {
        await new Promise((resolve) => setImmediate(resolve))
      }
    },
    async close() {
      client.close()
      await server.end()
    },
  }
}

/** A client that records the arguments of every set. */
function recorder(sets: Sets): MemcachedClient {
  return {
    get: async () => ({ value: null }),
    set: async (...args) => sets.push(args) > 0,
    delete: async () => false,
  }
}
