import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { RepositoryBusyError } from '../../../src/service/users/repository.ts'
import { attempt, describeError, resultCode, SQLITE_BUSY } from '../../../src/service/users/sqlite-error.ts'

const sqliteError = (errcode: number) =>
  Object.assign(new Error('driver'), { code: 'ERR_SQLITE_ERROR', errcode })

describe('resultCode', () => {
  it('resultCode drops the upper bits of extended codes', () => {
    assert.equal(resultCode(sqliteError(SQLITE_BUSY)), SQLITE_BUSY)
    assert.equal(resultCode(sqliteError(SQLITE_BUSY | (2 << 8))), SQLITE_BUSY)
    assert.equal(resultCode(new Error('other')), undefined)
    assert.equal(resultCode({ errcode: 5 }), undefined)
  })
})

describe('describeError', () => {
  it('describeError completes a sentence about the database', () => {
    for (const [errcode, text] of [
      [5, 'is locked by another connection'],
      [6, 'is locked by another connection'],
      [8, 'cannot be written'],
      [10, 'cannot be read or written: input/output error'],
      [11, 'is damaged'],
      [13, 'has no room: the disk is full'],
      [14, 'cannot be opened or created there'],
      [26, 'is not a SQLite database'],
      [1, 'failed'],
    ] as const) {
      assert.equal(describeError(sqliteError(errcode)), text)
    }
    assert.equal(describeError(Object.assign(new Error('x'), { code: 'ERR_INVALID_STATE' })), 'is closed')
    assert.equal(describeError('text'), 'failed')
  })
})

describe('attempt', () => {
  it('returns the result of the function', () =>
    assert.equal(
      attempt('count', () => 7),
      7,
    ))

  for (const [errcode, reason] of [
    [5, 'locked'],
    [5 | (2 << 8), 'locked'],
    [6, 'locked'],
    [8, 'read-only'],
    [10, 'unreadable'],
    [14, 'unreadable'],
    [11, 'damaged'],
    [26, 'damaged'],
    [13, 'disk full'],
    [1, undefined],
  ] as const) {
    it(`converts the result code ${errcode} to an error with the reason ${reason}`, () => {
      const cause = sqliteError(errcode)
      const fail = () => {
        throw cause
      }
      assert.throws(() => attempt('count', fail), {
        name: 'RepositoryError',
        message: `The database could not count: it ${describeError(cause)}`,
        cause,
        reason,
      })
    })
  }

  it('throws an error that says that a retry may help only while the file is locked', () => {
    const fail = (errcode: number) => () => {
      throw sqliteError(errcode)
    }
    assert.throws(() => attempt('count', fail(SQLITE_BUSY)), RepositoryBusyError)
    assert.throws(
      () => attempt('count', fail(13)),
      (error) => !(error instanceof RepositoryBusyError),
    )
  })
})
