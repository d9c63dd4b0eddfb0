import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { inMemoryRepository } from '../../../src/service/users/in-memory.ts'
import { inTurns } from '../../../src/service/users/in-turns.ts'
import type { CompleteRepository } from '../../../src/service/users/repository.ts'
import { describeRepository } from './contract.ts'

describeRepository('a repository in turns', (now) => inTurns(inMemoryRepository(undefined, { now })))

/** A repository whose operations take `costMs` each. Time passes only by them, and turns begin only by `nextTurn`. */
function scripted(costMs: number) {
  let time = 0
  let scheduled: (() => void)[] = []
  const begun: string[] = []
  const inner = inMemoryRepository()
  const users = inTurns(
    {
      ...inner,
      find(id) {
        begun.push(id)
        time += costMs
        return inner.find(id)
      },
    },
    { inNextTurn: (run) => scheduled.push(run), timer: () => time },
  )
  return {
    users,
    /** Returns the ids of the operations that have begun since the last call. */
    begun: () => begun.splice(0),
    nextTurn() {
      const runs = scheduled
      scheduled = []
      for (const run of runs) run()
    },
    isScheduled: () => scheduled.length > 0,
  }
}

const ids = (...numbers: number[]) => numbers.map((n) => `user_00${n}`)

describe('inTurns', () => {
  it('begins operations at once until those of the turn have taken 2 ms', () => {
    const { users, begun } = scripted(0.9)
    for (const id of ids(1, 2, 3, 4, 5)) void users.find(id)
    assert.deepEqual(begun(), ids(1, 2, 3))
  })

  it('begins the operations that wait in order, a few in each of the next turns', async () => {
    const { users, begun, nextTurn, isScheduled } = scripted(0.15)
    const slow = Array.from({ length: 14 }, () => users.find('slow'))
    begun()
    const found = ids(1, 2, 3).map((id) => users.find(id))
    nextTurn()
    assert.deepEqual(begun(), ids(1, 2))
    nextTurn()
    assert.deepEqual(begun(), ids(3))
    assert.equal(isScheduled(), false)
    assert.deepEqual(
      (await Promise.all(found)).map((user) => user?.id),
      ids(1, 2, 3),
    )
    await Promise.all(slow)
  })

  it('lets no operation overtake those that wait', () => {
    const { users, begun, nextTurn } = scripted(3)
    for (const id of ids(1, 2, 3)) void users.find(id)
    nextTurn()
    void users.find('user_004')
    assert.deepEqual(begun(), ids(1, 2))
    nextTurn()
    assert.deepEqual(begun(), ids(3))
    nextTurn()
    assert.deepEqual(begun(), ids(4))
  })

  it('begins an operation at once in each turn in which none waits', () => {
    const { users, begun, nextTurn } = scripted(3)
    for (const id of ids(1, 2, 3)) {
      void users.find(id)
      assert.deepEqual(begun(), [id])
      nextTurn()
    }
  })

  it('passes the errors of operations on that waited', async () => {
    const { users, nextTurn } = scripted(3)
    void users.find('user_001')
    const taken = users.create({ id: 'user_001', name: 'A', email: 'a@example.com' })
    nextTurn()
    await assert.rejects(taken, { name: 'UserExistsError' })
  })

  it('does not let ping and close wait', async () => {
    const { users } = scripted(3)
    void users.find('user_001')
    await users.ping()
    await users.close()
  })

  it('takes the turns of the event loop by default', async () => {
    const users: CompleteRepository = inTurns(inMemoryRepository(), { timer: () => (clock += 3) })
    let clock = 0
    const found = await Promise.all(ids(1, 2, 3).map((id) => users.find(id)))
    assert.deepEqual(
      found.map((user) => user?.id),
      ids(1, 2, 3),
    )
  })
})
