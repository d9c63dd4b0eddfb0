import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { describe, it } from 'node:test'
import { migrations, userColumns } from '../../../src/service/users/migrations.ts'
import { demoUsers } from '../../../src/service/users/user.ts'

const folder = new URL('../../../src/service/users/migrations/', import.meta.url)

describe('the migrations', () => {
  it('are numbered from 1, and each is a file that wrangler applies', () => {
    const files = migrations.map(({ file }) => file)
    assert.deepEqual(readdirSync(folder).sort(), files)
    for (const [i, file] of files.entries()) assert.equal(Number(file.slice(0, 4)), i + 1)
  })

  for (const { file, statements } of migrations) {
    it(`the file ${file} has the same statements below its comment`, () => {
      const lines = readFileSync(new URL(file, folder), 'utf8').split('\n')
      const sql = lines.filter((line) => !line.startsWith('--')).join('\n')
      assert.equal(sql, `${statements.join(';\n')};\n`)
    })
  }

  it('create the columns of userColumns', () => {
    const columns = migrated().prepare("SELECT name FROM pragma_table_info('users')").all()
    assert.deepEqual(
      columns.map(({ name }) => name),
      userColumns,
    )
  })

  it('insert the demo users', () => {
    assert.deepEqual(usersIn(migrated()), demoUsers)
  })

  it('do not change an existing user with the id of a demo user', () => {
    const mine = `INSERT INTO users VALUES ('user_002', 'Mine', 'mine@example.com')`
    const db = migrated([mine])
    assert.equal(usersIn(db)[1]?.name, 'Mine')
    assert.equal(totalIn(db), 3)
  })
})

describe('the triggers', () => {
  const writes: Record<string, [sql: string, total: number]> = {
    'an insert': [`INSERT INTO users (id, name, email) VALUES ('a', 'A', 'a@b.c')`, 4],
    'an insert of several rows': [
      `INSERT INTO users (id, name, email) VALUES ('a', '', ''), ('b', '', '')`,
      5,
    ],
    'an insert of a taken id that is ignored': [
      `INSERT OR IGNORE INTO users VALUES ('user_001', '', '', 1)`,
      3,
    ],
    'an insert of a taken id that updates': [
      `INSERT INTO users VALUES ('user_001', '', '', 1) ON CONFLICT DO UPDATE SET name = 'X'`,
      3,
    ],
    'an update': [`UPDATE users SET name = 'X'`, 3],
    'a new id': [`UPDATE users SET id = 'x' WHERE id = 'user_001'`, 3],
    'a delete': [`DELETE FROM users WHERE id = 'user_001'`, 2],
    'a delete of all': ['DELETE FROM users', 0],
    'a write that is rolled back': ['BEGIN; DELETE FROM users; ROLLBACK', 3],
  }
  for (const [write, [sql, total]] of Object.entries(writes)) {
    it(`count ${write}`, () => {
      const db = migrated()
      db.exec(sql)
      assert.equal(totalIn(db), total)
      assert.equal(usersIn(db).length, total)
    })
  }

  it('count nothing of a statement that fails', () => {
    const db = migrated()
    assert.throws(
      () => db.exec(`INSERT INTO users VALUES ('a', '', '', 1), ('user_001', '', '', 1)`),
      /UNIQUE/,
    )
    assert.equal(totalIn(db), 3)
  })

  it('date the writes that give no time, with a time that only grows', () => {
    const db = migrated()
    const before = Math.floor(Date.now() / 1000) * 1000
    db.exec(`INSERT INTO users (id, name, email) VALUES ('a', 'A', 'a@b.c')`)
    const made = timeIn(db, 'a')
    assert.ok(made >= before, `${made}`)
    db.exec(`UPDATE users SET name = 'B' WHERE id = 'a'`)
    const changed = timeIn(db, 'a')
    assert.ok(changed > made, `${changed} after ${made}`)
  })

  it('leave the times of other writes and of other users alone', () => {
    const db = migrated()
    db.exec(`UPDATE users SET modified_at = 7`)
    db.exec(`INSERT INTO users VALUES ('a', 'A', 'a@b.c', 1000)`)
    db.exec(`UPDATE users SET name = 'B', modified_at = 2000 WHERE id = 'a'`)
    assert.deepEqual([timeIn(db, 'a'), timeIn(db, 'user_001')], [2000, 7])
  })
})

/** A database with all migrations. @param between executed after the first migration. */
function migrated(between: readonly string[] = []): DatabaseSync {
  const db = new DatabaseSync(':memory:')
  for (const [i, { statements }] of migrations.entries()) {
    for (const statement of [...statements, ...(i === 0 ? between : [])]) db.exec(statement)
  }
  return db
}

function usersIn(db: DatabaseSync): { name?: unknown }[] {
  const rows = db.prepare('SELECT id, name, email FROM users ORDER BY id').all()
  return rows.map((row) => ({ ...row }))
}

function totalIn(db: DatabaseSync): unknown {
  return db.prepare('SELECT total FROM user_count').get()?.total
}

function timeIn(db: DatabaseSync, id: string): number {
  return Number(db.prepare('SELECT modified_at FROM users WHERE id = ?').get(id)?.modified_at)
}
