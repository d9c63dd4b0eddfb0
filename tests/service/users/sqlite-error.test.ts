import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { describeError, resultCode, SQLITE_BUSY } from '../../../src/service/users/sqlite-error.ts'

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
