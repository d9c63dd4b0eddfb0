/** Entries that are made from the value of an entity, and have its key as a tag. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type * as z from 'zod'
import type { Entity } from '../../../src/cache/entity/entity.ts'
import { testCache } from '../../support/test-cache.ts'
import { database, User } from './users.ts'

describe('entries that have the key of a value as a tag', () => {
  const invalid = { id: 'ada' } as z.input<typeof User>
  const changes: [
    name: string,
    change: (users: Entity<z.input<typeof User>, User, string>) => Promise<unknown>,
  ][] = [
    ['put', (users) => users.put('ada', { id: 'ada', name: 'Countess' })],
    ['put of null', (users) => users.put('ada', null)],
    ['put of a value that does not fit', (users) => users.put('ada', invalid).catch(() => {})],
    ['forget', (users) => users.forget('ada')],
    ['forgetMany', (users) => users.forgetMany(['ada', 'alan'])],
  ]
  for (const [name, change] of changes) {
    it(`${name} invalidates them synchronously, and no others`, async () => {
      const { cache } = testCache()
      const users = cache.entity({ name: 'user', schema: User, load: database().find })
      await cache.write('page:ada', 'old', { tags: [users.key('ada')] })
      await cache.write('page:grace', 'old', { tags: [users.key('grace')] })
      const changed = change(users)
      assert.deepEqual([cache.has('page:ada'), cache.has('page:grace')], [false, true])
      await changed
    })

    it(`${name} prevents that a running load of one is stored`, async () => {
      const { cache } = testCache()
      const users = cache.entity({ name: 'user', schema: User, load: database().find })
      const rendered = Promise.withResolvers<string>()
      const reading = cache.read('page:ada', () => rendered.promise, { tags: [users.key('ada')] })
      await change(users)
      rendered.resolve('old')
      assert.equal((await reading).kept, false)
    })
  }

  it('put stores a value whose own tags include its key', async () => {
    const { cache } = testCache()
    const key = (id: string) => users.key(id)
    const users = cache.entity({
      name: 'user',
      schema: User,
      load: database().find,
      tags: (_user: User, id: string): string[] => [key(id)],
    })
    await users.get('ada')
    assert.equal((await users.put('ada', { id: 'ada', name: 'Countess' })).kept, true)
    assert.equal(users.lookup('ada')?.value?.name, 'Countess')
    await users.forget('ada')
    assert.equal(users.has('ada'), false)
  })

  it('forgetMany of no ids emits no event', async () => {
    const { cache, events } = testCache()
    await cache.entity({ name: 'user', schema: User, load: database().find }).forgetMany([])
    assert.deepEqual(events, [])
  })
})
