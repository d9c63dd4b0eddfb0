/** Lists of two processes with one shared tier. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Cache } from '../../../../src/cache/cache.ts'
import { ListEntries } from '../../../../src/service/routes/lists/list-entries.ts'
import { readList } from '../../../../src/service/routes/lists/user-lists.ts'
import { inMemoryRepository } from '../../../../src/service/users/in-memory.ts'
import { processes } from '../../../support/shared-tier/processes.ts'

const users = ['a', 'b', 'c'].map((id) => ({ id, name: `${id} 1`, email: `${id}@example.com` }))

async function open() {
  const world = processes()
  const repository = inMemoryRepository(users)
  const caches = await world.start(2)

  async function read(
    cache: Cache | undefined,
    selection: { ids: string[] } | { limit: number; after: undefined },
  ) {
    assert.ok(cache)
    const work: Promise<unknown>[] = []
    const entries = new ListEntries({ cache, repository, targetedControl: 'max-age=60', hardTimeoutMs: 1000 })
    const list = await readList(entries, selection, {
      onFailure: () => {},
      waitUntil: (one) => void work.push(one),
    })
    await Promise.all(work)
    return {
      names: list?.body.users.map(({ name }) => name).join(),
      tiers: list?.reads.map(({ outcome, tier = 'loaded' }) => `${outcome} ${tier}`),
    }
  }
  return { world, repository, caches, read }
}

const page = { limit: 2, after: undefined }

describe('lists with a shared tier', () => {
  it('are made from entries that another process has stored', async () => {
    const { caches, read } = await open()
    const [one, two] = caches
    assert.deepEqual((await read(one, page)).tiers, Array(3).fill('miss loaded'))
    assert.deepEqual(await read(two, page), { names: 'a 1,b 1', tiers: Array(3).fill('hit remote') })
    assert.deepEqual((await read(two, { ids: ['b', 'c'] })).tiers, ['hit memory', 'miss loaded'])
    assert.deepEqual((await read(one, { ids: ['b', 'c'] })).tiers, ['hit memory', 'hit remote'])
  })

  it('have no old user after the write of another process', async () => {
    const { caches, read, repository, world } = await open()
    const [one, two] = caches
    await read(one, page)
    await repository.update('a', { name: 'a 2', email: 'a@example.com' })
    await one?.invalidateTags(['user:a'])
    assert.equal((await read(two, page)).names, 'a 2,b 1')
    await repository.remove('b')
    await one?.invalidateTags(['user:b', 'users'])
    await world.pass(100) // the message arrives
    assert.equal((await read(two, page)).names, 'a 2,c 1')
    assert.equal((await read(one, page)).names, 'a 2,c 1')
  })

  it('store an absence until another process creates the user', async () => {
    const { caches, read, repository } = await open()
    const [one, two] = caches
    await read(one, { ids: ['x'] })
    assert.deepEqual((await read(two, { ids: ['x'] })).tiers, ['hit remote'])
    await repository.create({ id: 'x', name: 'x 1', email: 'x@example.com' })
    await two?.invalidateTags(['user:x', 'users'])
    assert.equal((await read(two, { ids: ['x'] })).names, 'x 1')
  })
})
