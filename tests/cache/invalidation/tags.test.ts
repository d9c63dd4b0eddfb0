/** The cost of an invalidation by tag, in operations, and the tags that entries in memory have. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createCache } from '../../../src/cache/create-cache.ts'
import type { Entry } from '../../../src/stores/entry.ts'
import type { MemoryStore } from '../../../src/stores/store.ts'
import { fakeRemoteStore } from '../../support/fake-remote-store.ts'
import { testCache } from '../../support/test-cache.ts'

const MANY = 200_000

const entry: Entry = {
  value: 'v',
  madeAt: 0,
  freshUntil: Number.POSITIVE_INFINITY,
  revalidateUntil: Number.POSITIVE_INFINITY,
  errorUntil: Number.POSITIVE_INFINITY,
  keptUntil: Number.POSITIVE_INFINITY,
  mustRevalidate: false,
  tags: ['all'],
  negative: false,
  bytes: 0,
  sequence: 0,
}

describe('invalidateTags', () => {
  it('invalidateTags calls the tiers as often for 200,000 tagged entries as for ten, and removes all of them', async () => {
    const [few, many] = [await operationsWith(10), await operationsWith(MANY)]
    assert.deepEqual(many.operations, few.operations)
    assert.deepEqual(few.operations, ['remote invalidate'], 'one call, and nothing is searched')
    assert.equal(few.remaining + many.remaining, 0)
  })

  it('invalidateTags calls the remote tier once for all tags, not per tag or entry', async () => {
    const { operations } = await operationsWith(1000, ['all', 'other', 'third'])
    assert.deepEqual(operations, ['remote invalidate'])
  })
})

/** The operations of an invalidation, and the number of entries found afterwards. */
async function operationsWith(
  count: number,
  tags = ['all'],
): Promise<{ operations: string[]; remaining: number }> {
  const calls: string[] = []
  const entries = new Map<string, Entry>()
  for (let i = 0; i < count; i++) entries.set(`k${i}`, entry)
  const remote = fakeRemoteStore({ messages: false })
  const cache = createCache({ memory: recorded('memory', memoryOf(entries), calls), remote })
  calls.length = 0
  await cache.invalidateTags(tags)
  const invalidation = [...calls, ...remote.operations.map((operation) => `remote ${operation}`)]
  let remaining = 0
  for (let i = 0; i < count; i++) if (cache.peek(`k${i}`) !== undefined) remaining++
  return { operations: invalidation, remaining }
}

/** Records the names of the methods that are called. */
function recorded<T extends object>(name: string, store: T, calls: string[]): T {
  return new Proxy(store, {
    get(target, property, receiver) {
      const member: unknown = Reflect.get(target, property, receiver)
      if (typeof member === 'function' && calls.length < 100) calls.push(`${name} ${String(property)}`)
      return member
    },
  })
}

function memoryOf(entries: Map<string, Entry>): MemoryStore {
  return {
    get: (key) => entries.get(key),
    peek: (key) => entries.get(key),
    set: (key, entry) => entries.set(key, entry).size > 0,
    delete: (key) => entries.delete(key),
    clear: () => entries.clear(),
    sweep: () => false,
    stats: () => ({ entries: entries.size, bytes: 0, maxBytes: 0 }),
    attach: () => () => {},
  }
}

describe('more invalidated tags than marks are stored', () => {
  it('50,000 entries with tags of their own stay when 40,000 other tags are invalidated', async () => {
    const { cache } = testCache()
    for (let i = 0; i < 50_000; i++) void cache.write(`k${i}`, i, { ttlMs: 1e9, tags: [`t${i}`] })
    await cache.invalidateTags(['t7'])
    for (let i = 0; i < 40; i++) {
      await cache.invalidateTags(Array.from({ length: 1000 }, (_, n) => `other:${1000 * i + n}`))
    }
    let living = 0
    for (let i = 0; i < 50_000; i++) if (cache.has(`k${i}`)) living++
    assert.equal(living, 49_999)
    assert.equal(cache.has('k7'), false)
  })

  it('a load that started before the invalidation of its tag is not stored, although its mark was dropped', async () => {
    const { cache } = testCache()
    const { promise, resolve } = Promise.withResolvers<string>()
    const read = cache.read('k', () => promise, { tags: ['tagged'] })
    await cache.invalidateTags(['tagged'])
    await cache.invalidateTags(Array.from({ length: 40_000 }, (_, n) => `${n}`))
    resolve('old')
    assert.equal((await read).kept, false)
    assert.equal(cache.has('k'), false)
  })

  it('a load is stored although 20,000 other tags and keys were invalidated meanwhile', async () => {
    const { cache } = testCache()
    const { promise, resolve } = Promise.withResolvers<string>()
    const read = cache.read('k', () => promise, { tags: ['tagged'] })
    const names = Array.from({ length: 20_000 }, (_, n) => `${n}`)
    await cache.invalidateTags(names)
    await cache.deleteMany(names)
    resolve('new')
    assert.equal((await read).kept, true)
  })
})
