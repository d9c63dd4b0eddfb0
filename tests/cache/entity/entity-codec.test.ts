/** Entities in a remote tier: other processes, damaged bytes, codecs and schema versions. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as z from 'zod'
import type { CacheOptions } from '../../../src/cache/cache.ts'
import { createCache } from '../../../src/cache/create-cache.ts'
import type { Entity } from '../../../src/cache/entity/entity.ts'
import type { CacheEvent } from '../../../src/cache/events.ts'
import type { Codec } from '../../../src/cache/values/codec.ts'
import { fakeRemoteStore } from '../../support/fake-remote-store.ts'
import { flush } from '../../support/test-cache.ts'
import { database, User } from './users.ts'

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
    entryNames: () => [...remote.entries.keys()],
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
    assert.deepEqual(entryNames(), ['hitrate: user:ada 4.3', 'hitrate: user:absent 4.3'])
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

  const damaged: [
    description: string,
    change: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>,
    result: string,
  ][] = [
    ['foreign', () => new TextEncoder().encode('{"id":"ada","name":"Mallory"}'), 'corrupt'],
    ['empty', () => new Uint8Array(), 'corrupt'],
    ['truncated', (bytes) => bytes.slice(0, -1), 'corrupt'],
    ['damaged', (bytes) => bytes.map((byte, i) => (i === bytes.length - 5 ? byte ^ 1 : byte)), 'corrupt'],
    ['in another format', (bytes) => bytes.map((byte, i) => (i === 2 ? 0x33 : byte)), 'outdated'],
  ]
  for (const [description, change, result] of damaged) {
    it(`an entry that is ${description} is a miss, is replaced and is counted`, async () => {
      const { start, entries, entryNames, operations } = processes()
      const options = { name: 'user', schema: User, load: database().find }
      await start().entity(options).get('ada')
      await flush()
      const [name = ''] = entryNames()
      const entry = entries.get(name) ?? assert.fail('nothing is stored')
      entry.bytes = change(entry.bytes)
      operations()
      const reader = start().entity(options)
      const { value, outcome } = await reader.read('ada')
      await flush()
      assert.deepEqual([value?.name, outcome], ['Ada', 'miss'])
      assert.deepEqual(operations(), [`get ${result}`, 'get miss', 'set ok'])
      assert.equal((await start().entity(options).read('ada')).tier, 'remote')
    })
  }

  it('an entry that does not fit the schema is a miss, is replaced and is counted', async () => {
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
    assert.deepEqual(operations(), ['get corrupt', 'get miss', 'set ok'])
  })

  it('an entry of another schema version under the same key is a miss', async () => {
    const { start, entries, entryNames, operations } = processes()
    const options = { name: 'user', schema: User, load: database().find }
    await start().entity(options).get('ada')
    await flush()
    const [name = ''] = entryNames()
    entries.set('hitrate: user:ada 4.2', entries.get(name) ?? assert.fail('nothing is stored'))
    operations()
    const { outcome } = await start()
      .entity({ ...options, version: 2 })
      .read('ada')
    await flush()
    assert.equal(outcome, 'miss')
    assert.deepEqual(operations(), ['get outdated', 'get miss', 'set ok'])
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
    assert.deepEqual(operations(), ['get miss', 'set refused', 'release ok'])
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
    assert.ok(!operations().some((operation) => /invalidate|corrupt|outdated/.test(operation)))
  })

  const changes = [
    ['forgets the id', (users: Entity<never, never, string>) => users.forget('ada')],
    ['forgets all', (users: Entity<never, never, string>) => users.forgetAll()],
    ['puts the absence', (users: Entity<never, never, string>) => users.put('ada', null)],
  ] as const
  for (const [action, change] of changes) {
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
