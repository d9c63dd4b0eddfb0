import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { DatabaseFaults } from '../../../src/service/development/database-faults.ts'
import { inMemoryRepository } from '../../../src/service/users/in-memory.ts'
import { RepositoryError } from '../../../src/service/users/repository.ts'

describe('DatabaseFaults', () => {
  function open() {
    const slept: number[] = []
    const faults = new DatabaseFaults(async (ms) => void slept.push(ms))
    return { faults, slept, users: faults.applyTo(inMemoryRepository()) }
  }

  it('changes nothing until a fault begins, and counts the operations', async () => {
    const { faults, slept, users } = open()
    assert.equal((await users.find('user_001'))?.id, 'user_001')
    await users.ping()
    assert.deepEqual([slept, faults.operations], [[], 1])
  })

  it('takes 2 s longer for each operation while the database is slow', async () => {
    const { faults, slept, users } = open()
    faults.isSlow = true
    await users.count()
    await users.ping()
    assert.deepEqual(slept, [2000])
    faults.isSlow = false
    await users.count()
    assert.deepEqual(slept, [2000])
  })

  it('fails each operation and the ping while the database is broken', async () => {
    const { faults, users } = open()
    faults.isBroken = true
    await assert.rejects(users.find('user_001'), RepositoryError)
    await assert.rejects(users.ping(), RepositoryError)
    assert.equal(faults.operations, 1)
    faults.isBroken = false
    assert.equal((await users.find('user_001'))?.id, 'user_001')
    await users.ping()
  })
})
