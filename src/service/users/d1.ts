/** Users in Cloudflare D1. The files in migrations/ create the table. */
import type { D1Database } from '@cloudflare/workers-types'
import { RepositoryError, UserExistsError, type UserRepository } from './repository.ts'
import { statements } from './schema.ts'
import type { User } from './user.ts'

/** Creates a repository over a D1 binding. `close` does nothing, because a binding has no connection. */
export function d1Repository(db: D1Database): UserRepository {
  return {
    async find(id) {
      const user = await attempt('find a user', () => db.prepare(statements.find).bind(id).first<User>())
      return user ?? undefined
    },

    async findMany(ids) {
      const list = JSON.stringify(ids)
      const found = await attempt('find users', () => db.prepare(statements.findMany).bind(list).all<User>())
      return found.results
    },

    async page(limit, after = '') {
      const page = db.prepare(statements.page)
      const found = await attempt('read a page of users', () => page.bind(after, limit).all<User>())
      return found.results
    },

    async count() {
      const count = await attempt('count the users', () =>
        db.prepare(statements.count).first<number>('count'),
      )
      return Number(count)
    },

    async create({ id, name, email }) {
      const create = db.prepare(statements.create)
      const { meta } = await attempt('create a user', () => create.bind(id, name, email).run())
      if (meta.changes === 0) throw new UserExistsError(id)
      return { id, name, email }
    },

    async update(id, { name, email }) {
      const update = db.prepare(statements.update)
      const { meta } = await attempt('update a user', () => update.bind(id, name, email).run())
      return meta.changes === 0 ? undefined : { id, name, email }
    },

    async remove(id) {
      const { meta } = await attempt('remove a user', () => db.prepare(statements.remove).bind(id).run())
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
