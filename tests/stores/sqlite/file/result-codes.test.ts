import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  BusyError,
  isBusy,
  isDamaged,
  isUnwritable,
} from '../../../../src/stores/sqlite/file/result-codes.ts'

describe('the result codes of SQLite', () => {
  const error = (errcode: number) => Object.assign(new Error('failed'), { errcode })
  const kinds = (thrown: unknown) =>
    [isBusy(thrown) && 'busy', isDamaged(thrown) && 'damaged', isUnwritable(thrown) && 'unwritable'].filter(
      (kind) => kind !== false,
    )

  const cases: [name: string, thrown: unknown, expected: string[]][] = [
    ['SQLITE_BUSY', error(5), ['busy']],
    ['SQLITE_BUSY_RECOVERY', error(261), ['busy']],
    ['SQLITE_LOCKED', error(6), ['busy']],
    ['SQLITE_PROTOCOL', error(15), ['busy']],
    ['an error of this module', new BusyError('closing'), ['busy']],
    ['SQLITE_CORRUPT', error(11), ['damaged']],
    ['SQLITE_NOTADB', error(26), ['damaged']],
    ['SQLITE_IOERR_SHORT_READ', error(522), ['damaged', 'unwritable']],
    ['SQLITE_IOERR_WRITE', error(778), ['unwritable']],
    ['SQLITE_FULL', error(13), ['unwritable']],
    ['SQLITE_READONLY', error(8), ['unwritable']],
    ['SQLITE_READONLY_DBMOVED', error(1032), ['unwritable']],
    ['SQLITE_CANTOPEN', error(14), ['unwritable']],
    ['SQLITE_ERROR', error(1), []],
    ['an error of another module', new Error('ENOENT'), []],
    ['a thrown string', 'failed', []],
  ]
  for (const [name, thrown, expected] of cases) {
    it(`${name} is ${expected.join(' and ') || 'no such error'}`, () =>
      assert.deepEqual(kinds(thrown), expected))
  }
})
