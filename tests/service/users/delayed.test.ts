import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { delayed } from '../../../src/service/users/delayed.ts'
import { inMemoryRepository } from '../../../src/service/users/in-memory.ts'
import type { UserRepository } from '../../../src/service/users/repository.ts'
import { describeRepository } from './contract.ts'

describeRepository('a delayed repository', () => delayed(inMemoryRepository(), 10, async () => {}))

describe('a delayed repository', () => {
  const ann = { id: 'ann', name: 'Ann', email: 'ann@example.com' }
  const operations: Record<string, (users: UserRepository) => Promise<unknown>> = {
    find: (users) => users.find('user_001'),
    findMany: (users) => users.findMany(['user_001']),
    page: (users) => users.page(1),
    count: (users) => users.count(),
    create: (users) => users.create(ann),
    update: (users) => users.update('user_001', ann),
    remove: (users) => users.remove('user_001'),
  }

  for (const [name, operation] of Object.entries(operations)) {
    it(`waits before it asks: ${name}`, async () => {
      const told: string[] = []
      const users = delayed(telling(inMemoryRepository(), told), 10, async (ms) => {
        told.push(`slept ${ms} ms`)
      })
      await operation(users)
      assert.deepEqual(told, ['slept 10 ms', name])
    })
  }

  it('does not wait for ping and close', async () => {
    const told: string[] = []
    const users = delayed(telling(inMemoryRepository(), told), 10, async () => {
      told.push('slept')
    })
    await users.ping()
    await users.close()
    assert.deepEqual(told, ['ping', 'close'])
  })

  it('asks nothing until the wait is over', async () => {
    const told: string[] = []
    const wait = Promise.withResolvers<void>()
    const users = delayed(telling(inMemoryRepository(), told), 10, () => wait.promise)
    const count = users.count()
    await Promise.resolve()
    assert.deepEqual(told, [])
    wait.resolve()
    assert.equal(await count, 3)
  })

  it('waits by a timer unless told otherwise', async () => {
    assert.equal(await delayed(inMemoryRepository(), 1).count(), 3)
  })

  it('refuses a delay that is none', () => {
    for (const ms of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
      assert.throws(() => delayed(inMemoryRepository(), ms), RangeError)
    }
  })
})

/** `repository`, writing down the name of every method called. */
function telling(repository: UserRepository, told: string[]): UserRepository {
  return new Proxy(repository, {
    get(target, name, receiver) {
      const method = Reflect.get(target, name, receiver)
      return (...given: unknown[]) => {
        told.push(String(name))
        return Reflect.apply(method, target, given)
      }
    },
  })
}
