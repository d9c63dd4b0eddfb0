import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import {
  closeSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, afterEach, before, beforeEach, describe, it } from 'node:test'
import { checkFileOnPing } from '../../../../src/service/users/ping/check-file-on-ping.ts'
import { type CompleteRepository, RepositoryBusyError } from '../../../../src/service/users/repository.ts'
import { openSqliteRepository } from '../../../../src/service/users/sqlite.ts'
import { describeRepository } from '../contract.ts'

const PAGE_BYTES = 4096

describe('a ping that checks the file', () => {
  let folder: string
  let file: string
  let files = 0
  let repository: CompleteRepository
  let other: DatabaseSync

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'hitrate-check-'))
  })
  beforeEach(() => {
    file = join(folder, `${files++}.sqlite`)
    repository = checkFileOnPing(openSqliteRepository(file, { busyTimeoutMs: 0 }), file)
    other = new DatabaseSync(file)
  })
  afterEach(async () => {
    await repository.close()
    other.close()
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  describeRepository('a repository whose file is checked', (now) => {
    const path = join(folder, `${files++}.sqlite`)
    return checkFileOnPing(openSqliteRepository(path, { now }), path)
  })

  const fails = (reason: string) => assert.rejects(repository.ping(), { reason })

  it('fails while another connection writes, without a wait', async () => {
    await repository.ping()
    other.exec('BEGIN IMMEDIATE')
    const error = await repository.ping().catch((thrown: unknown) => thrown)
    assert.ok(error instanceof RepositoryBusyError, String(error))
    assert.equal(error.reason, 'locked')
    assert.match(error.message, /could not begin a check: it is locked by another connection/)
    assert.equal((await repository.find('user_001'))?.id, 'user_001')
    other.exec('ROLLBACK')
    await repository.ping()
  })

  it('keeps no lock', async () => {
    await repository.ping()
    other.exec('BEGIN IMMEDIATE; ROLLBACK')
    await repository.create({ id: 'ann', name: 'Ann', email: 'ann@example.com' })
  })

  it('changes neither the users nor the size of the file, and its log is written over', async () => {
    other.exec('PRAGMA wal_checkpoint(TRUNCATE)')
    const before = readFileSync(file)
    for (let i = 0; i < 3000; i++) await repository.ping()
    assert.equal(statSync(file).size, before.length)
    assert.ok(statSync(`${file}-wal`).size < 1100 * PAGE_BYTES, 'about 1000 pages, the limit of SQLite')
    assert.equal((await repository.page(10)).length, 3)
    assert.equal(other.prepare('PRAGMA integrity_check').get()?.integrity_check, 'ok')
  })

  it('fails once the path leads to another file', async () => {
    await repository.ping()
    renameSync(file, `${file}.moved`)
    await fails('moved')
    renameSync(`${file}.moved`, file)
    await repository.ping()
  })

  describe('of a table of many pages', () => {
    let descriptor: number
    let saved: Buffer

    beforeEach(async () => {
      const insert = other.prepare('INSERT INTO users (id, name, email) VALUES (?, ?, ?)')
      other.exec('BEGIN')
      for (let i = 0; i < 2000; i++)
        insert.run(`many_${String(i).padStart(4, '0')}`, `Name ${i}`, `${i}@example.com`)
      other.exec('COMMIT; PRAGMA wal_checkpoint(TRUNCATE)')
      descriptor = openSync(file, 'r+')
      saved = readFileSync(file)
      for (let i = 0; i < 2000; i += 10) await repository.find(`many_${String(i).padStart(4, '0')}`)
    })
    afterEach(() => closeSync(descriptor))

    const overwrite = (page: number) =>
      writeSync(descriptor, randomBytes(PAGE_BYTES), 0, PAGE_BYTES, (page - 1) * PAGE_BYTES)
    const restore = () => writeSync(descriptor, saved, 0, saved.length, 0)

    it('fails after the first pages were overwritten, although the pages in memory still answer', async () => {
      for (const page of [1, 2]) overwrite(page)
      assert.equal((await repository.find('many_0500'))?.name, 'Name 500')
      await fails('damaged')
      await fails('damaged')
      assert.notDeepEqual(
        readFileSync(file).subarray(0, 100),
        saved.subarray(0, 100),
        'it wrote to a damaged file',
      )
      restore()
      await repository.ping()
    })

    it('fails after the root of the table was overwritten', async () => {
      await repository.ping()
      other.exec('PRAGMA wal_checkpoint(TRUNCATE)')
      overwrite(2)
      await fails('damaged')
      restore()
      await repository.ping()
    })

    it('finds any damaged page of the table after some calls', async () => {
      const pages = saved.length / PAGE_BYTES
      overwrite(Math.ceil(pages / 2))
      const results: unknown[] = []
      for (let i = 0; i < 25; i++) results.push(await repository.ping().catch((error) => error.reason))
      assert.ok(results.includes(undefined), 'the first calls read other pages')
      assert.ok(results.includes('damaged'))
    })
  })
})
