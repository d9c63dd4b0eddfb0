import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Client } from 'memjs'
import { type MemcachedClient, memcachedStore } from '../../src/stores/memcached.ts'
import { type RemoteNamespace, StoreError } from '../../src/stores/store.ts'
import { startMemcached } from '../servers/memcached-server.ts'
import { skipUnless } from '../support/installed.ts'
import { fill, leaseOf, storedBytes, storeWith } from './contract/namespaces.ts'
import { assertBytes, describeFailingClient, describeRemoteStore, type OpenedStore } from './contract.ts'

const skip = skipUnless('memcached')
type Sets = Parameters<MemcachedClient['set']>[]

const DAY = 24 * 60 * 60 * 1000

// Memcached counts whole seconds.
describeRemoteStore(
  'Memcached through memjs',
  openWithMemjs,
  { skip, shortLifetime: 1000 },
  { leases: false, consistent: true },
)
describeFailingClient('Memcached', (fail) =>
  memcachedStore({ client: { get: fail, set: fail, delete: fail } }),
)

describe('a Memcached store with its server', { skip }, () => {
  let opened: OpenedStore
  let process: RemoteNamespace

  before(async () => {
    opened = await openWithMemjs()
    process = opened.store.open({ namespace: 'n', leaseMs: 1000 })
  })

  after(() => opened.close())

  it('a value of 1 MiB minus 500 bytes is stored', async () => {
    const largest = new Uint8Array(1024 * 1024 - 500).fill(7)
    await fill(process, 'k'.repeat(250), largest)
    assertBytes(await storedBytes(process, 'k'.repeat(250)), largest)
  })

  it('a larger value is rejected', async () => {
    const token = await leaseOf(process, 'large')
    await assert.rejects(storeWith(process, 'large', token, new Uint8Array(1024 * 1024)), (error) => {
      assert.ok(error instanceof StoreError)
      assert.match(String(error.cause), /Value too large/)
      return true
    })
    assert.equal(await storedBytes(process, 'large'), undefined)
  })
})

describe('memcachedStore', () => {
  /** The lifetimes that the client got for a value, without those of generations. */
  async function expiresOf(lifetimes: readonly number[], now = Date.now): Promise<unknown[]> {
    const sets: Sets = []
    const process = memcachedStore({ client: recorder(sets), now }).open({ namespace: 'n', leaseMs: 1000 })
    for (const ttlMs of lifetimes) {
      await process.invalidate({ keys: ['k'] })
      await fill(process, 'k', Uint8Array.of(), { ttlMs })
    }
    return sets.filter(([key]) => key.startsWith('hitrate:v:')).map(([, , options]) => options.expires)
  }

  it('a Memcached store has the name memcached', () => {
    assert.equal(memcachedStore({ client: recorder([]) }).name, 'memcached')
  })

  it('a Memcached store sets whole seconds, one more than the lifetime', async () => {
    assert.deepEqual(await expiresOf([1, 1000, 1001, 60_000]), [2, 2, 3, 61])
  })

  it('a Memcached store sets a unix time when the lifetime is above 30 days', async () => {
    const lifetimes = [30 * DAY - 1000, 30 * DAY - 999, 30 * DAY, 365 * DAY]
    assert.deepEqual(await expiresOf(lifetimes, () => 1_700_000_000_001), [
      2_592_000,
      1_700_000_001 + 2_592_001,
      1_700_000_001 + 2_592_001,
      1_700_000_001 + 31_536_001,
    ])
  })

  it('a Memcached store passes a Buffer to the client', async () => {
    const sets: Sets = []
    const process = memcachedStore({ client: recorder(sets) }).open({ namespace: 'n', leaseMs: 1000 })
    await fill(process, 'k')
    assert.equal(
      sets.every(([, value]) => Buffer.isBuffer(value)),
      true,
    )
  })

  it('a Memcached store refuses a lease when the client does not store', async () => {
    const client = { ...recorder([]), set: async () => false }
    const process = memcachedStore({ client }).open({ namespace: 'n', leaseMs: 1000 })
    assert.deepEqual(await process.read([{ name: 'k', version: '1', lease: true }]), [{ kind: 'refused' }])
    await assert.rejects(process.startWrite('k', '1'), (error) => {
      assert.ok(error instanceof StoreError)
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
    async loseState() {
      await client.flush()
    },
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

/** A client that keeps everything, and records the arguments of every set. */
function recorder(sets: Sets): MemcachedClient {
  const values = new Map<string, Uint8Array>()
  return {
    get: async (key) => ({ value: values.get(key) ?? null }),
    async set(key, value, options) {
      sets.push([key, value, options])
      values.set(key, value as Uint8Array) // the store passes a Buffer
      return true
    },
    delete: async (key) => values.delete(key),
  }
}
