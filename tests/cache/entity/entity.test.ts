/** Reads, writes and invalidations of an entity. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as z from 'zod'
import type { Cache } from '../../../src/cache/cache.ts'
import type { Entity } from '../../../src/cache/entity/entity.ts'
import { loaded } from '../../../src/cache/lifetime.ts'
import { flush, manualLoader, testCache } from '../../support/test-cache.ts'
import { database, User } from './users.ts'

describe('an entity', () => {
  it('an entity is loaded once, validated and stored', async () => {
    const { cache, transcript } = testCache()
    const db = database()
    const users = cache.entity({ name: 'user', schema: User, load: db.find, ttlMs: 1000 })
    assert.deepEqual(await users.get('ada'), { id: 'ada', name: 'Ada', role: 'guest' })
    assert.equal(await users.get('ada'), users.lookup('ada')?.value)
    assert.deepEqual(db.queries, ['ada'])
    assert.deepEqual(transcript(), [
      '1. load: ok',
      '2. memory set: ok',
      '3. read: miss',
      '4. read: hit, memory',
      '5. read: hit, memory',
    ])
  })

  it('read() of an entity returns the value with its outcome, tier and age', async () => {
    const { cache, advance } = testCache()
    const users = cache.entity({ name: 'user', schema: User, load: database().find, ttlMs: 1000 })
    const { value, ...details } = await users.read('ada')
    assert.deepEqual(details, { outcome: 'miss', ageMs: 0, expiresInMs: 1000, kept: true })
    advance(100)
    const again = await users.read('ada')
    assert.deepEqual([again.outcome, again.tier, again.ageMs], ['hit', 'memory', 100])
    assert.equal(again.value, value)
  })

  it('reads of an entity that is being loaded share the load', async () => {
    const { cache, outcomes } = testCache()
    const rows = manualLoader<User>()
    const users = cache.entity({ name: 'user', schema: User, load: (_id, context) => rows.load(context) })
    const reads = [users.get('ada'), users.get('ada'), users.getMany(['ada', 'ada'])]
    await flush()
    rows.nth(1).resolve({ id: 'ada', name: 'Ada', role: 'admin' })
    await Promise.all(reads)
    assert.equal(rows.started, 1)
    assert.deepEqual(outcomes(), ['miss', 'coalesced', 'coalesced'])
  })

  it('each id of an entity has a key of its own, different from the keys of other entities', async () => {
    const { cache } = testCache()
    const load = (id: string) => ({ id, name: id })
    const a = cache.entity({ name: 'a', schema: User, load })
    const b = cache.entity({ name: 'a:b', schema: User, load })
    assert.deepEqual([a.key('b:c'), b.key('c')], ['a:b~cc', 'a~cb:c'])
    assert.equal((await a.get('b:c'))?.id, 'b:c')
    assert.equal((await b.get('c'))?.id, 'c')
    assert.equal(cache.peek(a.key('b:c'))?.kept, true)
  })

  it('ids can be numbers, arrays, and objects that `key` turns into parts', async () => {
    const { cache } = testCache()
    const schema = z.object({ at: z.string() })
    const byNumber = cache.entity({ name: 'n', schema, load: (id: number) => ({ at: `${id}` }) })
    const byList = cache.entity({
      name: 'l',
      schema,
      load: ([row, seat]: readonly [string, number]) => ({ at: row + seat }),
    })
    const byObject = cache.entity({
      name: 'o',
      schema,
      key: ({ row, seat }) => [row, seat],
      load: ({ row, seat }: { row: string; seat: number }) => ({ at: row + seat }),
      loadMany: (ids) =>
        new Map(ids.map(({ row, seat }) => [{ row, seat }, { at: `${row}${seat}, of many` }])),
    })
    assert.deepEqual(await byNumber.get(7), { at: '7' })
    assert.deepEqual(await byList.get(['A', 12]), { at: 'A12' })
    assert.deepEqual(await byObject.get({ row: 'A', seat: 12 }), { at: 'A12' })
    assert.equal(byObject.has({ seat: 12, row: 'A' }), true)
    assert.deepEqual(await byObject.getMany([{ row: 'B', seat: 1 }]), [{ at: 'B1, of many' }])
  })

  it('every method rejects an id that makes no key, without a read or a load', async () => {
    const { cache, events } = testCache()
    const load = () => assert.fail('the load must not be called')
    const byNumber = cache.entity({ name: 'n', schema: User, load: (_id: number) => load() })
    const byName = cache.entity({ name: 's', schema: User, load })
    await assert.rejects(byNumber.get(Number.NaN), TypeError)
    await assert.rejects(byNumber.getMany([1, Number.NaN]), TypeError)
    await assert.rejects(byNumber.put(Number.NaN, { id: 'n', name: 'n' }), TypeError)
    await assert.rejects(byNumber.forget(Number.NaN), TypeError)
    await assert.rejects(byName.get('x'.repeat(10_000)), TypeError)
    assert.deepEqual(events, [])
  })

  it('a read of an entity takes a loader and read options of its own', async () => {
    const { cache, advance, outcomes } = testCache()
    const users = cache.entity({ name: 'user', schema: User, load: database().find, ttlMs: 1000 })
    const load = (id: string) => ({ id, name: 'Lovelace' })
    assert.equal(await users.get('ada', { strategy: 'fresh' }), undefined)
    assert.equal((await users.get('ada', { load, ttlMs: 5000 }))?.name, 'Lovelace')
    advance(4000)
    assert.equal((await users.get('ada'))?.name, 'Lovelace')
    assert.equal((await users.get('ada', { strategy: 'invalidate' }))?.name, 'Ada')
    assert.equal((await users.get('ada', { strategy: 'fresh' }))?.name, 'Ada')
    assert.deepEqual(outcomes(), ['miss', 'miss', 'hit', 'miss', 'hit'])
  })

  it('the lifetime of an entity comes from its load, else from the read, else from the entity', async () => {
    const { cache, outcomes, advance } = testCache()
    const find = (id: string) => loaded({ id, name: 'Ada' }, id === 'short' ? { ttlMs: 10 } : {})
    const options = { ttlMs: 1000, staleWhileRevalidateMs: 500 }
    const users = cache.entity({ name: 'user', schema: User, load: find, ...options })
    assert.equal((await users.read('ada')).expiresInMs, 1000)
    assert.equal((await users.read('short', { ttlMs: 20 })).expiresInMs, 10)
    assert.equal((await users.read('other', { ttlMs: 20 })).expiresInMs, 20)
    advance(1200)
    await users.get('ada')
    assert.deepEqual(outcomes(), ['miss', 'miss', 'miss', 'stale'])
  })
})

describe('an absent entity', () => {
  it('an absent entity is null, and loaded by each read', async () => {
    const { cache, outcomes } = testCache()
    const db = database({})
    const users = cache.entity({
      name: 'user',
      schema: User,
      load: db.find,
      ttlMs: 1000,
      staleIfErrorMs: 1000,
    })
    assert.deepEqual([await users.get('absent'), await users.get('absent')], [null, null])
    assert.deepEqual(outcomes(), ['miss', 'miss'])
  })

  it('an absent entity is stored for absentTtlMs and never served stale', async () => {
    const { cache, advance, outcomes, store } = testCache()
    const db = database({})
    const lifetime = { ttlMs: 1000, absentTtlMs: 50, staleWhileRevalidateMs: 1000, staleIfErrorMs: 1000 }
    const users = cache.entity({ name: 'user', schema: User, load: db.find, ...lifetime })
    assert.equal((await users.read('absent', { ttlMs: 7000 })).expiresInMs, 50)
    assert.equal(await users.get('absent'), null)
    assert.equal(store.peek(users.key('absent'))?.negative, true)
    advance(60)
    assert.equal(await users.get('absent'), null)
    assert.deepEqual(outcomes(), ['miss', 'hit', 'miss'])
  })

  it('an entity that becomes absent removes its stored value', async () => {
    const { cache } = testCache()
    const db = database()
    const users = cache.entity({ name: 'user', schema: User, load: db.find })
    await users.get('ada')
    delete db.rows.ada
    assert.equal(await users.get('ada', { strategy: 'invalidate' }), null)
    assert.equal(users.has('ada'), false)
  })
})

describe('getMany and readMany', () => {
  it('getMany returns the values in the order of the ids, null for absent ones, whatever the order of the rows', async () => {
    const { cache } = testCache()
    const db = database({ ada: { id: 'ada', name: 'Ada' }, grace: { id: 'grace', name: 'Grace' } })
    const users = cache.entity({ name: 'user', schema: User, load: db.find, loadMany: db.findMany })
    const names = (await users.getMany(['grace', 'absent', 'ada', 'grace'])).map((user) => user?.name)
    assert.deepEqual(names, ['Grace', undefined, 'Ada', 'Grace'])
    assert.deepEqual(db.queries, ['grace+absent+ada'])
  })

  it('readMany loads the missing values in one call and counts each id as one read', async () => {
    const { cache, outcomes } = testCache()
    const db = database({ ada: { id: 'ada', name: 'Ada' }, grace: { id: 'grace', name: 'Grace' } })
    const users = cache.entity({
      name: 'user',
      schema: User,
      load: db.find,
      loadMany: db.findMany,
      absentTtlMs: 1000,
    })
    await users.get('ada')
    const reads = await users.readMany(['ada', 'grace', 'absent'])
    assert.deepEqual(
      reads.map(({ outcome }) => outcome),
      ['hit', 'miss', 'miss'],
    )
    assert.deepEqual(db.queries, ['ada', 'grace+absent'])
    await users.getMany(['absent', 'grace'])
    assert.deepEqual(outcomes(), ['miss', 'hit', 'miss', 'miss', 'hit', 'hit'])
    assert.deepEqual(await users.getMany([]), [])
  })

  it('getMany loads one by one without loadMany, or when the read brings a load', async () => {
    const { cache } = testCache()
    const db = database()
    const single = cache.entity({ name: 'single', schema: User, load: db.find })
    await single.getMany(['ada', 'grace'])
    const many = cache.entity({ name: 'many', schema: User, load: db.find, loadMany: db.findMany })
    await many.getMany(['ada', 'grace'], { load: db.find })
    await single.getMany(['ada', 'grace'], { loadMany: db.findMany, strategy: 'invalidate' })
    assert.deepEqual(db.queries, ['ada', 'grace', 'ada', 'grace', 'ada+grace'])
  })

  it('getMany stores the valid values of a load in which another value does not fit', async () => {
    const { cache, outcomes } = testCache()
    const rows = new Map<string, unknown>([
      ['ada', { id: 'ada', name: 'Ada' }],
      ['grace', { id: 'grace', name: 7 }],
    ])
    const loadMany = () => rows as Map<string, { id: string; name: string }>
    const users = cache.entity({
      name: 'user',
      schema: User,
      load: () => assert.fail('must not be loaded one by one'),
      loadMany,
    })
    await assert.rejects(users.getMany(['ada', 'grace']), { name: 'InvalidEntityError', entity: 'user' })
    assert.deepEqual([users.has('ada'), users.has('grace')], [true, false])
    assert.deepEqual(outcomes(), ['miss', 'error'])
    rows.set('grace', { id: 'grace', name: 'Grace' })
    assert.deepEqual(
      (await users.getMany(['ada', 'grace'])).map((user) => user?.name),
      ['Ada', 'Grace'],
    )
  })

  it('getMany rejects a loadMany that returns an array, because its rows have no ids', async () => {
    const users = testCache().cache.entity({
      name: 'user',
      schema: User,
      load: database().find,
      // @ts-expect-error an array of rows, in any order
      loadMany: () => [{ id: 'ada', name: 'Ada' }],
    })
    await assert.rejects(users.getMany(['ada']), {
      name: 'TypeError',
      message: 'entity user: loadMany must return a Map from ids to values, got an array',
    })
  })

  it('getMany aborts its load when no read waits for any of the keys', async () => {
    const { cache } = testCache()
    let signal: AbortSignal | undefined
    const users = cache.entity({
      name: 'user',
      schema: User,
      load: database().find,
      loadMany: (_ids, context) => {
        signal = context.signal
        return new Promise(() => {})
      },
    })
    const reader = new AbortController()
    const reads = users.getMany(['ada', 'grace'], { signal: reader.signal })
    await flush()
    assert.equal(signal?.aborted, false)
    reader.abort(new Error('aborted'))
    await assert.rejects(reads, { message: 'aborted' })
    assert.equal(signal?.aborted, true)
  })
})

describe('put', () => {
  it('put validates the value and stores it for the lifetime of the entity', async () => {
    const { cache } = testCache()
    const users = cache.entity({
      name: 'user',
      schema: User,
      load: () => assert.fail('the value is stored'),
      ttlMs: 1000,
    })
    assert.equal((await users.put('ada', { id: 'ada', name: 'Ada' })).kept, true)
    const { value, expiresInMs } = await users.read('ada')
    assert.deepEqual([value, expiresInMs], [{ id: 'ada', name: 'Ada', role: 'guest' }, 1000])
    await users.put('ada', { id: 'ada', name: 'Ada' }, { ttlMs: 5 })
    assert.equal(users.lookup('ada')?.expiresInMs, 5)
  })

  it('put takes effect synchronously', () => {
    const { cache } = testCache()
    const users = cache.entity({ name: 'user', schema: User, load: database().find })
    users.put('ada', { id: 'ada', name: 'Ada' })
    assert.equal(users.lookup('ada')?.value?.name, 'Ada')
  })

  it('put of a value that does not fit rejects, and removes the stored value', async () => {
    const { cache } = testCache()
    const db = database()
    const users = cache.entity({ name: 'user', schema: User, load: db.find })
    await users.get('ada')
    // @ts-expect-error the name is missing
    const put = users.put('ada', { id: 'ada' })
    assert.equal(users.has('ada'), false)
    await assert.rejects(put, { name: 'InvalidEntityError' })
  })

  it('put of null stores the absence', async () => {
    const { cache, store } = testCache()
    const absent = { absentTtlMs: 1000 }
    const users = cache.entity({ name: 'user', schema: User, load: database().find, ...absent })
    await users.get('ada')
    assert.equal((await users.put('ada', null)).kept, true)
    assert.equal(await users.get('ada'), null)
    assert.equal(store.peek(users.key('ada'))?.negative, true)
    const withoutAbsences = cache.entity({ name: 'withoutAbsences', schema: User, load: database().find })
    await withoutAbsences.get('ada')
    assert.equal((await withoutAbsences.put('ada', null)).kept, false)
    assert.equal(withoutAbsences.has('ada'), false)
  })
})

describe('forget, forgetMany, forgetAll and tags', () => {
  async function threeStored(): Promise<{ cache: Cache; users: Entity<z.input<typeof User>, User, string> }> {
    const { cache } = testCache()
    const load = (id: string) => ({ id, name: id, role: id === 'ada' ? 'admin' : 'guest' })
    const users = cache.entity({
      name: 'user',
      schema: User,
      load,
      tags: ({ role }, id) => [role, `is:${id}`],
    })
    await users.getMany(['ada', 'grace', 'alan'])
    return { cache, users }
  }
  const storedIds = (users: Pick<Entity<unknown, unknown, string>, 'has'>) =>
    ['ada', 'grace', 'alan'].filter((id) => users.has(id))

  it('forget and forgetMany remove the values of their ids', async () => {
    const { users } = await threeStored()
    assert.deepEqual([(await users.forget('ada')).removed, (await users.forget('ada')).removed], [1, 0])
    assert.deepEqual(storedIds(users), ['grace', 'alan'])
    await users.forgetMany(['grace', 'alan'])
    assert.deepEqual(storedIds(users), [])
  })

  it('a tag of the entity removes the values that have it', async () => {
    const { cache, users } = await threeStored()
    await cache.invalidateTags(['guest'])
    assert.deepEqual(storedIds(users), ['ada'])
    await cache.invalidateTags(['is:ada'])
    assert.deepEqual(storedIds(users), [])
  })

  it('a tag given by the load or by put removes the values that have it', async () => {
    const { cache } = testCache()
    const load = (id: string) => loaded({ id, name: id }, { tags: ['loaded'] })
    const users = cache.entity({ name: 'user', schema: User, load, tags: ({ role }) => [role] })
    await Promise.all([
      users.get('ada'),
      users.put('grace', { id: 'grace', name: 'Grace' }, { tags: ['put'] }),
    ])
    assert.deepEqual(storedIds(users), ['ada', 'grace'])
    await cache.invalidateTags(['put'])
    assert.deepEqual(storedIds(users), ['ada'])
    await cache.invalidateTags(['loaded'])
    assert.deepEqual(storedIds(users), [])
    await Promise.all([
      users.get('ada'),
      users.put('grace', { id: 'grace', name: 'Grace' }, { tags: ['put'] }),
    ])
    await cache.invalidateTags(['guest'])
    assert.deepEqual(storedIds(users), [])
  })

  it('forgetAll removes all values and absences of one entity, and no others', async () => {
    const { cache, users } = await threeStored()
    const load = () => null
    const others = cache.entity({ name: 'other', schema: User, load, absentTtlMs: 1000 })
    const absentees = cache.entity({ name: 'absent', schema: User, load, absentTtlMs: 1000 })
    await Promise.all([others.get('ada'), absentees.get('ada')])
    await users.forgetAll()
    await absentees.forgetAll()
    assert.deepEqual([storedIds(users), storedIds(others), storedIds(absentees)], [[], ['ada'], []])
  })
})
