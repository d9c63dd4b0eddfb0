/** Validation of loaded values by the schema of an entity. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { InvalidEntityError } from '../../../src/cache/entity/entity.ts'
import type { StandardResult, StandardSchema } from '../../../src/cache/entity/standard-schema.ts'
import { testCache } from '../../support/test-cache.ts'
import { database, User } from './users.ts'

function standard<T>(
  validate: (value: unknown) => StandardResult<T> | Promise<StandardResult<T>>,
): StandardSchema<T> {
  return { '~standard': { version: 1, vendor: 'tests', validate } }
}

describe('the loaded value of an entity', () => {
  it('a loaded value that does not fit the schema rejects the read and is not stored', async () => {
    const { cache, outcomes } = testCache()
    const rows: Record<string, unknown> = { ada: { id: 'ada', name: 7, tags: [] } }
    const users = cache.entity({ name: 'user', schema: User, load: (id) => rows[id] as User })
    await assert.rejects(users.get('ada'), (error: InvalidEntityError) => {
      assert.equal(error.name, 'InvalidEntityError')
      assert.equal(error.entity, 'user')
      assert.deepEqual(
        error.issues.map(({ path }) => path),
        [['name']],
      )
      assert.match(error.message, /^entity user does not fit its schema: name: Invalid input/)
      return true
    })
    assert.equal(users.has('ada'), false)
    rows.ada = { id: 'ada', name: 'Ada' }
    assert.equal((await users.get('ada'))?.name, 'Ada')
    assert.deepEqual(outcomes(), ['error', 'miss'])
  })

  it('a loaded value that does not fit the schema is replaced by a stale one within staleIfErrorMs', async () => {
    const { cache, advance, outcomes } = testCache()
    const db = database()
    const users = cache.entity({ name: 'user', schema: User, load: db.find, ttlMs: 10, staleIfErrorMs: 1000 })
    await users.get('ada')
    advance(20)
    const load = () => ({ id: 'ada' }) as User
    assert.equal((await users.get('ada', { load }))?.name, 'Ada')
    assert.deepEqual(outcomes(), ['miss', 'stale'])
  })

  it('a load that returns undefined rejects with a TypeError', async () => {
    const users = testCache().cache.entity({
      name: 'user',
      schema: User,
      // @ts-expect-error an absent value is null
      load: () => undefined,
    })
    await assert.rejects(users.get('ada'), {
      name: 'TypeError',
      message: 'entity user: load must return a value or null, got undefined',
    })
  })

  it('an error of a load reaches its reads unchanged', async () => {
    const thrown = new Error('thrown by the caller')
    const users = testCache().cache.entity({
      name: 'user',
      schema: User,
      load: () => Promise.reject(thrown),
      loadMany: () => Promise.reject(thrown),
    })
    await assert.rejects(users.get('ada'), (error) => error === thrown)
    await assert.rejects(users.getMany(['ada', 'grace']), (error) => error === thrown)
  })

  it('a schema that validates asynchronously rejects the read', async () => {
    const { cache } = testCache()
    const schema = User.refine(async () => true)
    const users = cache.entity({ name: 'user', schema, load: database().find })
    await assert.rejects(users.get('ada'), {
      name: 'TypeError',
      message: 'entity user: schema must validate synchronously, and without throwing; got a promise',
    })
    const rejecting = cache.entity({
      name: 'rejecting',
      schema: standard<User>(() => Promise.reject(new Error('unhandled'))),
      load: () => ({ id: 'ada', name: 'Ada', role: 'guest' }),
    })
    await assert.rejects(rejecting.get('ada'), TypeError)
    await new Promise((resolve) => setTimeout(resolve, 0)) // the runtime reports unhandled rejections now
  })

  it('a loaded value is validated by any Standard Schema', async () => {
    const { cache } = testCache()
    const schema = standard<number>((value) =>
      Number.isInteger(value)
        ? { value: value as number }
        : { issues: [{ message: 'not an integer', path: [{ key: 'a' }, 0] }, { message: 'again' }] },
    )
    const sizes = cache.entity({ name: 'size', schema, load: (id) => Number(id) })
    assert.equal(await sizes.get('0'), 0)
    await assert.rejects(sizes.get('1.5'), {
      message: 'entity size does not fit its schema: a.0: not an integer; again',
    })
  })
})
