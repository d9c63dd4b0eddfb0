import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { delayed } from '../../../src/service/users/delayed.ts'
import { inMemoryRepository } from '../../../src/service/users/in-memory.ts'
import type { CompleteRepository } from '../../../src/service/users/repository.ts'
import { describeRepository } from './contract.ts'

describeRepository('a delayed repository', (now) =>
  delayed(inMemoryRepository(undefined, { now }), 10, async () => {}),
)

describe('a delayed repository', () => {
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
  }

  for (const [name, operation] of Object.entries(operations)) {
    it(`sleeps before it calls ${name}`, async () => {
      const calls: string[] = []
      const users = delayed(recording(inMemoryRepository(), calls), 10, async (ms) => {
        calls.push(`slept ${ms} ms`)
      })
      await operation(users)
      assert.deepEqual(calls, ['slept 10 ms', name])
    })
  }

  it('does not sleep before ping and close', async () => {
    const calls: string[] = []
    const users = delayed(recording(inMemoryRepository(), calls), 10, async () => {
      calls.push('slept')
    })
    await users.ping()
    await users.close()
    assert.deepEqual(calls, ['ping', 'close'])
  })

  it('calls nothing until the sleep is over', async () => {
    const calls: string[] = []
    const wait = Promise.withResolvers<void>()
    const users = delayed(recording(inMemoryRepository(), calls), 10, () => wait.promise)
    const count = users.count()
    await Promise.resolve()
    assert.deepEqual(calls, [])
    wait.resolve()
    assert.equal(await count, 3)
  })

  it('sleeps with a timer by default', async () => {
    assert.equal(await delayed(inMemoryRepository(), 1).count(), 3)
  })

  it('refuses an invalid delay', () => {
    for (const ms of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
      assert.throws(() => delayed(inMemoryRepository(), ms), RangeError)
    }
  })
})

/** `repository`, which records the name of every called method in `calls`. */
function recording(repository: CompleteRepository, calls: string[]): CompleteRepository {
  return new Proxy(repository, {
    get(target, name, receiver) {
      const method = Reflect.get(target, name, receiver)
      return (...given: unknown[]) => {
        calls.push(String(name))
        return Reflect.apply(method, target, given)
      }
    },
  })
}
