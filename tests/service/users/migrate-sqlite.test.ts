/** Files of older versions: migrated once and as a whole, with their data, beside processes that still have them open. */
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, beforeEach, describe, it } from 'node:test'
import { SCHEMA_VERSION } from '../../../src/service/users/migrate-sqlite.ts'
import { migrations } from '../../../src/service/users/migrations.ts'
import { openSqliteRepository } from '../../../src/service/users/sqlite.ts'
import { openAtOnce } from '../../support/open-at-once.ts'

/** The SQL with which version 1 created its file, word for word. */
const VERSION_1 = [
  `CREATE TABLE users (
  id TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  email TEXT NOT NULL
) STRICT, WITHOUT ROWID`,
  `INSERT OR IGNORE INTO users (id, name, email) VALUES
  ('user_001', 'Alice Johnson', 'alice@example.com'),
  ('user_002', 'Bob Smith', 'bob@example.com'),
  ('user_003', 'Charlie Brown', 'charlie@example.com')`,
  `PRAGMA application_id = ${0x68697472}; PRAGMA user_version = 1`,
]

/** The statements of version 1 that write. */
const OLD_WRITES = {
  create: 'INSERT INTO users (id, name, email) VALUES (?1, ?2, ?3) ON CONFLICT (id) DO NOTHING',
  update: 'UPDATE users SET name = ?2, email = ?3 WHERE id = ?1',
  remove: 'DELETE FROM users WHERE id = ?1',
}

const ann = { id: 'ann', name: 'Ann', email: 'ann@example.com' }
const alice = { id: 'user_001', name: 'Alice Johnson', email: 'alice@example.com' }

describe('a SQLite file of an older version', () => {
  let folder: string
  let file: string
  let files = 0

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'hitrate-migrate-'))
  })
  beforeEach(() => {
    file = join(folder, `${files++}.sqlite`)
  })
  after(() => rmSync(folder, { recursive: true }))

  it('keeps its users, and gets their number and their times', async () => {
    makeVersion1(file)
    const begun = Math.floor(Date.now() / 1000) * 1000
    const users = openSqliteRepository(file)
    const page = await users.page(10)
    assert.deepEqual(
      page.map(({ id, name, email }) => ({ id, name, email })),
      [ann, alice],
    )
    for (const { modifiedAt = 0 } of page) assert.ok(modifiedAt >= begun, `${modifiedAt} since ${begun}`)
    assert.equal(await users.count(), 2)
    await users.create({ ...ann, id: 'new' })
    assert.equal(await users.count(), 3)
    await users.close()
    assert.equal(versionOf(file), SCHEMA_VERSION)
  })

  it('is migrated from each version between', async () => {
    for (let version = 2; version < SCHEMA_VERSION; version++) {
      const path = `${file}-${version}`
      execute(path, ...migrations.slice(0, version).flatMap(({ statements }) => statements))
      execute(path, `PRAGMA application_id = ${0x68697472}; PRAGMA user_version = ${version}`)
      const users = openSqliteRepository(path)
      assert.equal((await users.page(10)).length, 3)
      assert.equal(await users.count(), 3)
      await users.close()
      assert.equal(versionOf(path), SCHEMA_VERSION)
    }
  })

  it('is as it was after a migration that fails half-way', async () => {
    makeVersion1(file)
    // Migration 3 succeeds, and the last statement of migration 4 fails.
    execute(file, 'CREATE TRIGGER date_changed_user AFTER DELETE ON users BEGIN SELECT 1; END')
    const schema = schemaOf(file)
    assert.throws(() => openSqliteRepository(file), { name: 'RepositoryError' })
    assert.equal(versionOf(file), 1)
    assert.deepEqual(schemaOf(file), schema)
    execute(file, 'DROP TRIGGER date_changed_user')
    const users = openSqliteRepository(file)
    assert.equal(await users.count(), 2)
    await users.close()
  })

  it('is refused unchanged when it lacks the table', () => {
    execute(file, `PRAGMA application_id = ${0x68697472}; PRAGMA user_version = 1`)
    const bytes = readFileSync(file)
    assert.throws(() => openSqliteRepository(file), { name: 'RepositoryError' })
    assert.deepEqual(readFileSync(file), bytes)
  })

  it('is migrated once by four threads that open it at the same moment', async () => {
    const crowded = Array.from({ length: 8 }, (_, i) => `${file}-${i}`)
    for (const path of crowded) makeVersion1(path)
    assert.deepEqual(await openAtOnce(4, crowded), [])
    for (const path of crowded) {
      assert.equal(versionOf(path), SCHEMA_VERSION)
      const users = openSqliteRepository(path)
      assert.equal(await users.count(), 2)
      await users.close()
    }
  })

  it('may stay open in an older process, whose writes are counted and dated', async () => {
    makeVersion1(file)
    const old = new DatabaseSync(file)
    const create = old.prepare(OLD_WRITES.create)
    const update = old.prepare(OLD_WRITES.update)
    const remove = old.prepare(OLD_WRITES.remove)
    const find = old.prepare('SELECT id, name, email FROM users WHERE id = ?1')
    assert.equal(create.run('before', 'Before', 'b@example.com').changes, 1)

    const users = openSqliteRepository(file)
    assert.equal(await users.count(), 3)
    assert.equal(create.run('after', 'After', 'a@example.com').changes, 1)
    assert.equal(create.run('after', 'Again', 'a@example.com').changes, 0)
    assert.equal(await users.count(), 4)
    const current = (await users.find('ann')) ?? assert.fail()
    assert.equal(update.run('ann', 'Ann', 'ann@example.com').changes, 1)
    assert.equal(await users.updateIfUnchanged(current, ann), undefined, 'the older write changed the time')
    await users.update('ann', { name: 'Anna', email: 'anna@example.com' })
    assert.deepEqual({ ...find.get('ann') }, { id: 'ann', name: 'Anna', email: 'anna@example.com' })
    assert.equal(remove.run('before').changes, 1)
    assert.equal(await users.count(), 3)
    old.close()
    await users.close()
    assert.equal(integrityOf(file), 'ok')
  })
})

/** Makes a file as version 1 made it, in WAL mode, in which a demo user was added and two were removed. */
function makeVersion1(file: string): void {
  execute(file, 'BEGIN IMMEDIATE', ...VERSION_1, 'COMMIT', 'PRAGMA journal_mode = WAL')
  const db = new DatabaseSync(file)
  db.prepare(OLD_WRITES.create).run(ann.id, ann.name, ann.email)
  db.prepare(OLD_WRITES.remove).run('user_002')
  db.prepare(OLD_WRITES.remove).run('user_003')
  db.close()
}

function execute(file: string, ...statements: string[]): void {
  const db = new DatabaseSync(file)
  for (const statement of statements) db.exec(statement)
  db.close()
}

function read(file: string, sql: string): Record<string, unknown>[] {
  const db = new DatabaseSync(file)
  const rows = db.prepare(sql).all()
  db.close()
  return rows.map((row) => ({ ...row }))
}

function versionOf(file: string): unknown {
  return read(file, 'PRAGMA user_version')[0]?.user_version
}

function schemaOf(file: string): unknown {
  return read(file, 'SELECT type, name, sql FROM sqlite_schema ORDER BY name')
}

function integrityOf(file: string): unknown {
  return read(file, 'PRAGMA integrity_check')[0]?.integrity_check
}
