import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createIf, removeIf, updateIf } from '../../../src/service/routes/conditional-writes.ts'
import { validatorsOf } from '../../../src/service/routes/user-representation.ts'
import { inMemoryRepository } from '../../../src/service/users/in-memory.ts'
import { type CompleteRepository, RepositoryBusyError } from '../../../src/service/users/repository.ts'
import { demoUsers } from '../../../src/service/users/user.ts'

const alice = demoUsers[0] ?? assert.fail()
const change = { name: 'Changed', email: 'changed@example.com' }
const other = { name: 'Other', email: 'other@example.com' }
const eve = { id: 'eve', name: 'Eve', email: 'eve@example.com' }

type Write = (users: CompleteRepository) => Promise<unknown>

/** A repository whose users another writer changes between a read and the write that follows it, by one of `between` each time. */
function contended(between: Write[]): CompleteRepository & { reads: number } {
  let time = 0
  const users = inMemoryRepository(undefined, { now: () => ++time })
  return {
    ...users,
    reads: 0,
    async find(id) {
      this.reads++
      const found = await users.find(id)
      await between.shift()?.(users)
      return found
    },
  }
}

describe('a conditional write', () => {
  it('is done once while no other write comes between', async () => {
    const users = contended([])
    const written = await updateIf(users, 'user_001', change, { ifMatch: [await tagOf(alice)] })
    assert.deepEqual(written, await users.find('user_001'))
    assert.equal(users.reads, 2)
  })

  it('is refused after a write that came between, with the validators of that write', async () => {
    const preconditions = { ifMatch: [await tagOf(alice)] }
    const current = await tagOf({ id: 'user_001', ...other })
    for (const write of [
      (users: CompleteRepository) => updateIf(users, 'user_001', change, preconditions),
      (users: CompleteRepository) => removeIf(users, 'user_001', preconditions),
    ]) {
      const users = contended([(db) => db.update('user_001', other)])
      const refused = await write(users)
      assert.ok(typeof refused === 'object' && 'failed' in refused)
      assert.equal(refused.failed.field, 'If-Match')
      assert.equal(refused.current?.etag, current)
      assert.equal((await users.find('user_001'))?.name, 'Other')
    }
  })

  it('is refused after a removal that came between', async () => {
    const users = contended([(db) => db.remove('user_001')])
    const refused = await updateIf(users, 'user_001', change, { ifMatch: '*' })
    assert.ok(typeof refused === 'object' && 'failed' in refused)
    assert.equal(refused.current, undefined)
    assert.equal(await users.find('user_001'), undefined)
  })

  it('begins again after a write that its preconditions allow', async () => {
    const between = [(db: CompleteRepository) => db.update('user_001', other)]
    const updated = await updateIf(contended([...between]), 'user_001', change, { ifMatch: '*' })
    assert.ok(typeof updated === 'object' && 'name' in updated)
    assert.equal(updated.name, 'Changed')
    assert.equal(await removeIf(contended([...between]), 'user_001', { ifNoneMatch: ['"x"'] }), 'removed')
  })

  it('that creates is refused, or finds the id taken, after a create that came between', async () => {
    const create = (db: CompleteRepository) => db.create(eve)
    const refused = await createIf(contended([create]), eve, { ifNoneMatch: '*' })
    assert.ok(typeof refused === 'object' && 'failed' in refused)
    assert.equal(refused.current?.etag, await tagOf(eve))
    assert.equal(await createIf(contended([create]), eve, { ifNoneMatch: ['"x"'] }), 'taken')
  })

  it('finds no user when its preconditions hold without one', async () => {
    assert.equal(await updateIf(contended([]), 'eve', change, { ifNoneMatch: '*' }), 'absent')
    assert.equal(await removeIf(contended([]), 'eve', { ifUnmodifiedSince: 0 }), 'absent')
  })

  it('gives up when other writes come between each time, with nothing changed', async () => {
    const users = contended(Array(1000).fill((db: CompleteRepository) => db.update('user_001', other)))
    await assert.rejects(updateIf(users, 'user_001', change, { ifMatch: '*' }), RepositoryBusyError)
    assert.equal(users.reads, 20)
    assert.equal((await users.find('user_001'))?.name, 'Other')
  })

  it('passes the errors of the repository on', async () => {
    const failure = new Error('the database is away')
    const users = { ...inMemoryRepository(), create: () => Promise.reject(failure) }
    await assert.rejects(createIf(users, eve, { ifNoneMatch: '*' }), (error) => error === failure)
  })
})

async function tagOf(user: typeof alice): Promise<string> {
  return (await validatorsOf(user)).etag
}
