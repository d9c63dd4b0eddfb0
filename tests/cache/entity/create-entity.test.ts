/** The declaration of an entity: its options and its types. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as z from 'zod'
import { testCache } from '../../support/test-cache.ts'
import { database, User } from './users.ts'

describe('the declaration of an entity', () => {
  const options = { name: 'user', schema: User, load: database().find }
  const wrong: [description: string, options: object, message: string][] = [
    ['without a name', { name: '' }, 'cache.entity: name must be a string of at least one character, got ""'],
    [
      'without a schema',
      { schema: undefined },
      'entity user: schema must be a Standard Schema of version 1, got undefined',
    ],
    [
      'with a schema of another kind',
      { schema: () => true },
      'entity user: schema must be a Standard Schema of version 1, got a function',
    ],
    [
      'with a version below 1',
      { version: 0 },
      'entity user: version must be a whole number from 1 to 4294967295, got 0',
    ],
    [
      'with a broken version',
      { version: 1.5 },
      'entity user: version must be a whole number from 1 to 4294967295, got 1.5',
    ],
    ['without a loader', { load: undefined }, 'entity user: load must be a function, got undefined'],
  ]
  for (const [description, change, message] of wrong) {
    it(`an entity ${description} throws`, () => {
      const { cache } = testCache()
      assert.throws(() => cache.entity({ ...options, ...change }), { name: 'TypeError', message })
      cache.entity(options) // the name was not taken
    })
  }

  it('a name that another entity of the cache has throws', () => {
    const { cache } = testCache()
    cache.entity(options)
    assert.throws(() => cache.entity(options), {
      name: 'TypeError',
      message: 'cache hitrate: an entity named user exists already',
    })
    testCache().cache.entity(options)
  })
})

describe('the types of an entity', () => {
  it('the types follow from the schema and the loader', async () => {
    const { cache } = testCache()
    const load = (id: number) => ({ id: `${id}`, name: 'Ada' })
    const users = cache.entity({
      name: 'user',
      schema: User,
      load,
      tags: (user: User, id: number) => [user.role, `${id}`],
    })
    const user: User | null = await users.get(1)
    const many: (User | null)[] = await users.getMany([1, 2])
    const stored: User | null | undefined = await users.get(1, { strategy: 'fresh' })
    assert.equal(user, stored)
    assert.equal(many.length, 2)
    // Checked by tsc.
    const mistakes = [
      // @ts-expect-error the entity may be absent
      (): Promise<User> => users.get(1),
      // @ts-expect-error nothing may be stored
      (): Promise<User | null> => users.get(1, { strategy: 'fresh' }),
      // @ts-expect-error ids are numbers
      () => users.get('1'),
      // @ts-expect-error ids are numbers
      () => users.forgetMany(['1']),
      // @ts-expect-error a user has a name
      () => users.put(1, { id: '1' }),
      // @ts-expect-error tags belong to the entity, not to one read
      () => users.get(1, { tags: ['x'] }),
      // @ts-expect-error getMany does not take the strategy fresh
      () => users.getMany([1], { strategy: 'fresh' }),
      // @ts-expect-error the loader must return the input of the schema
      () => cache.entity({ name: 'x', schema: User, load: () => ({ id: 'x' }) }),
      // @ts-expect-error the schema must accept its own output
      () => cache.entity({ name: 'x', schema: z.string().transform(Number), load: () => 'x' }),
      // @ts-expect-error an object as id needs `key`
      () => cache.entity({ name: 'x', schema: User, load: ({ id }: { id: string }) => ({ id, name: id }) }),
      // @ts-expect-error a signal belongs to one read
      () => cache.entity({ name: 'x', schema: User, load: () => null, signal: AbortSignal.abort() }),
    ]
    assert.equal(mistakes.length, 11)
  })
})
