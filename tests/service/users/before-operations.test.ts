import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { beforeOperations } from '../../../src/service/users/before-operations.ts'
import { inMemoryRepository } from '../../../src/service/users/in-memory.ts'
import { describeRepository } from './contract.ts'

describeRepository('a repository with a function before its operations', (now) =>
  beforeOperations(inMemoryRepository(undefined, { now }), async () => {}),
)

describe('beforeOperations', () => {
  const ann = { id: 'ann', name: 'Ann', email: 'ann@example.com' }

  it('calls the function before each operation on users, with its name', async () => {
    const names: string[] = []
    const users = beforeOperations(inMemoryRepository(), async (name) => void names.push(name))
    await users.find('ann')
    await users.findMany(['ann'])
    await users.page(1)
    await users.count()
    await users.create(ann)
    await users.update('ann', ann)
    await users.updateIfUnchanged(ann, ann)
    await users.removeIfUnchanged(ann)
    await users.remove('ann')
    await users.ping()
    await users.close()
    assert.deepEqual(names, [
      ...['find', 'findMany', 'page', 'count', 'create', 'update', 'updateIfUnchanged'],
      ...['removeIfUnchanged', 'remove'],
    ])
  })

  it('rejects with the error of the function, and changes nothing then', async () => {
    let isBroken = true
    const users = beforeOperations(inMemoryRepository(), async () => {
      if (isBroken) throw new Error('broken')
    })
    await assert.rejects(users.remove('user_001'), /^Error: broken$/)
    await users.ping()
    isBroken = false
    assert.equal((await users.find('user_001'))?.id, 'user_001')
  })
})
