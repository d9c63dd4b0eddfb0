/** A database file that is moved while it is open: no write succeeds that would be missing after a restart. */
import assert from 'node:assert/strict'
import { mkdtempSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { RepositoryError } from '../../../src/service/users/repository.ts'
import { openSqliteRepository } from '../../../src/service/users/sqlite.ts'

describe('a SQLite file that is moved while it is open', () => {
  let folder: string
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'hitrate-moved-'))
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  it('refuses writes and pings until it is moved back', async () => {
    const file = join(folder, 'users.sqlite')
    const repository = openSqliteRepository(file)
    renameSync(file, `${file}.moved`)
    const gone = { name: 'RepositoryError', message: /moved, removed or replaced/ }
    await assert.rejects(repository.ping(), gone)
    await assert.rejects(repository.update('user_001', { name: 'A', email: 'a@example.com' }), gone)
    await assert.rejects(repository.remove('user_001'), gone)
    await assert.rejects(repository.create({ id: 'x', name: 'X', email: 'x@example.com' }), RepositoryError)

    renameSync(`${file}.moved`, file)
    await repository.ping()
    assert.equal(await repository.remove('user_001'), true)
    await repository.close()
  })
})
