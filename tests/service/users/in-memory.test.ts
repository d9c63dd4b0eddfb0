import assert from 'node:assert/strict'
import { it } from 'node:test'
import { inMemoryRepository } from '../../../src/service/users/in-memory.ts'
import { UserExistsError } from '../../../src/service/users/repository.ts'
import { demoUsers } from '../../../src/service/users/user.ts'
import { describeRepository } from './contract.ts'

describeRepository('the in-memory repository', (now) => inMemoryRepository(undefined, { now }))

it('the in-memory repository starts with copies of the given users', async () => {
  const ann = { id: 'ann', name: 'Ann', email: 'ann@example.com' }
  const users = inMemoryRepository([ann], { now: () => 1000 })
  ann.name = 'changed'
  const stored = { id: 'ann', name: 'Ann', email: 'ann@example.com', modifiedAt: 1000 }
  assert.deepEqual(await users.page(10), [stored])
  assert.equal(await inMemoryRepository([]).count(), 0)
})

it('two in-memory repositories share no users', async () => {
  const one = inMemoryRepository()
  const other = inMemoryRepository()
  await one.remove('user_001')
  await one.update('user_002', { name: 'changed', email: 'changed@example.com' })
  assert.deepEqual(
    (await other.page(10)).map(({ name }) => name),
    demoUsers.map(({ name }) => name),
  )
})

it('the in-memory repository refuses two users with the same id', () => {
  assert.throws(() => inMemoryRepository([...demoUsers, ...demoUsers]), UserExistsError)
})
