import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { after, afterEach, describe, it } from 'node:test'
import { FileLock, lockPathOf } from '../../../../src/stores/sqlite/file/file-lock.ts'
import { BusyError, isBusy } from '../../../../src/stores/sqlite/file/result-codes.ts'
import { SqliteFiles } from '../sqlite-files.ts'

describe('FileLock', () => {
  const files = new SqliteFiles()
  afterEach(() => files.close())
  after(() => files.remove())

  const hold = <T>(path: string, work: (lock: FileLock) => T) => FileLock.hold(DatabaseSync, path, work)

  it('a lock is held by one process at a time', () => {
    const path = files.newPath()
    hold(path, () => assert.throws(() => hold(path, () => assert.fail('both have it')), isBusy))
    assert.equal(
      hold(path, () => 'free'),
      'free',
    )
  })

  it('a lock keeps its record, unless its holder fails', () => {
    const path = files.newPath()
    assert.deepEqual(
      hold(path, (lock) => lock.record),
      { generation: 0, log: '' },
    )
    hold(path, (lock) => {
      lock.record = { generation: 7, log: 'a' }
    })
    const failure = new Error('failed')
    const failing = (lock: FileLock) => {
      lock.record = { generation: 8, log: 'b' }
      throw failure
    }
    assert.throws(() => hold(path, failing), failure)
    assert.deepEqual(
      hold(path, (lock) => lock.record),
      { generation: 7, log: 'a' },
    )
    assert.deepEqual(FileLock.read(DatabaseSync, path), { generation: 7, log: 'a' })
  })

  it('a lock that is removed while it is held protects nothing', () => {
    const path = files.newPath()
    assert.throws(() => hold(path, () => rmSync(lockPathOf(path))), BusyError)
    const replaced = () =>
      hold(path, () => {
        rmSync(lockPathOf(path))
        hold(path, () => {})
      })
    assert.throws(replaced, BusyError)
    assert.equal(
      hold(path, () => 'free'),
      'free',
    )
  })
})
