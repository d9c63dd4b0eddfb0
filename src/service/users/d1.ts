/** Users in Cloudflare D1. The files in migrations/ create the tables. */
import type { D1Database } from '@cloudflare/workers-types'
import { type CompleteRepository, RepositoryError, type StoredUser, UserExistsError } from './repository.ts'
import { statements } from './schema.ts'

/**
 * Creates a repository over a D1 binding. `close` does nothing, because a binding has no connection.
 * @param now current time, epoch ms, for `modifiedAt`. Default: `Date.now`.
 */
export function d1Repository(db: D1Database, now: () => number = Date.now): CompleteRepository {
  return {
    async find(id) {
      const user = await attempt('find a user', () =>
        db.prepare(statements.find).bind(id).first<StoredUser>(),
      )
      return user ?? undefined
    },

    async findMany(ids) {
      const list = JSON.stringify(ids)
      const found = await attempt('find users', () =>
        db.prepare(statements.findMany).bind(list).all<StoredUser>(),
      )
      return found.results
    },

    async page(limit, after = '') {
      const page = db.prepare(statements.page)
      const found = await attempt('read a page of users', () => page.bind(after, limit).all<StoredUser>())
      return found.results
    },

    async count() {
      const count = await attempt('count the users', () =>
        db.prepare(statements.count).first<number>('count'),
      )
      return Number(count)
    },

    async create({ id, name, email }) {
      const modifiedAt = now()
      const create = db.prepare(statements.create).bind(id, name, email, modifiedAt)
      const { meta } = await attempt('create a user', () => create.run())
      if (meta.changes === 0) throw new UserExistsError(id)
      return { id, name, email, modifiedAt }
    },

    async update(id, { name, email }) {
      const modifiedAt = now()
      const update = db.prepare(statements.update).bind(id, name, email, modifiedAt)
      const { meta } = await attempt('update a user', () => update.run())
      return meta.changes === 0 ? undefined : { id, name, email, modifiedAt }
    },

    async updateIfUnchanged(current, { name, email }) {
      const { id } = current
      const modifiedAt = now()
      const expected = [current.name, current.email, current.modifiedAt ?? null]
      const update = db.prepare(statements.updateIfUnchanged).bind(id, name, email, modifiedAt, ...expected)
      const { meta } = await attempt('update an unchanged user', () => update.run())
      return meta.changes === 0 ? undefined : { id, name, email, modifiedAt }
    },

    async remove(id) {
      const { meta } = await attempt('remove a user', () => db.prepare(statements.remove).bind(id).run())
      return meta.changes !== 0
    },

    async removeIfUnchanged({ id, name, email, modifiedAt }) {
      const remove = db.prepare(statements.removeIfUnchanged).bind(id, name, email, modifiedAt ?? null)
      const { meta } = await attempt('remove an unchanged user', () => remove.run())
      return meta.changes !== 0
    },

    async ping() {
      await attempt('answer a ping', () => db.prepare(statements.ping).first())
    },

    async close() {},
  }
}

async function attempt<T>(operation: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (cause) {
    throw new RepositoryError(`D1 could not ${operation}`, { cause })
  }
}
