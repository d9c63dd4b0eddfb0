import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { plainStore } from '../../../src/stores/plain/plain-store.ts'
import type { PlainStoreOptions } from '../../../src/stores/plain/plain-store-options.ts'
import type { RemoteNamespace } from '../../../src/stores/store.ts'
import { fill, leaseOf, readOne, storedBytes, storeWith, VERSION } from '../contract/namespaces.ts'
import { describeFailingClient, describeRemoteStore, type OpenedStore } from '../contract.ts'

const NAMESPACE = { namespace: 'n', leaseMs: 1000 }
const [OLD, NEW] = [Uint8Array.of(1), Uint8Array.of(2)]

for (const consistent of [true, false]) {
  describeRemoteStore(
    `a plain store that is ${consistent ? '' : 'not '}consistent`,
    async () => openTable(consistent),
    { shortLifetime: 20 },
    { leases: false, consistent },
  )
}
describeFailingClient('a plain store', (fail) =>
  plainStore({ name: 'table', get: fail, set: fail, delete: fail, ping: fail }),
)

describe('plainStore', () => {
  it('a plain store does not store the first value with a tag, because its generation was not known', async () => {
    const process = processOn(new Map())
    const store = async (tags: string[]) =>
      storeWith(process, 'key', await leaseOf(process, 'key', { not: '*' }), OLD, { tags })
    assert.equal(await store(['red']), 'lost')
    assert.equal(await store(['red']), 'stored')
    assert.equal(await store(['red', 'blue']), 'lost')
    assert.equal(await store(['red', 'blue']), 'stored')
  })

  it('a plain store stores the first value with a tag that its read or write has named in advance', async () => {
    const process = processOn(new Map())
    const token = await leaseOf(process, 'key', { tags: ['red', 'blue'] })
    assert.equal(await storeWith(process, 'key', token, OLD, { tags: ['red'] }), 'stored')
    const write = await process.startWrite('other', VERSION, undefined, ['green'])
    assert.equal(await storeWith(process, 'other', write ?? '', NEW, { tags: ['green', 'blue'] }), 'stored')
    await process.invalidate({ tags: ['blue'] })
    assert.equal(await storedBytes(process, 'other'), undefined)
    assert.deepEqual(await storedBytes(process, 'key'), OLD)
  })

  it('a plain store does not store a value with a tag that was invalidated during its load', async () => {
    const process = processOn(new Map())
    const token = await leaseOf(process, 'key', { tags: ['red'] })
    await process.invalidate({ tags: ['red'] })
    assert.equal(await storeWith(process, 'key', token, OLD, { tags: ['red'] }), 'lost')
  })

  it('a plain store gets the tags that a read names together with the value', async () => {
    const rows = new Map<string, Uint8Array>()
    await fill(processOn(rows), 'key', OLD, { tags: ['red', 'blue'] })
    const rounds: string[][] = []
    const table = tableOf(rows)
    let current: string[] | undefined
    const get = async (key: string) => {
      if (current === undefined) {
        current = []
        rounds.push(current)
        setTimeout(() => {
          current = undefined
        }, 0)
      }
      current.push(key)
      await new Promise((resolve) => setTimeout(resolve, 1))
      return table.get(key)
    }
    const process = plainStore({ ...table, get }).open(NAMESPACE)
    await readOne(process, 'key', { tags: ['red', 'blue'] })
    assert.deepEqual(
      rounds.map((keys) => keys.length),
      [5],
    )
  })

  it('a plain store knows the tags of a value that it has read', async () => {
    const rows = new Map()
    await fill(processOn(rows), 'key', OLD, { tags: ['red'] })
    const process = processOn(rows)
    const token = await leaseOf(process, 'key', { not: '*' })
    assert.equal(await storeWith(process, 'key', token, NEW, { tags: ['red'] }), 'stored')
  })

  it('a plain store loads a value once after an invalidation of its tag', async () => {
    const rows = new Map()
    const [process, other] = [processOn(rows), processOn(rows)]
    await fill(process, 'key', OLD, { tags: ['red'] })
    await other.invalidate({ tags: ['red'] })
    const token = await leaseOf(process, 'key')
    assert.equal(await storeWith(process, 'key', token, NEW, { tags: ['red'] }), 'stored')
  })

  it('a value that arrives after an invalidation is dead', async () => {
    const rows = new Map<string, Uint8Array>()
    let late: (() => void) | undefined
    const slow = plainStore({
      ...tableOf(rows),
      async set(key, bytes) {
        if (key.startsWith('hitrate:v:')) await new Promise<void>((resolve) => (late = resolve))
        rows.set(key, bytes)
      },
    }).open(NAMESPACE)
    const other = processOn(rows)
    for (const change of [{ keys: ['key'] }, { tags: ['red'] }, undefined]) {
      await other.clear()
      await fill(other, 'known', OLD, { tags: ['red'] })
      await readOne(slow, 'known')
      const stored = storeWith(slow, 'key', await leaseOf(slow, 'key'), OLD, { tags: ['red'] })
      while (late === undefined) await new Promise((resolve) => setImmediate(resolve))
      await (change === undefined ? other.clear() : other.invalidate(change))
      late()
      late = undefined
      assert.equal(await stored, 'stored')
      assert.equal(await storedBytes(other, 'key'), undefined)
    }
  })

  it('a plain store that loses any of its rows returns no value', async () => {
    const rows = new Map<string, Uint8Array>()
    const process = processOn(rows)
    for (const key of ['hitrate:n:1:n:', 'hitrate:k:1:n:key', 'hitrate:t:1:n:red']) {
      await fill(process, 'key', OLD, { tags: ['red'] })
      assert.deepEqual(await storedBytes(process, 'key'), OLD)
      assert.equal(rows.delete(key), true, key)
      assert.equal(await storedBytes(process, 'key'), undefined)
    }
  })

  it('a plain store with damaged rows loads', async () => {
    const rows = new Map<string, Uint8Array>()
    const process = processOn(rows)
    await fill(process, 'key', OLD)
    for (const bytes of [new Uint8Array(), Uint8Array.of(1, 2, 3), new Uint8Array(100).fill(0xff)]) {
      rows.set('hitrate:v:1:n:2:v1:key', bytes)
      assert.equal((await readOne(process, 'key')).kind, 'lease')
    }
  })

  it('a full plain store refuses leases, and can be invalidated', async () => {
    const rows = new Map<string, Uint8Array>()
    await fill(processOn(rows), 'key', OLD, { tags: ['red'] })
    const full = plainStore({ ...tableOf(rows), set: () => Promise.reject(new Error('full')) })
    const process = full.open(NAMESPACE)
    assert.deepEqual(await storedBytes(process, 'key'), OLD)
    assert.equal((await readOne(process, 'absent')).kind, 'refused')
    await process.invalidate({ tags: ['red'] })
    assert.equal(await storedBytes(process, 'key'), undefined)
  })

  it('a released write does not keep later writes out', async () => {
    const process = processOn(new Map())
    const token = (await process.startWrite('key', 'v1')) ?? assert.fail('no token')
    await process.release({ name: 'key', version: 'v1', token })
    assert.notEqual(await process.startWrite('key', 'v1'), undefined)
  })

  it('a write that never ended keeps one later write out', async () => {
    const rows = new Map()
    await processOn(rows).startWrite('key', 'v1')
    const process = processOn(rows)
    assert.equal(await process.startWrite('key', 'v1'), undefined)
    assert.notEqual(await process.startWrite('key', 'v1'), undefined)
  })

  it('keys have at most 250 characters of printable ASCII', async () => {
    const rows = new Map<string, Uint8Array>()
    const process = plainStore(tableOf(rows)).open({ namespace: 'n'.repeat(200), leaseMs: 1000 })
    await fill(process, 'k'.repeat(250), OLD, { tags: ['t'.repeat(250), 't'] })
    assert.equal(rows.size, 5)
    for (const key of rows.keys()) assert.match(key, /^[!-~]{1,250}$/)
  })

  it('keys all have a lifetime, and those of generations no shorter one than the value', async () => {
    const lifetimes = new Map<string, number>()
    const rows = new Map<string, Uint8Array>()
    const process = plainStore({
      ...tableOf(rows),
      async set(key, bytes, ttlMs) {
        assert.ok(Number.isSafeInteger(ttlMs) && ttlMs > 0)
        lifetimes.set(key, ttlMs)
        rows.set(key, bytes)
      },
    }).open(NAMESPACE)
    const ttlMs = 48 * 60 * 60 * 1000
    await fill(process, 'first', OLD, { ttlMs })
    await fill(process, 'key', OLD, { ttlMs, tags: ['red'] })
    assert.equal(lifetimes.get('hitrate:v:1:n:2:v1:key'), ttlMs)
    for (const key of ['hitrate:n:1:n:', 'hitrate:k:1:n:key', 'hitrate:t:1:n:red']) {
      assert.ok((lifetimes.get(key) ?? 0) >= ttlMs, key)
    }
  })

  it('invalid options throw', () => {
    const cases: [options: unknown, message: string][] = [
      [undefined, 'plainStore: name must be a string, got undefined'],
      [{ ...tableOf(new Map()), get: 1 }, 'plainStore: get must be a function, got 1'],
      [
        { ...tableOf(new Map()), consistant: true },
        'plainStore: unknown option "consistant"; did you mean "consistent"?',
      ],
    ]
    for (const [options, message] of cases) {
      assert.throws(() => plainStore(options as never), { name: 'TypeError', message })
    }
  })
})

function tableOf(rows: Map<string, Uint8Array>): PlainStoreOptions {
  return {
    name: 'table',
    get: async (key) => rows.get(key),
    set: async (key, bytes) => rows.set(key, bytes),
    delete: async (key) => rows.delete(key),
  }
}

/** A process of its own on a table. */
function processOn(rows: Map<string, Uint8Array>): RemoteNamespace {
  return plainStore(tableOf(rows)).open(NAMESPACE)
}

/** A table with lifetimes, whose answers take a random number of turns. */
function openTable(consistent: boolean): OpenedStore {
  const rows = new Map<string, { bytes: Uint8Array; until: number }>()
  let isLost = false

  async function answer<T>(work: () => T): Promise<T> {
    const turns = Math.floor(Math.random() * 3)
    for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve))
    if (isLost) throw new Error('connection refused')
    const result = work()
    if (turns === 2) await new Promise((resolve) => setImmediate(resolve))
    return result
  }

  const options: PlainStoreOptions = {
    name: 'table',
    consistent,
    get: (key) =>
      answer(() => {
        const row = rows.get(key)
        return row !== undefined && row.until > Date.now() ? row.bytes : null
      }),
    set: (key, bytes, ttlMs) => answer(() => rows.set(key, { bytes, until: Date.now() + ttlMs })),
    delete: (key) => answer(() => rows.delete(key)),
  }
  return {
    store: plainStore(options),
    other: plainStore(options),
    async loseState(random) {
      for (const key of [...rows.keys()]) if (random() < 0.2) rows.delete(key)
    },
    async loseTags() {
      for (const key of [...rows.keys()]) if (key.startsWith('hitrate:t')) rows.delete(key)
    },
    async loseServer() {
      isLost = true
    },
    close: async () => {},
  }
}
