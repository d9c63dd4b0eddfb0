import assert from 'node:assert/strict'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, beforeEach, describe, it } from 'node:test'
import { migrations } from '../../../src/service/users/migrations.ts'
import {
  type CompleteRepository,
  RepositoryError,
  UserExistsError,
} from '../../../src/service/users/repository.ts'
import { openSqliteRepository } from '../../../src/service/users/sqlite.ts'
import { demoUsers, type User } from '../../../src/service/users/user.ts'
import { openAtOnce } from '../../support/open-at-once.ts'
import { describeRepository } from './contract.ts'

const ann = { id: 'ann', name: 'Ann', email: 'ann@example.com' }

describeRepository('SQLite in memory', (now) => openSqliteRepository(':memory:', { now }))

describe('SQLite in a file', () => {
  let folder: string
  let file: string
  let files = 0

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'hitrate-sqlite-'))
    chmodSync(folder, 0o755)
  })

  beforeEach(() => {
    file = join(folder, `${files++}.sqlite`)
  })

  after(() => rmSync(folder, { recursive: true }))

  describeRepository('SQLite in a file', (now) => openSqliteRepository(file, { now }))

  describe('from one run to the next', () => {
    it('keeps every write', async () => {
      const users = openSqliteRepository(file)
      await users.create(ann)
      await users.update('user_001', { name: 'Alice Smith', email: 'smith@example.com' })
      await users.remove('user_002')
      const written = (await users.page(10)).map(withoutTime)
      await users.close()
      assert.deepEqual(await contents(file), written)
      assert.equal(written.length, 3)
    })

    it('does not insert removed demo users again, even if all were removed', async () => {
      const users = openSqliteRepository(file)
      for (const { id } of demoUsers) await users.remove(id)
      await users.close()
      assert.deepEqual(await contents(file), [])
    })

    it('keeps every write without a close', async () => {
      const crashed = openSqliteRepository(file)
      await crashed.create(ann)
      assert.deepEqual(await contents(file), [ann, ...demoUsers])
      await crashed.close()
    })
  })

  describe('that does not exist', () => {
    it('is created with its folders', async () => {
      const deep = join(folder, 'not', 'there', 'yet.sqlite')
      assert.deepEqual(await contents(deep), demoUsers)
    })

    it('is opened by a relative path and a name with special characters', async () => {
      const odd = join(folder, "it's 100%20 ö?mode=memory#x.sqlite")
      const users = openSqliteRepository(relative(process.cwd(), odd))
      await users.create(ann)
      await users.close()
      assert.ok(existsSync(odd))
      assert.deepEqual(await contents(odd), [ann, ...demoUsers])
    })

    it('is created in an empty file', async () => {
      writeFileSync(file, '')
      assert.deepEqual(await contents(file), demoUsers)
    })

    it('is created once by four threads that open it at the same moment', async () => {
      const crowded = Array.from({ length: 120 }, (_, i) => join(folder, `crowded-${i}.sqlite`))
      assert.deepEqual(await openAtOnce(4, crowded), [])
      for (const path of crowded) assert.deepEqual(await contents(path), demoUsers)
    })
  })

  it('is in WAL mode: readers do not wait for a writer', async () => {
    const users = openSqliteRepository(file, { busyTimeoutMs: 0 })
    const writer = new DatabaseSync(file)
    assert.deepEqual({ ...writer.prepare('PRAGMA journal_mode').get() }, { journal_mode: 'wal' })
    writer.exec(`BEGIN IMMEDIATE; DELETE FROM users`)
    assert.equal(await users.count(), 3)
    writer.exec('COMMIT')
    assert.equal(await users.count(), 0)
    writer.close()
    await users.close()
  })

  it('can be shared by two repositories', async () => {
    const one = openSqliteRepository(file)
    const other = openSqliteRepository(file)
    await one.create(ann)
    assert.deepEqual(await other.find('ann'), await one.find('ann'))
    await assert.rejects(other.create(ann), UserExistsError)
    await one.close()
    await other.close()
  })

  describe('is refused, with its name and the reason, when it', () => {
    it('is not a database', () => {
      for (const bytes of ['hello', 'hello world '.repeat(1000)]) {
        writeFileSync(file, bytes)
        refuses(file, 'is not a SQLite database', 26)
        assert.equal(readFileSync(file, 'utf8'), bytes)
      }
    })

    it('is a folder', () => {
      mkdirSync(file)
      refuses(file, 'is a folder, not a file')
    })

    it('is in a folder that is a file', () => {
      writeFileSync(file, '')
      const inside = join(file, 'users.sqlite')
      assert.throws(() => openSqliteRepository(inside), {
        name: 'RepositoryError',
        message: `The folder of the database ${inside} cannot be created or read`,
      })
    })

    it('is locked', async () => {
      await contents(file)
      const other = new DatabaseSync(file)
      other.exec('BEGIN EXCLUSIVE')
      refuses(file, 'is locked by another connection', 5)
      other.exec('ROLLBACK')
      assert.deepEqual(await contents(file), demoUsers)
      other.close()
    })

    it('is locked before it has our tables', async () => {
      const other = new DatabaseSync(file)
      other.exec('BEGIN EXCLUSIVE')
      refuses(file, 'is locked by another connection', 5)
      other.close()
      assert.deepEqual(await contents(file), demoUsers)
    })

    it('has a reader while it is not in WAL mode yet', async () => {
      await contents(file)
      execute(file, 'PRAGMA journal_mode = DELETE')
      const reader = new DatabaseSync(file)
      reader.exec('BEGIN; SELECT count(*) FROM users')
      refuses(file, 'is locked by another connection', 5)
      reader.close()
      assert.deepEqual(await contents(file), demoUsers)
    })

    it('is damaged', async () => {
      await contents(file)
      const bytes = readFileSync(file)
      bytes.fill(0xff, 100, 4096)
      writeFileSync(file, bytes)
      refuses(file, 'is damaged', 11)
    })

    it('is read-only for this user', { skip: withoutPosixUsers() }, async () => {
      await contents(file)
      chmodSync(file, 0o444)
      asNobody(() => refuses(file, 'cannot be written', 8))
    })

    it('does not exist in a folder that is read-only for this user', { skip: withoutPosixUsers() }, () => {
      const locked = join(folder, 'locked')
      mkdirSync(locked, { mode: 0o555 })
      asNobody(() => refuses(join(locked, 'users.sqlite'), 'cannot be opened or created there', 14))
    })
  })

  describe('is refused and left unchanged, when it', () => {
    it('belongs to another program', () => {
      execute(file, 'PRAGMA application_id = 77')
      refusesUnchanged(file, "belongs to another program: its application_id is not hitrate's")
    })

    it('has tables but not our application_id, even a table like ours', () => {
      execute(file, 'CREATE TABLE users (id TEXT PRIMARY KEY, name TEXT, email TEXT)')
      refusesUnchanged(file, "belongs to another program: its application_id is not hitrate's")
    })

    it('has a version but not our application_id', () => {
      execute(file, 'PRAGMA user_version = 1')
      refusesUnchanged(file, "belongs to another program: its application_id is not hitrate's")
    })

    it('has the schema version of a newer hitrate, or none', async () => {
      await contents(file)
      for (const version of [migrations.length + 1, 0, -1]) {
        execute(file, `PRAGMA user_version = ${version}`)
        refusesUnchanged(
          file,
          `has schema version ${version}; this hitrate supports 1 to ${migrations.length}`,
        )
      }
    })

    it('lacks a column', async () => {
      await contents(file)
      execute(file, 'DROP TRIGGER date_changed_user; ALTER TABLE users DROP COLUMN email')
      const columns = '(id, name, modified_at) instead of (id, name, email, modified_at)'
      refusesUnchanged(file, `has a table users with the columns ${columns}`)
    })

    it('lacks the table', async () => {
      await contents(file)
      execute(file, 'DROP TABLE users')
      refusesUnchanged(
        file,
        'has a table users with the columns () instead of (id, name, email, modified_at)',
      )
    })
  })

  describe('while it is open', () => {
    const operations: Record<string, (users: CompleteRepository) => Promise<unknown>> = {
      'find a user': (users) => users.find('ann'),
      'find users': (users) => users.findMany(['ann']),
      'read a page of users': (users) => users.page(1),
      'count the users': (users) => users.count(),
      'create a user': (users) => users.create(ann),
      'update a user': (users) => users.update('ann', ann),
      'update an unchanged user': (users) => users.updateIfUnchanged(ann, ann),
      'remove a user': (users) => users.remove('ann'),
      'remove an unchanged user': (users) => users.removeIfUnchanged(ann),
      'answer a ping': (users) => users.ping(),
    }

    for (const [operation, run] of Object.entries(operations)) {
      it(`rejects when it could not ${operation}, with the driver's error as the cause`, async () => {
        const users = openSqliteRepository(file)
        execute(file, 'DROP TABLE users; DROP TABLE user_count')
        await assert.rejects(run(users), (error) => {
          assert.ok(error instanceof RepositoryError)
          assert.equal(error.message, `The database could not ${operation}: it failed`)
          assert.match(String(error.cause), /no such table: user/)
          return true
        })
        await users.close()
      })

      it(`rejects after close: ${operation}`, async () => {
        const users = openSqliteRepository(file)
        await users.close()
        await assert.rejects(run(users), {
          name: 'RepositoryError',
          message: `The database could not ${operation}: it is closed`,
        })
      })
    }

    it('rejects a write after busyTimeoutMs of waiting for another writer, and recovers', async () => {
      const users = openSqliteRepository(file, { busyTimeoutMs: 0 })
      const writer = new DatabaseSync(file)
      writer.exec('BEGIN IMMEDIATE')
      const begun = performance.now()
      await assert.rejects(users.create(ann), {
        name: 'RepositoryError',
        message: 'The database could not create a user: it is locked by another connection',
      })
      assert.ok(performance.now() - begun < 1000, 'it waits for busyTimeoutMs, not for openTimeoutMs')
      await users.ping()
      writer.exec('ROLLBACK')
      writer.close()
      assert.deepEqual(withoutTime(await users.create(ann)), ann)
      await users.close()
    })
  })

  it('refuses timeouts that are not whole numbers of milliseconds', () => {
    for (const ms of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      assert.throws(
        () => openSqliteRepository(file, { busyTimeoutMs: ms }),
        /^RangeError: busyTimeoutMs must be/,
      )
      assert.throws(
        () => openSqliteRepository(file, { openTimeoutMs: ms }),
        /^RangeError: openTimeoutMs must be/,
      )
    }
    assert.equal(existsSync(file), false)
  })
})

/** Reads every user in the file, through another repository, without the times. */
async function contents(file: string) {
  const users = openSqliteRepository(file)
  const page = await users.page(100)
  await users.close()
  return page.map(withoutTime)
}

function withoutTime({ id, name, email }: User): User {
  return { id, name, email }
}

/** Changes the file like another program. */
function execute(file: string, sql: string): void {
  const db = new DatabaseSync(file)
  db.exec(sql)
  db.close()
}

function refuses(file: string, reason: string, resultCode?: number): void {
  assert.throws(
    () => openSqliteRepository(file, { openTimeoutMs: 0 }),
    (error) => {
      assert.ok(error instanceof RepositoryError)
      assert.equal(error.message, `The database ${file} ${reason}`)
      if (resultCode !== undefined) {
        assert.ok(error.cause instanceof Error && 'errcode' in error.cause)
        assert.equal(Number(error.cause.errcode) & 0xff, resultCode)
      }
      return true
    },
  )
}

function refusesUnchanged(file: string, reason: string): void {
  const bytes = readFileSync(file)
  refuses(file, reason)
  assert.deepEqual(readFileSync(file), bytes)
  assertUnlocked(file)
}

function assertUnlocked(file: string): void {
  const db = new DatabaseSync(file, { timeout: 0 })
  db.exec('BEGIN EXCLUSIVE')
  db.close()
}

function withoutPosixUsers(): string | false {
  return process.geteuid === undefined && 'this system has no POSIX users'
}

/** Runs as user nobody if the tests run as root, because root ignores file modes. */
function asNobody(run: () => void): void {
  const isRoot = process.geteuid?.() === 0
  if (isRoot) process.seteuid?.(65534)
  try {
    run()
  } finally {
    if (isRoot) process.seteuid?.(0)
  }
}
