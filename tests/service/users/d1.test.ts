import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, describe, it } from 'node:test'
import type { D1Database } from '@cloudflare/workers-types'
import { d1Repository } from '../../../src/service/users/d1.ts'
import { RepositoryError, type UserRepository } from '../../../src/service/users/repository.ts'
import { createUsersTable, insertDemoUsers } from '../../../src/service/users/schema.ts'
import { demoUsers } from '../../../src/service/users/user.ts'
import { getPlatformProxy } from '../../support/platform-proxy.ts'
import { describeRepository } from './contract.ts'

const migrations = ['0001_users.sql', '0002_demo_users.sql'].map((file) =>
  readFileSync(new URL(`../../../src/service/users/migrations/${file}`, import.meta.url), 'utf8'),
)

describe('D1 in workerd', () => {
  let db: D1Database
  let stop: () => Promise<void>

  before(async () => {
    ;({ db, stop } = await startD1())
  })

  after(() => stop())

  describeRepository('D1', async () => {
    await migrate(db)
    return d1Repository(db)
  })

  it('wraps an error of D1 once, with its cause', async () => {
    await db.prepare('DROP TABLE IF EXISTS users').run()
    await assert.rejects(d1Repository(db).find('user_001'), (error) => {
      assert.ok(error instanceof RepositoryError)
      assert.equal(error.message, 'D1 could not find a user')
      assert.match(String(error.cause), /no such table: users/)
      return true
    })
  })
})

describe('the migrations', () => {
  it('create the table of schema.ts', () => {
    assert.equal(tableFrom([migrations[0]]), tableFrom([createUsersTable]))
  })

  it('insert the same demo users as schema.ts', () => {
    assert.deepEqual(usersFrom(migrations), demoUsers)
    assert.deepEqual(usersFrom([createUsersTable, insertDemoUsers]), demoUsers)
  })

  it('do not change an existing user with the id of a demo user', () => {
    const mine = `INSERT INTO users VALUES ('user_002', 'Mine', 'mine@example.com')`
    assert.deepEqual(usersFrom([migrations[0], mine, migrations[1]]), [
      demoUsers[0],
      { id: 'user_002', name: 'Mine', email: 'mine@example.com' },
      demoUsers[2],
    ])
  })
})

describe('a D1 repository whose database fails', () => {
  const failure = new Error('D1_ERROR: internal error')
  const ann = { id: 'ann', name: 'Ann', email: 'ann@example.com' }
  const operations: Record<string, (users: UserRepository) => Promise<unknown>> = {
    'find a user': (users) => users.find('ann'),
    'find users': (users) => users.findMany(['ann']),
    'read a page of users': (users) => users.page(1),
    'count the users': (users) => users.count(),
    'create a user': (users) => users.create(ann),
    'update a user': (users) => users.update('ann', ann),
    'remove a user': (users) => users.remove('ann'),
    'answer a ping': (users) => users.ping(),
  }

  for (const [operation, run] of Object.entries(operations)) {
    it(`reports that it could not ${operation}, with the cause`, async () => {
      await assert.rejects(run(d1Repository(failingD1(failure))), (error) => {
        assert.ok(error instanceof RepositoryError)
        assert.equal(error.message, `D1 could not ${operation}`)
        assert.equal(error.cause, failure)
        return true
      })
    })
  }

  it('can be closed', async () => {
    await d1Repository(failingD1(failure)).close()
  })
})

/** Starts a D1 database inside workerd, offline and in memory. */
async function startD1(): Promise<{ db: D1Database; stop: () => Promise<void> }> {
  process.env.CLOUDFLARE_CF_FETCH_ENABLED = 'false'
  process.env.WRANGLER_SEND_METRICS = 'false'
  const folder = mkdtempSync(join(tmpdir(), 'hitrate-d1-'))
  const configPath = join(folder, 'wrangler.json')
  const database = { binding: 'DB', database_name: 'users', database_id: 'users' }
  writeFileSync(configPath, JSON.stringify({ name: 'test', d1_databases: [database] }))
  const { env, dispose } = await getPlatformProxy<{ DB: D1Database }>({ configPath, persist: false })
  return {
    db: env.DB,
    stop: async () => {
      await dispose()
      rmSync(folder, { recursive: true })
    },
  }
}

/** Applies the migrations like `wrangler d1 migrations apply`, after dropping the table of the previous test. */
async function migrate(db: D1Database): Promise<void> {
  await db.prepare('DROP TABLE IF EXISTS users').run()
  for (const migration of migrations) await db.prepare(migration).run()
}

function databaseFrom(scripts: readonly (string | undefined)[]): DatabaseSync {
  const db = new DatabaseSync(':memory:')
  for (const script of scripts) db.exec(script ?? assert.fail('a migration is missing'))
  return db
}

function tableFrom(scripts: readonly (string | undefined)[]): unknown {
  return databaseFrom(scripts).prepare("SELECT sql FROM sqlite_schema WHERE name = 'users'").get()?.sql
}

function usersFrom(scripts: readonly (string | undefined)[]): unknown[] {
  const rows = databaseFrom(scripts).prepare('SELECT * FROM users ORDER BY id').all()
  return rows.map((row) => ({ ...row }))
}

function failingD1(failure: Error): D1Database {
  const fail = () => Promise.reject(failure)
  const statement = { bind: () => statement, first: fail, all: fail, run: fail }
  // The adapter uses no other method of a D1 database.
  return { prepare: () => statement } as unknown as D1Database
}
