import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createCache } from '../../../../src/cache/create-cache.ts'
import { ListEntries } from '../../../../src/service/routes/lists/list-entries.ts'
import { inMemoryRepository } from '../../../../src/service/users/in-memory.ts'
import type { User } from '../../../../src/service/users/user.ts'
import { memoryStore } from '../../../../src/stores/memory/store.ts'

const userOf = (id: string): User => ({ id, name: id, email: `${id}@example.com` })

function open(ids: string[], { targetedControl = 'max-age=60', maxBytes = 1_000_000 } = {}) {
  const clock = { ms: 1_000_000 }
  const calls: string[] = []
  const repository = inMemoryRepository(ids.map(userOf))
  const cache = createCache({ memory: memoryStore({ maxBytes }), now: () => clock.ms })
  const entries = new ListEntries({
    cache,
    repository: {
      ...repository,
      findMany(ids) {
        calls.push(`findMany ${ids}`)
        return repository.findMany(ids)
      },
      page(limit, after) {
        calls.push(`page ${limit} ${after}`)
        return repository.page(limit, after)
      },
    },
    targetedControl,
    hardTimeoutMs: 1000,
  })
  return { cache, clock, calls, entries, repository }
}

const options = { onFailure: () => {} }

describe('ListEntries', () => {
  it('loads all users that are not stored with one query', async () => {
    const { entries, calls } = open(['a', 'b', 'c'])
    await entries.readUsers(['a'], options)
    const found = await entries.readUsers(['a', 'b', 'x'], options)
    assert.deepEqual(calls, ['findMany a', 'findMany b,x'])
    assert.deepEqual(
      found.map(({ id, read }) => [id, read.outcome, read.value?.name]),
      [
        ['a', 'hit', 'a'],
        ['b', 'miss', 'b'],
        ['x', 'miss', undefined],
      ],
    )
  })

  it('stores an absence for 5 s, until the user is created', async () => {
    const { entries, calls, clock, cache } = open([])
    await entries.readUsers(['x'], options)
    clock.ms += 4999
    await entries.readUsers(['x'], options)
    assert.equal(calls.length, 1)
    clock.ms += 1
    await entries.readUsers(['x'], options)
    assert.equal(calls.length, 2)
    await cache.invalidateTags(['user:x'])
    await entries.readUsers(['x'], options)
    assert.equal(calls.length, 3)
  })

  it('stores the ids of a page until the set of users changes', async () => {
    const { entries, calls, cache } = open(['a', 'b', 'c'])
    const page = { limit: 2, after: 'a' }
    const first = await entries.readPage(page, options)
    assert.deepEqual(first.value, { ids: 'b,c', total: 3, hasNext: false })
    await cache.invalidateTags(['user:b'])
    assert.equal((await entries.readPage(page, options)).outcome, 'hit')
    await cache.invalidateTags(['users'])
    assert.equal((await entries.readPage(page, options)).outcome, 'miss')
    assert.deepEqual(calls, ['page 3 a', 'page 3 a'])
  })

  it('stores users and pages apart from other entries', async () => {
    const ids = Array.from({ length: 500 }, (_, i) => `user-${i}`)
    const { entries, cache } = open(ids, { maxBytes: 50_000 })
    await cache.write('response', 'x'.repeat(30_000))
    for (const id of ids) {
      await entries.readUsers([id], options)
      await entries.readPage({ limit: 100, after: id }, options)
    }
    assert.equal(cache.has('response'), true)
    assert.ok(cache.stats().bytes < 36_000, `${cache.stats().bytes} bytes`)
  })

  it('stores nothing if the directives forbid it', async () => {
    const { entries, calls } = open(['a'], { targetedControl: 'no-store' })
    for (const _ of [1, 2]) {
      const [found] = await entries.readUsers(['a'], options)
      assert.deepEqual([found?.read.outcome, found?.read.kept], ['miss', false])
      assert.equal((await entries.readPage({ limit: 1, after: undefined }, options)).outcome, 'miss')
    }
    assert.equal(calls.length, 4)
  })

  it('reports a failed load, and whether it ran in the background', async () => {
    const { entries, clock, repository } = open(['a'], {
      targetedControl: 'max-age=60, stale-while-revalidate=60, stale-if-error=600',
    })
    const failures: boolean[] = []
    const pending: Promise<unknown>[] = []
    const watched = {
      onFailure: (_: unknown, isInBackground: boolean) => void failures.push(isInBackground),
      waitUntil: (work: Promise<unknown>) => void pending.push(work),
    }
    await entries.readUsers(['a'], watched)
    repository.findMany = () => Promise.reject(new Error('away'))
    clock.ms += 61_000
    await entries.readUsers(['a'], watched)
    await Promise.all(pending)
    clock.ms += 61_000
    const [stale] = await entries.readUsers(['a'], watched)
    assert.equal(stale?.read.outcome, 'stale')
    assert.deepEqual(failures, [true, false])
    await assert.rejects(entries.readUsers(['b'], watched), /away/)
  })

  it('knows what memory has of lists, without a read', async () => {
    const { entries } = open(['a'])
    const page = { limit: 1, after: undefined }
    assert.equal(entries.hasUsers(['a']), false)
    assert.equal(entries.peekPage(page), undefined)
    await entries.readUsers(['a'], options)
    await entries.readPage(page, options)
    assert.equal(entries.hasUsers(['b', 'a']), true)
    assert.equal(entries.peekPage(page)?.ids, 'a')
  })
})
