import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createCache } from '../../../../src/cache/create-cache.ts'
import { ListEntries } from '../../../../src/service/routes/lists/list-entries.ts'
import { readList } from '../../../../src/service/routes/lists/user-lists.ts'
import { inMemoryRepository } from '../../../../src/service/users/in-memory.ts'
import type { UserRepository } from '../../../../src/service/users/repository.ts'
import { memoryStore } from '../../../../src/stores/memory/store.ts'

const users = ['a', 'b', 'c', 'd'].map((id) => ({ id, name: id, email: `${id}@example.com` }))
const [a, b, c, d] = users

function open(change: (repository: UserRepository) => Partial<UserRepository> = () => ({})) {
  const repository = inMemoryRepository(users)
  return new ListEntries({
    cache: createCache({ memory: memoryStore() }),
    repository: { ...repository, ...change(repository) },
    targetedControl: 'max-age=60',
    hardTimeoutMs: 1000,
  })
}

const options = { onFailure: () => {} }

describe('readList', () => {
  it('has the users of the ids in their order, and the missing ids', async () => {
    const list = await readList(open(), { ids: ['b', 'c', 'x'] }, options)
    assert.deepEqual(list?.body, { users: [b, c], missing: ['x'] })
    assert.equal(list?.reads.length, 3)
  })

  it('has the users of a page, their total and the next cursor', async () => {
    const entries = open()
    const body = async (limit: number, after?: string) =>
      (await readList(entries, { limit, after }, options))?.body
    assert.deepEqual(await body(2), { users: [a, b], total: 4, next: 'b' })
    assert.deepEqual(await body(2, 'b'), { users: [c, d], total: 4, next: null })
    assert.deepEqual(await body(2, 'd'), { users: [], total: 4, next: null })
    assert.deepEqual(await body(1, 'bb'), { users: [c], total: 4, next: 'c' })
  })

  it('leaves out a user that is deleted between the two queries of a page', async () => {
    const entries = open((repository) => ({
      async findMany(ids) {
        await repository.remove('b')
        return repository.findMany(ids)
      },
    }))
    const list = await readList(entries, { limit: 3, after: undefined }, options)
    assert.deepEqual(list?.body, { users: [a, c], total: 4, next: 'c' })
  })

  it('is undefined if a part is not stored and none may be loaded', async () => {
    const entries = open()
    const fresh = { ...options, strategy: 'fresh' as const }
    await readList(entries, { limit: 2, after: undefined }, options)
    assert.deepEqual((await readList(entries, { ids: ['a', 'b'] }, fresh))?.body, {
      users: [a, b],
      missing: [],
    })
    assert.equal(await readList(entries, { ids: ['a', 'c'] }, fresh), undefined)
    assert.equal((await readList(entries, { limit: 2, after: undefined }, fresh))?.reads.length, 3)
    assert.equal(await readList(entries, { limit: 3, after: undefined }, fresh), undefined)
  })
})
