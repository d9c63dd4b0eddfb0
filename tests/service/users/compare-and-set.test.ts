import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { withCompareAndSet } from '../../../src/service/users/compare-and-set.ts'
import { inMemoryRepository } from '../../../src/service/users/in-memory.ts'
import type { UserRepository } from '../../../src/service/users/repository.ts'
import { demoUsers } from '../../../src/service/users/user.ts'
import { describeRepository } from './contract.ts'

const alice = demoUsers[0] ?? assert.fail()

/** A repository without the two methods, whose operations take a turn of the event loop before they begin. */
function basicRepository(now?: () => number): UserRepository {
  const users = inMemoryRepository(undefined, now && { now })
  const { updateIfUnchanged, removeIfUnchanged, ...basic } = users
  const later = () => new Promise((resolve) => setImmediate(resolve))
  return {
    ...basic,
    update: (id, change) => later().then(() => users.update(id, change)),
    remove: (id) => later().then(() => users.remove(id)),
  }
}

describeRepository('a repository that cannot compare and write in one step', (now) =>
  withCompareAndSet(basicRepository(now)),
)

describe('withCompareAndSet', () => {
  it('returns a complete repository itself', () => {
    const users = inMemoryRepository()
    assert.equal(withCompareAndSet(users), users)
  })

  it('lets no write come between a comparison and its write', async () => {
    const users = withCompareAndSet(basicRepository())
    const current = (await users.find(alice.id)) ?? assert.fail()
    const [written, removed] = await Promise.all([
      users.update(alice.id, { name: 'First', email: alice.email }),
      users.removeIfUnchanged(current),
    ])
    assert.equal(written?.name, 'First')
    assert.equal(removed, false)
    assert.equal((await users.find(alice.id))?.name, 'First')
  })

  it('goes on after a write that failed', async () => {
    const users = withCompareAndSet(basicRepository())
    const [failed, removed] = await Promise.allSettled([users.create(alice), users.remove(alice.id)])
    assert.equal(failed.status, 'rejected')
    assert.deepEqual(removed, { status: 'fulfilled', value: true })
  })
})
