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
import type { RemoteStore } from '../../../src/stores/store.ts'
import { flush, source, testCache } from '../../support/test-cache.ts'

const User = z.object({ id: z.string(), name: z.string(), role: z.string().default('guest') })
type User = z.output<typeof User>

/** Rows by id, and what was asked for. */
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
      const found = ids.flatMap((id) => rows[id] ?? []).reverse() // in no order, as a database gives them
      return Promise.resolve(new Map(found.map((row) => [row.id, row])))
    },
  }
}

describe('an entity', () => {
  it('is loaded once, checked, and then kept', async () => {
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

  it('says how it was read, too', async () => {
    const { cache, pass } = testCache()
    const users = cache.entity({ name: 'user', schema: User, load: database().find, ttlMs: 1000 })
    const { value, ...how } = await users.read('ada')
    assert.deepEqual(how, { outcome: 'miss', ageMs: 0, expiresInMs: 1000, kept: true })
    pass(100)
    const again = await users.read('ada')
    assert.deepEqual([again.outcome, again.tier, again.ageMs], ['hit', 'memory', 100])
    assert.equal(again.value, value)
  })

  it('is shared by those who ask while it is loaded', async () => {
    const { cache, counted } = testCache()
    const rows = source<User>()
    const users = cache.entity({ name: 'user', schema: User, load: (_id, context) => rows.load(context) })
    const reads = [users.get('ada'), users.get('ada'), users.getMany(['ada', 'ada'])]
    await flush()
    rows.nth(1).answer({ id: 'ada', name: 'Ada', role: 'admin' })
    await Promise.all(reads)
    assert.equal(rows.begun, 1)
    assert.deepEqual(counted(), ['miss', 'coalesced', 'coalesced'])
  })

  it('has one key for each id, and none of another entity', async () => {
    const { cache } = testCache()
    const load = (id: string) => ({ id, name: id })
    const a = cache.entity({ name: 'a', schema: User, load })
    const b = cache.entity({ name: 'a:b', schema: User, load })
    assert.deepEqual([a.key('b:c'), b.key('c')], ['a:b~cc', 'a~cb:c'])
    assert.equal((await a.get('b:c'))?.id, 'b:c')
    assert.equal((await b.get('c'))?.id, 'c')
    assert.equal(cache.peek(a.key('b:c'))?.kept, true)
  })

  it('is found by numbers, lists, and whatever `key` makes parts of', async () => {
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

  it('rejects, and asks nobody, for an id of which no key can be made', async () => {
    const { cache, events } = testCache()
    const load = () => assert.fail('asked')
    const byNumber = cache.entity({ name: 'n', schema: User, load: (_id: number) => load() })
    const byName = cache.entity({ name: 's', schema: User, load })
    await assert.rejects(byNumber.get(Number.NaN), TypeError)
    await assert.rejects(byNumber.getMany([1, Number.NaN]), TypeError)
    await assert.rejects(byNumber.put(Number.NaN, { id: 'n', name: 'n' }), TypeError)
    await assert.rejects(byNumber.forget(Number.NaN), TypeError)
    await assert.rejects(byName.get('x'.repeat(10_000)), TypeError)
    assert.deepEqual(events, [])
  })

  it('takes a loader for one read, and the options of a read', async () => {
    const { cache, pass, counted } = testCache()
    const users = cache.entity({ name: 'user', schema: User, load: database().find, ttlMs: 1000 })
    const load = (id: string) => ({ id, name: 'Lovelace' })
    assert.equal(await users.get('ada', { strategy: 'fresh' }), undefined)
    assert.equal((await users.get('ada', { load, ttlMs: 5000 }))?.name, 'Lovelace')
    pass(4000)
    assert.equal((await users.get('ada'))?.name, 'Lovelace')
    assert.equal((await users.get('ada', { strategy: 'invalidate' }))?.name, 'Ada')
    assert.equal((await users.get('ada', { strategy: 'fresh' }))?.name, 'Ada')
    assert.deepEqual(counted(), ['miss', 'miss', 'hit', 'miss', 'hit'])
  })

  it('lives as long as its entity, the read or the load says, the load before all', async () => {
    const { cache, counted, pass } = testCache()
    const find = (id: string) => loaded({ id, name: 'Ada' }, id === 'short' ? { ttlMs: 10 } : {})
    const options = { ttlMs: 1000, staleWhileRevalidateMs: 500 }
    const users = cache.entity({ name: 'user', schema: User, load: find, ...options })
    assert.equal((await users.read('ada')).expiresInMs, 1000)
    assert.equal((await users.read('short', { ttlMs: 20 })).expiresInMs, 10)
    assert.equal((await users.read('other', { ttlMs: 20 })).expiresInMs, 20)
    pass(1200)
    await users.get('ada')
    assert.deepEqual(counted(), ['miss', 'miss', 'miss', 'stale'])
  })
})

describe('what a load of an entity gives', () => {
  it('reaches nobody when it does not fit the schema, and is not kept', async () => {
    const { cache, counted } = testCache()
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
    assert.deepEqual(counted(), ['error', 'miss'])
  })

  it('gives way to a stale value when it does not fit', async () => {
    const { cache, pass, counted } = testCache()
    const db = database()
    const users = cache.entity({ name: 'user', schema: User, load: db.find, ttlMs: 10, staleIfErrorMs: 1000 })
    await users.get('ada')
    pass(20)
    const load = () => ({ id: 'ada' }) as User
    assert.equal((await users.get('ada', { load }))?.name, 'Ada')
    assert.deepEqual(counted(), ['miss', 'stale'])
  })

  it('may not be undefined: that is reported', async () => {
    const users = testCache().cache.entity({
      name: 'user',
      schema: User,
      // @ts-expect-error null says that there is none
      load: () => undefined,
    })
    await assert.rejects(users.get('ada'), {
      name: 'TypeError',
      message: 'entity user: load must return a value or null, got undefined',
    })
  })

  it('is an error that reaches its readers untouched', async () => {
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

  it('is refused when the schema cannot check it at once', async () => {
    const { cache } = testCache()
    const schema = User.refine(async () => true)
    const users = cache.entity({ name: 'user', schema, load: database().find })
    await assert.rejects(users.get('ada'), {
      name: 'TypeError',
      message: 'entity user: schema must validate synchronously, and without throwing; got a promise',
    })
    const rejecting = cache.entity({
      name: 'rejecting',
      schema: standard<User>(() => Promise.reject(new Error('nobody handles this'))),
      load: () => ({ id: 'ada', name: 'Ada', role: 'guest' }),
    })
    await assert.rejects(rejecting.get('ada'), TypeError)
    await new Promise((resolve) => setTimeout(resolve, 0)) // when a runtime tells of promises nobody handled
  })

  it('is checked by any Standard Schema', async () => {
    const { cache } = testCache()
    const schema = standard<number>((value) =>
      Number.isInteger(value)
        ? { value: value as number }
        : { issues: [{ message: 'no whole number', path: [{ key: 'a' }, 0] }, { message: 'again' }] },
    )
    const sizes = cache.entity({ name: 'size', schema, load: (id) => Number(id) })
    assert.equal(await sizes.get('0'), 0)
    await assert.rejects(sizes.get('1.5'), {
      message: 'entity size does not fit its schema: a.0: no whole number; again',
    })
  })
})

describe('an entity that is not there', () => {
  it('is null, and asked for again', async () => {
    const { cache, counted } = testCache()
    const db = database({})
    const users = cache.entity({
      name: 'user',
      schema: User,
      load: db.find,
      ttlMs: 1000,
      staleIfErrorMs: 1000,
    })
    assert.deepEqual([await users.get('nobody'), await users.get('nobody')], [null, null])
    assert.deepEqual(counted(), ['miss', 'miss'])
  })

  it('is kept for as long as the entity says, and not used stale', async () => {
    const { cache, pass, counted, store } = testCache()
    const db = database({})
    const lifetime = { ttlMs: 1000, absentTtlMs: 50, staleWhileRevalidateMs: 1000, staleIfErrorMs: 1000 }
    const users = cache.entity({ name: 'user', schema: User, load: db.find, ...lifetime })
    assert.equal((await users.read('nobody', { ttlMs: 7000 })).expiresInMs, 50)
    assert.equal(await users.get('nobody'), null)
    assert.equal(store.peek(users.key('nobody'))?.negative, true)
    pass(60)
    assert.equal(await users.get('nobody'), null)
    assert.deepEqual(counted(), ['miss', 'hit', 'miss'])
  })

  it('ends the value that was kept before', async () => {
    const { cache } = testCache()
    const db = database()
    const users = cache.entity({ name: 'user', schema: User, load: db.find })
    await users.get('ada')
    delete db.rows.ada
    assert.equal(await users.get('ada', { strategy: 'invalidate' }), null)
    assert.equal(users.has('ada'), false)
  })
})

describe('many entities', () => {
  it('come in the order of their ids, null where there is none, whatever order they are loaded in', async () => {
    const { cache } = testCache()
    const db = database({ ada: { id: 'ada', name: 'Ada' }, grace: { id: 'grace', name: 'Grace' } })
    const users = cache.entity({ name: 'user', schema: User, load: db.find, loadMany: db.findMany })
    const names = (await users.getMany(['grace', 'nobody', 'ada', 'grace'])).map((user) => user?.name)
    assert.deepEqual(names, ['Grace', undefined, 'Ada', 'Grace'])
    assert.deepEqual(db.asked, ['grace+nobody+ada'])
  })

  it('are loaded in one call as far as they are missing, and each counted as one read', async () => {
    const { cache, counted } = testCache()
    const db = database({ ada: { id: 'ada', name: 'Ada' }, grace: { id: 'grace', name: 'Grace' } })
    const users = cache.entity({
      name: 'user',
      schema: User,
      load: db.find,
      loadMany: db.findMany,
      absentTtlMs: 1000,
    })
    await users.get('ada')
    const reads = await users.readMany(['ada', 'grace', 'nobody'])
    assert.deepEqual(
      reads.map(({ outcome }) => outcome),
      ['hit', 'miss', 'miss'],
    )
    assert.deepEqual(db.asked, ['ada', 'grace+nobody'])
    await users.getMany(['nobody', 'grace'])
    assert.deepEqual(counted(), ['miss', 'hit', 'miss', 'miss', 'hit', 'hit'])
    assert.deepEqual(await users.getMany([]), [])
  })

  it('are loaded one by one where there is no load of many, or one is given for this read', async () => {
    const { cache } = testCache()
    const db = database()
    const single = cache.entity({ name: 'single', schema: User, load: db.find })
    await single.getMany(['ada', 'grace'])
    const many = cache.entity({ name: 'many', schema: User, load: db.find, loadMany: db.findMany })
    await many.getMany(['ada', 'grace'], { load: db.find })
    await single.getMany(['ada', 'grace'], { loadMany: db.findMany, strategy: 'invalidate' })
    assert.deepEqual(db.asked, ['ada', 'grace', 'ada', 'grace', 'ada+grace'])
  })

  it('are kept also where another of them does not fit, which is a failed load', async () => {
    const { cache, counted } = testCache()
    const rows = new Map<string, unknown>([
      ['ada', { id: 'ada', name: 'Ada' }],
      ['grace', { id: 'grace', name: 7 }],
    ])
    const loadMany = () => rows as Map<string, { id: string; name: string }>
    const users = cache.entity({
      name: 'user',
      schema: User,
      load: () => assert.fail('not one by one'),
      loadMany,
    })
    await assert.rejects(users.getMany(['ada', 'grace']), { name: 'InvalidEntityError', entity: 'user' })
    assert.deepEqual([users.has('ada'), users.has('grace')], [true, false])
    assert.deepEqual(counted(), ['miss', 'error'])
    rows.set('grace', { id: 'grace', name: 'Grace' })
    assert.deepEqual(
      (await users.getMany(['ada', 'grace'])).map((user) => user?.name),
      ['Ada', 'Grace'],
    )
  })

  it('must be given by id: a list of rows says nothing of which is which', async () => {
    const users = testCache().cache.entity({
      name: 'user',
      schema: User,
      load: database().find,
      // @ts-expect-error rows, in any order
      loadMany: () => [{ id: 'ada', name: 'Ada' }],
    })
    await assert.rejects(users.getMany(['ada']), {
      name: 'TypeError',
      message: 'entity user: loadMany must return a Map from ids to values, got an array',
    })
  })

  it('stop their load when nobody waits for any of them', async () => {
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
    const leaving = new AbortController()
    const reads = users.getMany(['ada', 'grace'], { signal: leaving.signal })
    await flush()
    assert.equal(signal?.aborted, false)
    leaving.abort(new Error('left'))
    await assert.rejects(reads, { message: 'left' })
    assert.equal(signal?.aborted, true)
  })
})

describe('putting an entity', () => {
  it('keeps what was written, checked, as long as the entity says', async () => {
    const { cache } = testCache()
    const users = cache.entity({ name: 'user', schema: User, load: () => assert.fail('kept'), ttlMs: 1000 })
    assert.equal(await users.put('ada', { id: 'ada', name: 'Ada' }), true)
    const { value, expiresInMs } = await users.read('ada')
    assert.deepEqual([value, expiresInMs], [{ id: 'ada', name: 'Ada', role: 'guest' }, 1000])
    await users.put('ada', { id: 'ada', name: 'Ada' }, { ttlMs: 5 })
    assert.equal(users.lookup('ada')?.expiresInMs, 5)
  })

  it('holds at the call', () => {
    const { cache } = testCache()
    const users = cache.entity({ name: 'user', schema: User, load: database().find })
    users.put('ada', { id: 'ada', name: 'Ada' })
    assert.equal(users.lookup('ada')?.value?.name, 'Ada')
  })

  it('that does not fit rejects, and what was kept before is over all the same', async () => {
    const { cache } = testCache()
    const db = database()
    const users = cache.entity({ name: 'user', schema: User, load: db.find })
    await users.get('ada')
    // @ts-expect-error it has no name
    const put = users.put('ada', { id: 'ada' })
    assert.equal(users.has('ada'), false)
    await assert.rejects(put, { name: 'InvalidEntityError' })
  })

  it('of null says that it is gone', async () => {
    const { cache, store } = testCache()
    const absent = { absentTtlMs: 1000 }
    const users = cache.entity({ name: 'user', schema: User, load: database().find, ...absent })
    await users.get('ada')
    assert.equal(await users.put('ada', null), true)
    assert.equal(await users.get('ada'), null)
    assert.equal(store.peek(users.key('ada'))?.negative, true)
    const forgetful = cache.entity({ name: 'forgetful', schema: User, load: database().find })
    await forgetful.get('ada')
    assert.equal(await forgetful.put('ada', null), false)
    assert.equal(forgetful.has('ada'), false)
  })
})

describe('forgetting entities', () => {
  async function kept(): Promise<{ cache: Cache; users: Entity<z.input<typeof User>, User, string> }> {
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
  const left = (users: Pick<Entity<unknown, unknown, string>, 'has'>) =>
    ['ada', 'grace', 'alan'].filter((id) => users.has(id))

  it('one by one, or several', async () => {
    const { users } = await kept()
    assert.deepEqual([await users.forget('ada'), await users.forget('ada')], [true, false])
    assert.deepEqual(left(users), ['grace', 'alan'])
    await users.forgetMany(['grace', 'alan'])
    assert.deepEqual(left(users), [])
  })

  it('by the tags of their values', async () => {
    const { cache, users } = await kept()
    await cache.invalidateTags(['guest'])
    assert.deepEqual(left(users), ['ada'])
    await cache.invalidateTags(['is:ada'])
    assert.deepEqual(left(users), [])
  })

  it('by the tags that their load or put gave', async () => {
    const { cache } = testCache()
    const load = (id: string) => loaded({ id, name: id }, { tags: ['loaded'] })
    const users = cache.entity({ name: 'user', schema: User, load, tags: ({ role }) => [role] })
    await Promise.all([
      users.get('ada'),
      users.put('grace', { id: 'grace', name: 'Grace' }, { tags: ['put'] }),
    ])
    assert.deepEqual(left(users), ['ada', 'grace'])
    await cache.invalidateTags(['put'])
    assert.deepEqual(left(users), ['ada'])
    await cache.invalidateTags(['loaded'])
    assert.deepEqual(left(users), [])
    await Promise.all([
      users.get('ada'),
      users.put('grace', { id: 'grace', name: 'Grace' }, { tags: ['put'] }),
    ])
    await cache.invalidateTags(['guest'])
    assert.deepEqual(left(users), [])
  })

  it('all of one name, absences too, and no others', async () => {
    const { cache, users } = await kept()
    const load = () => null
    const others = cache.entity({ name: 'other', schema: User, load, absentTtlMs: 1000 })
    const nobodies = cache.entity({ name: 'nobody', schema: User, load, absentTtlMs: 1000 })
    await Promise.all([others.get('ada'), nobodies.get('ada')])
    await users.forgetAll()
    await nobodies.forgetAll()
    assert.deepEqual([left(users), left(others), left(nobodies)], [[], ['ada'], []])
  })
})

describe('an entity that is declared wrongly', () => {
  const options = { name: 'user', schema: User, load: database().find }
  const wrong: [what: string, options: object, complaint: string][] = [
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
  for (const [what, change, message] of wrong) {
    it(`throws: ${what}`, () => {
      const { cache } = testCache()
      assert.throws(() => cache.entity({ ...options, ...change }), { name: 'TypeError', message })
      cache.entity(options) // the name is free still
    })
  }

  it('throws when its name is taken in this cache', () => {
    const { cache } = testCache()
    cache.entity(options)
    assert.throws(() => cache.entity(options), {
      name: 'TypeError',
      message: 'cache hitrate: an entity named user exists already',
    })
    testCache().cache.entity(options)
  })
})

/** Processes with a memory of their own, before one remote tier. */
function processes() {
  const kept = new Map<string, Uint8Array>()
  const clock = { now: 1_800_000_000_000 }
  const store: RemoteStore = {
    name: 'map',
    get: async (key) => kept.get(key),
    getMany: async (keys) => keys.map((key) => kept.get(key)),
    set: async (key, bytes) => void kept.set(key, bytes),
    delete: async (key) => void kept.delete(key),
    ping: async () => {},
  }
  const events: CacheEvent[] = []
  const onEvent = (event: CacheEvent) => events.push(event)
  const options: CacheOptions = { remote: store, now: () => clock.now, onEvent }
  return {
    kept,
    clock,
    start: () => createCache(options),
    entries: () => [...kept.keys()].filter((key) => key.startsWith('hitrate::e')),
    /** What the remote tier was asked since the last time. */
    asked: () =>
      events
        .splice(0)
        .flatMap((event) =>
          event.type === 'tier' && event.tier === 'remote' ? [`${event.operation} ${event.result}`] : [],
        ),
  }
}

describe('an entity in a remote tier', () => {
  it('is what another process reads, absences too', async () => {
    const { start, entries } = processes()
    const options = { name: 'user', schema: User, version: 3, absentTtlMs: 1000 }
    const one = start().entity({ ...options, load: database().find })
    await one.getMany(['ada', 'nobody'])
    await flush()
    assert.deepEqual(entries(), ['hitrate::e3.3:user:ada', 'hitrate::e3.3:user:nobody'])
    const two = start().entity({ ...options, load: () => assert.fail('kept') })
    const { value, tier } = await two.read('ada')
    assert.deepEqual([value, tier], [{ id: 'ada', name: 'Ada', role: 'guest' }, 'remote'])
    assert.equal(await two.get('nobody'), null)
  })

  it('is there after a put, and not after it was forgotten', async () => {
    const { start } = processes()
    const options = { name: 'user', schema: User, load: () => null }
    const [one, two, three] = [start(), start(), start()].map((cache) => cache.entity(options))
    await one?.put('ada', { id: 'ada', name: 'Ada' })
    assert.equal((await two?.get('ada'))?.name, 'Ada')
    await one?.forget('ada')
    assert.equal(await three?.get('ada'), null)
  })

  const damaged: [what: string, change: (bytes: Uint8Array) => Uint8Array, result: string][] = [
    ['foreign', () => new TextEncoder().encode('{"id":"ada","name":"Mallory"}'), 'corrupt'],
    ['empty', () => new Uint8Array(), 'corrupt'],
    ['cut', (bytes) => bytes.slice(0, -1), 'corrupt'],
    ['damaged', (bytes) => bytes.map((byte, i) => (i === bytes.length - 5 ? byte ^ 1 : byte)), 'corrupt'],
    ['of another form', (bytes) => bytes.map((byte, i) => (i === 2 ? 1 : byte)), 'outdated'],
  ]
  for (const [what, change, result] of damaged) {
    it(`is a miss, removed and counted, when it is ${what}`, async () => {
      const { start, kept, entries, asked } = processes()
      const options = { name: 'user', schema: User, load: database().find }
      await start().entity(options).get('ada')
      await flush()
      const [name = ''] = entries()
      kept.set(name, change(kept.get(name) ?? assert.fail('not kept')))
      asked()
      const reader = start().entity(options)
      const { value, outcome } = await reader.read('ada')
      await flush()
      assert.deepEqual([value?.name, outcome], ['Ada', 'miss'])
      assert.deepEqual(asked(), [`get ${result}`, 'delete ok', 'set ok'])
      assert.equal((await start().entity(options).read('ada')).tier, 'remote')
    })
  }

  it('is a miss, removed and counted, when its value does not fit the schema', async () => {
    const { start, asked } = processes()
    const lax = z.object({ id: z.string() })
    await start()
      .entity({ name: 'user', schema: lax, load: (id) => ({ id }) })
      .get('ada')
    await flush()
    asked()
    const { outcome } = await start()
      .entity({ name: 'user', schema: User, load: database().find })
      .read('ada')
    await flush()
    assert.equal(outcome, 'miss')
    assert.deepEqual(asked(), ['get corrupt', 'delete ok', 'set ok'])
  })

  it('is a miss where a schema of another version stands under its name', async () => {
    const { start, kept, entries, asked } = processes()
    const options = { name: 'user', schema: User, load: database().find }
    await start().entity(options).get('ada')
    await flush()
    const [name = ''] = entries()
    kept.set('hitrate::e3.2:user:ada', kept.get(name) ?? assert.fail('not kept'))
    asked()
    const { outcome } = await start()
      .entity({ ...options, version: 2 })
      .read('ada')
    await flush()
    assert.equal(outcome, 'miss')
    assert.deepEqual(asked(), ['get outdated', 'delete ok', 'set ok'])
  })

  it('is checked anew with the schema: what it adds is there', async () => {
    const { start } = processes()
    const load = (id: string) => ({ id, name: 'Ada', role: 'admin' })
    await start().entity({ name: 'user', schema: User, load }).get('ada')
    await flush()
    const schema = User.extend({ since: z.number().default(1815) })
    const ada = await start()
      .entity({ name: 'user', schema, load: () => assert.fail('kept') })
      .get('ada')
    assert.deepEqual(ada, { id: 'ada', name: 'Ada', role: 'admin', since: 1815 })
  })

  it('becomes bytes by the codec of the entity', async () => {
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
        .entity({ ...options, load: () => assert.fail('kept') })
        .get('x'),
      { at },
    )
  })

  it('is not kept there when its codec makes no bytes of it: none say that there is none', async () => {
    const { start, asked } = processes()
    const codec: Codec<string> = { encode: () => new Uint8Array(), decode: () => '' }
    const options = { name: 'text', schema: z.string(), codec, load: () => '' }
    assert.equal(await start().entity(options).get('x'), '')
    await flush()
    assert.deepEqual(asked(), ['get miss', 'set refused'])
  })
})

describe('two versions of an entity side by side', () => {
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

  it('neither read nor remove what the other keeps', async () => {
    const { v1, v2, loads, asked } = deployments()
    for (let round = 0; round < 3; round++) {
      assert.deepEqual(await v1().get('ada'), { name: 'Ada 1' })
      await flush()
      assert.deepEqual(await v2().get('ada'), { first: 'Ada', last: '1' })
      await flush()
    }
    assert.deepEqual(loads, { v1: 1, v2: 1 })
    assert.ok(!asked().some((operation) => /delete|corrupt|outdated/.test(operation)))
  })

  const ways = [
    ['forgets', (users: Entity<never, never, string>) => users.forget('ada')],
    ['forgets all', (users: Entity<never, never, string>) => users.forgetAll()],
    ['puts', (users: Entity<never, never, string>) => users.put('ada', null)],
  ] as const
  for (const [what, change] of ways) {
    it(`what one ${what} is over for both`, async () => {
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
  it('flow from its schema and its loader', async () => {
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
    const kept: User | null | undefined = await users.get(1, { strategy: 'fresh' })
    assert.equal(user, kept)
    assert.equal(many.length, 2)
    // tsc is who tests this.
    const mistakes = [
      // @ts-expect-error there may be none
      (): Promise<User> => users.get(1),
      // @ts-expect-error nothing may be kept
      (): Promise<User | null> => users.get(1, { strategy: 'fresh' }),
      // @ts-expect-error ids are numbers
      () => users.get('1'),
      // @ts-expect-error ids are numbers
      () => users.forgetMany(['1']),
      // @ts-expect-error a user has a name
      () => users.put(1, { id: '1' }),
      // @ts-expect-error no one read alone knows the tags
      () => users.get(1, { tags: ['x'] }),
      // @ts-expect-error of many, none is taken from the cache alone
      () => users.getMany([1], { strategy: 'fresh' }),
      // @ts-expect-error the loader gives what the schema takes
      () => cache.entity({ name: 'x', schema: User, load: () => ({ id: 'x' }) }),
      // @ts-expect-error the schema does not take its own output
      () => cache.entity({ name: 'x', schema: z.string().transform(Number), load: () => 'x' }),
      // @ts-expect-error without `key` nothing says what an object is called
      () => cache.entity({ name: 'x', schema: User, load: ({ id }: { id: string }) => ({ id, name: id }) }),
      // @ts-expect-error a signal is of one read
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
