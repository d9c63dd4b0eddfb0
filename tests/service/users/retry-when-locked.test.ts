import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { inMemoryRepository } from '../../../src/service/users/in-memory.ts'
import {
  RepositoryBusyError,
  RepositoryError,
  type UserRepository,
} from '../../../src/service/users/repository.ts'
import { patient } from '../../../src/service/users/retry-when-locked.ts'
import { describeRepository } from './contract.ts'

describeRepository('a patient repository', () => patient(inMemoryRepository()))

describe('a patient repository', () => {
  const ann = { id: 'ann', name: 'Ann', email: 'ann@example.com' }
  const operations: Record<string, (users: UserRepository) => Promise<unknown>> = {
    find: (users) => users.find('user_001'),
    findMany: (users) => users.findMany(['user_001']),
    page: (users) => users.page(1),
    count: (users) => users.count(),
    create: (users) => users.create(ann),
    update: (users) => users.update('user_001', ann),
    remove: (users) => users.remove('user_001'),
    ping: (users) => users.ping(),
  }

  /** A stage where time passes only while someone sleeps. */
  function stage(refusals: Error[]) {
    const slept: number[] = []
    const users = patient(refusing(inMemoryRepository(), refusals), {
      patienceMs: 30,
      sleep: async (ms) => {
        slept.push(ms)
      },
      timer: () => slept.reduce((sum, ms) => sum + ms, 0),
      random: () => 0.5,
    })
    return { users, slept }
  }

  const busy = () => new RepositoryBusyError('locked')

  for (const [name, operation] of Object.entries(operations)) {
    it(`asks again while it is locked: ${name}`, async () => {
      const { users, slept } = stage([busy(), busy()])
      assert.deepEqual(await operation(users), await operation(inMemoryRepository()))
      assert.deepEqual(slept, [10.5, 10.5])
    })
  }

  it('gives up when patience is over, with the last refusal', async () => {
    const refusals = [busy(), busy(), busy(), busy()]
    const last = refusals[2]
    const { users, slept } = stage(refusals)
    await assert.rejects(users.create(ann), (error) => error === last)
    assert.deepEqual(slept, [10.5, 10.5])
  })

  it('asks once when something else is wrong', async () => {
    const { users, slept } = stage([new RepositoryError('damaged')])
    await assert.rejects(users.create(ann), { message: 'damaged' })
    assert.deepEqual(slept, [])
  })

  it('waits by a timer unless told otherwise', async () => {
    assert.equal(await patient(refusing(inMemoryRepository(), [busy()])).count(), 3)
  })
})

/** `repository`, whose first operations are refused so. */
function refusing(repository: UserRepository, refusals: Error[]): UserRepository {
  const left = [...refusals]
  return new Proxy(repository, {
    get(target, name, receiver) {
      const method = Reflect.get(target, name, receiver)
      return (...given: unknown[]) => {
        const refusal = left.shift()
        return refusal === undefined ? Reflect.apply(method, target, given) : Promise.reject(refusal)
      }
    },
  })
}
