import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { inMemoryRepository } from '../../../src/service/users/in-memory.ts'
import {
  type CompleteRepository,
  RepositoryBusyError,
  RepositoryError,
} from '../../../src/service/users/repository.ts'
import { retryWhenLocked } from '../../../src/service/users/retry-when-locked.ts'
import { describeRepository } from './contract.ts'

describeRepository('a repository with retries', (now) =>
  retryWhenLocked(inMemoryRepository(undefined, { now })),
)

describe('retryWhenLocked', () => {
  const ann = { id: 'ann', name: 'Ann', email: 'ann@example.com' }
  const operations: Record<string, (users: CompleteRepository) => Promise<unknown>> = {
    find: (users) => users.find('user_001'),
    findMany: (users) => users.findMany(['user_001']),
    page: (users) => users.page(1),
    count: (users) => users.count(),
    create: (users) => users.create(ann),
    update: (users) => users.update('user_001', ann),
    updateIfUnchanged: (users) => users.updateIfUnchanged(ann, ann),
    remove: (users) => users.remove('user_001'),
    removeIfUnchanged: (users) => users.removeIfUnchanged(ann),
    ping: (users) => users.ping(),
  }

  /** A repository whose first operations fail with `errors`. Its clock advances only by `sleep`. */
  function failingFirst(errors: Error[]) {
    const slept: number[] = []
    const users = retryWhenLocked(failing(inMemoryRepository(undefined, { now: () => 0 }), errors), {
      timeoutMs: 30,
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
    it(`retries an operation while the database is locked: ${name}`, async () => {
      const { users, slept } = failingFirst([busy(), busy()])
      assert.deepEqual(
        await operation(users),
        await operation(inMemoryRepository(undefined, { now: () => 0 })),
      )
      assert.deepEqual(slept, [10.5, 10.5])
    })
  }

  it('throws the last error at the timeout', async () => {
    const errors = [busy(), busy(), busy(), busy()]
    const { users, slept } = failingFirst(errors)
    await assert.rejects(users.create(ann), (error) => error === errors[2])
    assert.deepEqual(slept, [10.5, 10.5])
  })

  it('does not retry after any other error', async () => {
    const { users, slept } = failingFirst([new RepositoryError('damaged')])
    await assert.rejects(users.create(ann), { message: 'damaged' })
    assert.deepEqual(slept, [])
  })

  it('retries a ping for a shorter time after one that failed, until one succeeds', async () => {
    let isLocked = true
    let slept = 0
    const ping = () => (isLocked ? Promise.reject(busy()) : Promise.resolve())
    const users = retryWhenLocked(
      { ...inMemoryRepository(), ping },
      {
        sleep: async (ms) => {
          slept += ms
        },
        timer: () => slept,
        random: () => 1,
      },
    )
    async function sleptDuringPing(): Promise<number> {
      const before = slept
      await users.ping().catch(() => {})
      return slept - before
    }
    const waits = [await sleptDuringPing(), await sleptDuringPing()]
    isLocked = false
    await sleptDuringPing()
    isLocked = true
    waits.push(await sleptDuringPing())
    assert.deepEqual(waits, [2000, 240, 2000])
  })

  it('sleeps with a timer by default', async () => {
    assert.equal(await retryWhenLocked(failing(inMemoryRepository(), [busy()])).count(), 3)
  })
})

/** `repository`, whose first operations reject with `errors`, one each. */
function failing(repository: CompleteRepository, errors: Error[]): CompleteRepository {
  const left = [...errors]
  return new Proxy(repository, {
    get(target, name, receiver) {
      const method = Reflect.get(target, name, receiver)
      return (...given: unknown[]) => {
        const error = left.shift()
        return error === undefined ? Reflect.apply(method, target, given) : Promise.reject(error)
      }
    },
  })
}
