/** The fake store of other tests fulfils the contract of a remote store, and its controls work. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { StoreError } from '../../src/stores/store.ts'
import { entryKey, fakeRemoteStore } from '../support/fake-remote-store.ts'
import { fill, leaseOf, readOne, storedBytes, storeWith } from './contract/namespaces.ts'
import { describeRemoteStore, type OpenedStore } from './contract.ts'

describeRemoteStore('the fake store', openFake, { shortLifetime: 20, shortLease: 20 })

const NAMESPACE = { namespace: 'n', leaseMs: 1000 }
const BYTES = Uint8Array.of(1)

describe('fakeRemoteStore', () => {
  it('a fake store that is down rejects, and records its operations', async () => {
    const store = fakeRemoteStore()
    store.mode = 'down'
    await assert.rejects(readOne(store.open(NAMESPACE), 'key'), StoreError)
    await assert.rejects(store.ping(), StoreError)
    assert.deepEqual(store.operations, ['read', 'ping'])
  })

  it('a silent fake store settles nothing', async () => {
    const store = fakeRemoteStore()
    store.mode = 'silent'
    const silent = store.ping().then(() => 'settled')
    assert.equal(await Promise.race([silent, Promise.resolve('silent')]), 'silent')
  })

  it('a read-only fake store returns values, grants no lease, and removes', async () => {
    const store = fakeRemoteStore()
    const process = store.open(NAMESPACE)
    await fill(process, 'a', BYTES, { tags: ['red'] })
    await fill(process, 'b', BYTES)
    const token = await leaseOf(process, 'c')
    store.mode = 'read-only'
    assert.equal((await readOne(process, 'a')).kind, 'value')
    assert.equal((await readOne(process, 'd')).kind, 'refused')
    await assert.rejects(storeWith(process, 'c', token, BYTES), StoreError)
    await assert.rejects(process.startWrite('c', 'v1'), StoreError)
    await process.invalidate({ keys: ['a'] })
    assert.equal(await storedBytes(process, 'a'), undefined)
    assert.deepEqual(await storedBytes(process, 'b'), BYTES)
    await process.invalidate({ tags: ['red'] })
    assert.equal(await storedBytes(process, 'b'), undefined)
  })

  it('a fake store runs its hooks around an operation', async () => {
    const log: string[] = []
    const store = fakeRemoteStore({
      before: (operation) => void log.push(`before ${operation}`),
      after: (operation) => {
        log.push(`after ${operation}`)
        throw new Error('lost answer')
      },
    })
    const process = store.open(NAMESPACE)
    await assert.rejects(process.startWrite('key', 'v1'), StoreError)
    assert.deepEqual(log, ['before startWrite', 'after startWrite'])
  })

  it('a fake store delivers on demand, and loses the messages of a disconnected subscriber', async () => {
    const store = fakeRemoteStore({ delivery: 'manual' })
    const log: unknown[] = []
    for (const reader of [0, 1]) {
      store.open(NAMESPACE).subscribe?.({
        onAnnouncement: (announcement) => log.push([reader, announcement]),
        onWake: (name) => log.push([reader, 'wake', name]),
        onConnection: (isConnected) => log.push([reader, isConnected]),
      })
    }
    const process = store.open(NAMESPACE)
    await process.announce?.('one')
    await process.announce?.('two')
    assert.deepEqual(log.splice(0), [
      [0, true],
      [1, true],
    ])
    store.deliver(1, 1)
    store.disconnect(1)
    store.connect(1)
    store.deliver()
    assert.deepEqual(log, [
      [1, 'one'],
      [1, false],
      [1, true],
      [0, 'one'],
      [0, 'two'],
    ])
  })

  it('a fake store has the bytes of its entries, for tests to change', async () => {
    const store = fakeRemoteStore()
    const process = store.open(NAMESPACE)
    await fill(process, 'key', BYTES)
    const entry = store.entries.get(entryKey('n', 'key', 'v1')) ?? assert.fail('no entry')
    entry.bytes[0] = 7
    assert.deepEqual(await storedBytes(process, 'key'), Uint8Array.of(7))
    store.flushAll()
    assert.equal(await storedBytes(process, 'key'), undefined)
  })

  it('a fake store uses the clock of its server', async () => {
    let now = 0
    const process = fakeRemoteStore({ now: () => now }).open(NAMESPACE)
    await fill(process, 'key', BYTES, { ttlMs: 100 })
    now = 99
    assert.deepEqual(await storedBytes(process, 'key'), BYTES)
    now = 100
    assert.equal(await storedBytes(process, 'key'), undefined)
  })

  it('a fake store without leases grants one to every reader, and stores every value', async () => {
    const process = fakeRemoteStore({ capabilities: { leases: false } }).open(NAMESPACE)
    const tokens = [await leaseOf(process, 'key'), await leaseOf(process, 'key')]
    await process.invalidate({ keys: ['key'] })
    for (const token of tokens) assert.equal(await storeWith(process, 'key', token, BYTES), 'stored')
  })
})

async function openFake(): Promise<OpenedStore> {
  const store = fakeRemoteStore()
  return {
    store,
    loseTags: async () => store.evictTable(),
    async loseState(random) {
      const kind = random()
      if (kind < 0.2) return store.flushAll()
      if (kind < 0.4) return store.evictTable()
      for (const key of [...store.entries.keys()]) if (random() < 0.5) store.entries.delete(key)
    },
    async loseServer() {
      store.mode = 'down'
    },
    close: async () => {},
  }
}
