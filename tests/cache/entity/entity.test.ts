import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as z from 'zod'
import type { Cache, CacheOptions } from '../../../src/cache/cache.ts'
import type { Codec } from '../../../src/cache/codec.ts'
import { createCache } from '../../../src/cache/create-cache.ts'
import type { Entity, InvalidEntityError } from '../../../src/cache/entity/entity.ts'
import type { StandardResult, StandardSchema } from '../../../src/cache/entity/standard-schema.ts'
import type { CacheEvent } from '../../../src/cache/events.ts'
import { loaded } from '../../../src/cache/lifetime.ts'
import { fakeRemoteStore } from '../../support/fake-remote-store.ts'
import { flush, manualLoader, testCache } from '../../support/test-cache.ts'

const User = z.object({ id: z.string(), name: z.string(), role: z.string().default('guest') })
type User = z.output<typeof User>

/** Rows by id, and the ids of each query. */
function database(rows: Record<string, z.input<typeof User>> = { ada: { id: 'ada', name: 'Ada' } }) {
  const asked: string[] = []
  return {
    rows,
    asked,
    find(id: string) {
      asked.push(id)
      return Promise.resolve(rows[id] ?? null)
    },
    findMany(ids: readonly string[]) {
      asked.push(ids.join('+'))
      const found = ids.flatMap((id) => rows[id] ?? []).reverse() // in any order, as a database returns them
      return Promise.resolve(new Map(found.map((row) => [row.id, row])))
    },
  }
}

describe('an entity', () => {
  it('an entity is loaded once, validated and stored', async () => {
    const { cache, transcript } = testCache()
    const db = database()
    const users = cache.entity({ name: 'user', schema: User, load: db.find, ttlMs: 1000 })
    assert.deepEqual(await users.get('ada'), { id: 'ada', name: 'Ada', role: 'guest' })
    assert.equal(await users.get('ada'), users.lookup('ada')?.value)
    assert.deepEqual(db.asked, ['ada'])
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
    const boom = new Error('boom')
    const users = testCache().cache.entity({
      name: 'user',
      schema: User,
      load: () => Promise.reject(boom),
      loadMany: () => Promise.reject(boom),
    })
    await assert.rejects(users.get('ada'), (error) => error === boom)
    await assert.rejects(users.getMany(['ada', 'grace']), (error) => error === boom)
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
    assert.deepEqual(db.asked, ['grace+absent+ada'])
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
    assert.deepEqual(db.asked, ['ada', 'grace+absent'])
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
    assert.deepEqual(db.asked, ['ada', 'grace', 'ada', 'grace', 'ada+grace'])
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
    assert.equal(await users.put('ada', { id: 'ada', name: 'Ada' }), true)
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
    assert.equal(await users.put('ada', null), true)
    assert.equal(await users.get('ada'), null)
    assert.equal(store.peek(users.key('ada'))?.negative, true)
    const withoutAbsences = cache.entity({ name: 'withoutAbsences', schema: User, load: database().find })
    await withoutAbsences.get('ada')
    assert.equal(await withoutAbsences.put('ada', null), false)
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
    assert.deepEqual([await users.forget('ada'), await users.forget('ada')], [true, false])
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

describe('the declaration of an entity', () => {
  const options = { name: 'user', schema: User, load: database().find }
  const wrong: [description: string, options: object, message: string][] = [
    ['without a name', { name: '' }, 'an entity needs a name: a string of at least one character, got ""'],
    ['without a schema', { schema: undefined }, 'entity user: schema must be a Standard Schema of version 1'],
    [
      'with a schema of another kind',
      { schema: () => true },
      'entity user: schema must be a Standard Schema of version 1',
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

/** Processes with memory of their own that share one remote tier. */
function processes() {
  const remote = fakeRemoteStore()
  const clock = { now: 1_800_000_000_000 }
  const events: CacheEvent[] = []
  const onEvent = (event: CacheEvent) => events.push(event)
  const options: CacheOptions = { remote, now: () => clock.now, onEvent }
  return {
    entries: remote.entries,
    clock,
    start: () => createCache(options),
    entryNames: () => [...remote.entries.keys()].filter((key) => key.startsWith('hitrate::e')),
    /** The operations of the remote tier since the last call. */
    operations: () =>
      events
        .splice(0)
        .flatMap((event) =>
          event.type === 'tier' && event.tier === 'remote' ? [`${event.operation} ${event.result}`] : [],
        ),
  }
}

describe('an entity in a remote tier', () => {
  it('a value or an absence that one process loaded is read by another', async () => {
    const { start, entryNames } = processes()
    const options = { name: 'user', schema: User, version: 3, absentTtlMs: 1000 }
    const one = start().entity({ ...options, load: database().find })
    await one.getMany(['ada', 'absent'])
    await flush()
    assert.deepEqual(entryNames(), ['hitrate::e3.3:user:ada', 'hitrate::e3.3:user:absent'])
    const two = start().entity({ ...options, load: () => assert.fail('the value is stored') })
    const { value, tier } = await two.read('ada')
    assert.deepEqual([value, tier], [{ id: 'ada', name: 'Ada', role: 'guest' }, 'remote'])
    assert.equal(await two.get('absent'), null)
  })

  it('a value is in the remote tier after put, and not after forget', async () => {
    const { start } = processes()
    const options = { name: 'user', schema: User, load: () => null }
    const [one, two, three] = [start(), start(), start()].map((cache) => cache.entity(options))
    await one?.put('ada', { id: 'ada', name: 'Ada' })
    assert.equal((await two?.get('ada'))?.name, 'Ada')
    await one?.forget('ada')
    assert.equal(await three?.get('ada'), null)
  })

  const damaged: [description: string, change: (bytes: Uint8Array) => Uint8Array, result: string][] = [
    ['foreign', () => new TextEncoder().encode('{"id":"ada","name":"Mallory"}'), 'corrupt'],
    ['empty', () => new Uint8Array(), 'corrupt'],
    ['truncated', (bytes) => bytes.slice(0, -1), 'corrupt'],
    ['damaged', (bytes) => bytes.map((byte, i) => (i === bytes.length - 5 ? byte ^ 1 : byte)), 'corrupt'],
    ['in another format', (bytes) => bytes.map((byte, i) => (i === 2 ? 1 : byte)), 'outdated'],
  ]
  for (const [description, change, result] of damaged) {
    it(`an entry that is ${description} is a miss, is removed and is counted`, async () => {
      const { start, entries, entryNames, operations } = processes()
      const options = { name: 'user', schema: User, load: database().find }
      await start().entity(options).get('ada')
      await flush()
      const [name = ''] = entryNames()
      entries.set(name, change(entries.get(name) ?? assert.fail('nothing is stored')))
      operations()
      const reader = start().entity(options)
      const { value, outcome } = await reader.read('ada')
      await flush()
      assert.deepEqual([value?.name, outcome], ['Ada', 'miss'])
      assert.deepEqual(operations(), [`get ${result}`, 'delete ok', 'set ok'])
      assert.equal((await start().entity(options).read('ada')).tier, 'remote')
    })
  }

  it('an entry that does not fit the schema is a miss, is removed and is counted', async () => {
    const { start, operations } = processes()
    const lax = z.object({ id: z.string() })
    await start()
      .entity({ name: 'user', schema: lax, load: (id) => ({ id }) })
      .get('ada')
    await flush()
    operations()
    const { outcome } = await start()
      .entity({ name: 'user', schema: User, load: database().find })
      .read('ada')
    await flush()
    assert.equal(outcome, 'miss')
    assert.deepEqual(operations(), ['get corrupt', 'delete ok', 'set ok'])
  })

  it('an entry of another schema version under the same key is a miss', async () => {
    const { start, entries, entryNames, operations } = processes()
    const options = { name: 'user', schema: User, load: database().find }
    await start().entity(options).get('ada')
    await flush()
    const [name = ''] = entryNames()
    entries.set('hitrate::e3.2:user:ada', entries.get(name) ?? assert.fail('nothing is stored'))
    operations()
    const { outcome } = await start()
      .entity({ ...options, version: 2 })
      .read('ada')
    await flush()
    assert.equal(outcome, 'miss')
    assert.deepEqual(operations(), ['get outdated', 'delete ok', 'set ok'])
  })

  it('an entry is validated by the schema of its reader, which adds its defaults', async () => {
    const { start } = processes()
    const load = (id: string) => ({ id, name: 'Ada', role: 'admin' })
    await start().entity({ name: 'user', schema: User, load }).get('ada')
    await flush()
    const schema = User.extend({ since: z.number().default(1815) })
    const ada = await start()
      .entity({ name: 'user', schema, load: () => assert.fail('the value is stored') })
      .get('ada')
    assert.deepEqual(ada, { id: 'ada', name: 'Ada', role: 'admin', since: 1815 })
  })

  it('a value is encoded by the codec of its entity', async () => {
    const { start } = processes()
    const codec: Codec<{ at: Date }> = {
      encode: ({ at }) => new Uint8Array(new Float64Array([at.getTime()]).buffer),
      decode: (bytes) => ({ at: new Date(new Float64Array(bytes.buffer)[0] ?? 0) }),
    }
    const options = { name: 'event', schema: z.object({ at: z.date() }), codec }
    const at = new Date(0)
    await start()
      .entity({ ...options, load: () => ({ at }) })
      .get('x')
    await flush()
    assert.deepEqual(
      await start()
        .entity({ ...options, load: () => assert.fail('the value is stored') })
        .get('x'),
      { at },
    )
  })

  it('a value that its codec encodes as no bytes is not stored, because no bytes stand for an absence', async () => {
    const { start, operations } = processes()
    const codec: Codec<string> = { encode: () => new Uint8Array(), decode: () => '' }
    const options = { name: 'text', schema: z.string(), codec, load: () => '' }
    assert.equal(await start().entity(options).get('x'), '')
    await flush()
    assert.deepEqual(operations(), ['get miss', 'set refused'])
  })
})

describe('two versions of an entity', () => {
  const V1 = z.object({ name: z.string() })
  const V2 = z.object({ first: z.string(), last: z.string() })

  function deployments() {
    const stores = processes()
    const loads = { v1: 0, v2: 0 }
    const v1 = () =>
      stores
        .start()
        .entity({ name: 'user', schema: V1, version: 1, load: () => ({ name: `Ada ${++loads.v1}` }) })
    const v2 = () =>
      stores.start().entity({
        name: 'user',
        schema: V2,
        version: 2,
        load: () => ({ first: 'Ada', last: `${++loads.v2}` }),
      })
    return { ...stores, loads, v1, v2 }
  }

  it('two versions neither read nor remove the entries of each other', async () => {
    const { v1, v2, loads, operations } = deployments()
    for (let round = 0; round < 3; round++) {
      assert.deepEqual(await v1().get('ada'), { name: 'Ada 1' })
      await flush()
      assert.deepEqual(await v2().get('ada'), { first: 'Ada', last: '1' })
      await flush()
    }
    assert.deepEqual(loads, { v1: 1, v2: 1 })
    assert.ok(!operations().some((operation) => /delete|corrupt|outdated/.test(operation)))
  })

  const ways = [
    ['forgets the id', (users: Entity<never, never, string>) => users.forget('ada')],
    ['forgets all', (users: Entity<never, never, string>) => users.forgetAll()],
    ['puts the absence', (users: Entity<never, never, string>) => users.put('ada', null)],
  ] as const
  for (const [action, change] of ways) {
    it(`a version that ${action} removes the value of both versions`, async () => {
      const { v1, v2, loads, clock } = deployments()
      await v1().get('ada')
      await v2().get('ada')
      await flush()
      clock.now += 5000
      await change(v2() as Entity<never, never, string>)
      clock.now += 5000
      assert.deepEqual(await v1().get('ada'), { name: 'Ada 2' })
      assert.equal(loads.v1, 2)
    })
  }
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

function standard<T>(
  validate: (value: unknown) => StandardResult<T> | Promise<StandardResult<T>>,
): StandardSchema<T> {
  return { '~standard': { version: 1, vendor: 'tests', validate } }
}
