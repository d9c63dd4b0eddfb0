import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { D1Database } from '@cloudflare/workers-types'
import { d1Repository } from '../../../src/service/users/d1.ts'
import { migrations } from '../../../src/service/users/migrations.ts'
import { type CompleteRepository, RepositoryError } from '../../../src/service/users/repository.ts'
import { getPlatformProxy } from '../../support/platform-proxy.ts'
import { describeRepository } from './contract.ts'

describe('D1 in workerd', () => {
  let db: D1Database
  let stop: () => Promise<void>

  before(async () => {
    ;({ db, stop } = await startD1())
  })

  after(() => stop())

  describeRepository('D1', async (now) => {
    await migrate(db)
    return d1Repository(db, now)
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

describe('a D1 repository whose database fails', () => {
  const failure = new Error('D1_ERROR: internal error')
  const ann = { id: 'ann', name: 'Ann', email: 'ann@example.com' }
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

/** Applies the migrations like `wrangler d1 migrations apply`, after dropping the tables of the previous test. */
async function migrate(db: D1Database): Promise<void> {
  const old = ['DROP TABLE IF EXISTS users', 'DROP TABLE IF EXISTS user_count']
  const statements = [...old, ...migrations.flatMap((migration) => migration.statements)]
  await db.batch(statements.map((statement) => db.prepare(statement)))
}

function failingD1(failure: Error): D1Database {
  const fail = () => Promise.reject(failure)
  const statement = { bind: () => statement, first: fail, all: fail, run: fail }
  // The adapter uses no other method of a D1 database.
  return { prepare: () => statement } as unknown as D1Database
}
