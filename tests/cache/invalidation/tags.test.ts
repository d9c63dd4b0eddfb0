/** The cost of an invalidation by tag, outcomes in operations, and the bounded memory of its marks. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createCache } from '../../../src/cache/create-cache.ts'
import { InvalidationLog } from '../../../src/cache/invalidation/invalidation-log.ts'
import { RecentMarks } from '../../../src/cache/invalidation/recent-marks.ts'
import type { Entry } from '../../../src/stores/entry.ts'
import type { MemoryStore } from '../../../src/stores/store.ts'
import { fakeRemoteStore } from '../../support/fake-remote-store.ts'
import { testCache } from '../../support/test-cache.ts'

/** The default number of marks stored one by one. */
const MAX_MARKS = 16_384
const MILLION = 1_000_000

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
  it('invalidateTags calls the tiers as often for a million tagged entries as for ten, and removes all of them', async () => {
    const [few, many] = [await operationsWith(10), await operationsWith(MILLION)]
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

describe('the marks of invalidations', () => {
  it('the number of marks stays bounded for a million different tags', () => {
    const marks = new RecentMarks()
    let most = 0
    for (let seq = 1; seq <= MILLION; seq++) {
      marks.mark(`user:${seq}`, seq)
      if (seq % 997 === 0 || seq % MAX_MARKS < 2) most = Math.max(most, storedMarks(marks, seq))
    }
    assert.ok(most <= MAX_MARKS, `${most}marks are stored`)
    assert.ok(most > MAX_MARKS / 2, 'more than half of the capacity is used')
  })

  it('the total length of the marked names stays bounded', () => {
    const marks = new RecentMarks()
    let most = 0
    for (let seq = 1; seq <= 20_000; seq++) {
      marks.mark(`${seq}`.padStart(1024, 'x'), seq)
      most = Math.max(most, storedMarks(marks, seq) * 1024)
    }
    assert.ok(most <= 1024 * 1024, `${most} charactersmarks are stored`)
  })

  it('the older half of the marks is discarded at the limit, so each mark costs two steps on average', () => {
    const marks = new RecentMarks(100)
    const sizes = Array.from({ length: 203 }, (_, i) => {
      marks.mark(`${i}`, i + 1)
      return storedMarks(marks, i + 1)
    })
    assert.equal(Math.max(...sizes), 100)
    const discards = sizes.filter((size, i) => size < (sizes[i - 1] ?? 0)).length
    assert.equal(discards, 3, 'marks are discarded in halves, not one by one')
  })

  it('the marks of keys and tags are bounded together, and an invalidation of everything empties them', () => {
    const invalidations = new InvalidationLog(100)
    for (let i = 0; i < 10_000; i++) {
      invalidations.recordKey(`k${i}`)
      invalidations.recordTag(`t${i}`)
    }
    const { sequence } = invalidations
    assert.ok(sequence - oldestValid(invalidations) <= 200)
    invalidations.recordEverything()
    assert.equal(invalidations.areTagsInvalidated(['never marked'], invalidations.sequence), false)
  })
})

/**
 * The number of marks stored one by one, seen from outside: each mark has a sequence number of its own,
 * and a load that started before the youngest discarded mark counts as invalidated.
 */
function storedMarks(marks: RecentMarks, last: number): number {
  let [low, high] = [0, last]
  while (low < high) {
    const middle = (low + high) >> 1
    if (marks.isMarkedAfter('never marked', middle)) low = middle + 1
    else high = middle
  }
  return last - low
}

function oldestValid(invalidations: InvalidationLog): number {
  let startedAtSeq = 0
  while (invalidations.areTagsInvalidated(['never marked'], startedAtSeq)) startedAtSeq++
  return startedAtSeq
}

describe('more invalidated tags than marks are stored', () => {
  it('an entry with any tag is removed when marks were discarded, and an entry without tags stays', async () => {
    const { cache } = testCache()
    const write = (key: string, tags: string[]) => cache.write(key, key, { ttlMs: 1e9, tags })
    await Promise.all([write('tagged', ['tagged']), write('other', ['other']), write('untagged', [])])
    await cache.invalidateTags(['tagged'])
    for (let i = 0; i < 3; i++) {
      await cache.invalidateTags(Array.from({ length: MAX_MARKS }, (_, n) => `${i}:${n}`))
    }
    assert.equal(cache.has('tagged'), false)
    assert.equal(cache.has('other'), false, 'its tag may be among the discarded marks')
    assert.equal(cache.has('untagged'), true)
    await write('tagged', ['tagged'])
    assert.equal(cache.has('tagged'), true, 'a later write is stored')
  })

  it('a load that started before a discarded mark is not stored', async () => {
    const { cache } = testCache()
    const { promise, resolve } = Promise.withResolvers<string>()
    const read = cache.read('k', () => promise, { tags: ['tagged'] })
    await cache.invalidateTags(['tagged'])
    await cache.invalidateTags(Array.from({ length: 2 * MAX_MARKS }, (_, n) => `${n}`))
    resolve('old')
    assert.equal((await read).kept, false)
    assert.equal(cache.has('k'), false)
  })
})
