/** Two processes that share a remote tier, each with a cache of its own; and what becomes of reads when the tier breaks. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Cache } from '../../../src/cache/cache.ts'
import type { Codec } from '../../../src/cache/codec.ts'
import { createCache } from '../../../src/cache/create-cache.ts'
import type { CacheEvent } from '../../../src/cache/events.ts'
import { loaded } from '../../../src/cache/lifetime.ts'
import { memoryStore } from '../../../src/stores/memory/store.ts'
import type { RemoteStore } from '../../../src/stores/store.ts'
import { internalRead } from '../../support/test-cache.ts'

/** A store that can be broken: everything it is asked then rejects, or never answers. */
function fakeStore() {
  const kept = new Map<string, Uint8Array>()
  const state: { mode: 'up' | 'down' | 'silent'; asked: string[] } = { mode: 'up', asked: [] }
  async function answer<T>(operation: string, work: () => T): Promise<T> {
    state.asked.push(operation)
    if (state.mode === 'down') throw new Error('connection refused')
    if (state.mode === 'silent') return new Promise<T>(() => {})
    return work()
  }
  const store: RemoteStore = {
    name: 'fake',
    get: (key) => answer('get', () => kept.get(key)),
    getMany: (keys) => answer('getMany', () => keys.map((key) => kept.get(key))),
    set: (key, bytes) => answer('set', () => void kept.set(key, bytes)),
    delete: (key) => answer('delete', () => void kept.delete(key)),
    ping: () => answer('ping', () => {}),
  }
  return { store, kept, state }
}

function setUp({ memory = true, remoteTimeoutMs = 1000 } = {}) {
  const clock = { now: 1_800_000_000_000 }
  const remote = fakeStore()
  const database = { value: 1, loads: 0 }
  const events: CacheEvent[] = []
  const process = (): Cache =>
    createCache({
      ...(memory ? { memory: memoryStore() } : {}),
      remote: remote.store,
      remoteTimeoutMs,
      now: () => clock.now,
      onEvent: (event) => events.push(event),
    })
  const load = () => {
    database.loads++
    return loaded(database.value, { ttlMs: 10_000, staleIfErrorMs: 60_000, tags: ['row'] })
  }
  /** Reads, and says how it ended; waits until the remote tier has what was loaded. */
  async function read(cache: Cache, key = 'row'): Promise<[number, string, string | undefined]> {
    const work: Promise<unknown>[] = []
    const { value, outcome, tier } = await cache.read(key, load, { waitUntil: (w) => work.push(w) })
    await Promise.all(work)
    return [value, outcome, tier]
  }
  return { clock, remote, database, events, process, load, read }
}

describe('a remote tier', () => {
  it('answers a process with what another has loaded, and then its memory does', async () => {
    const { process, read, database } = setUp()
    const [one, two] = [process(), process()]
    assert.deepEqual(await read(one), [1, 'miss', undefined])
    assert.deepEqual(await read(two), [1, 'hit', 'remote'])
    assert.deepEqual(await read(two), [1, 'hit', 'memory'])
    assert.equal(database.loads, 1)
  })

  it('gives those who wait for it a hit too', async () => {
    const { process, load } = setUp()
    await process().write('row', 7, { ttlMs: 10_000 })
    const two = process()
    const reads = await Promise.all([two.read('row', load), two.read('row', load), two.read('row', load)])
    assert.deepEqual(
      reads.map(({ outcome, tier, value }) => [outcome, tier, value]),
      Array(3).fill(['hit', 'remote', 7]),
    )
  })

  it('is not asked by strategies that do not want it, and alone by `fresh`', async () => {
    const { process, load, remote } = setUp()
    const one = process()
    await one.read('row', load, { strategy: 'bypass' })
    await one.read('row', load, { strategy: 'invalidate' })
    assert.deepEqual(
      remote.state.asked.filter((operation) => operation === 'get'),
      [],
    )
    const kept = await process().read('row', load, { strategy: 'fresh' })
    assert.deepEqual([kept.value, kept.outcome, kept.tier], [1, 'hit', 'remote'])
    const nothing = await process().read('other', load, { strategy: 'fresh' })
    assert.deepEqual([nothing.value, nothing.outcome], [undefined, 'miss'])
  })

  it('does not answer a reader who demands something newer', async () => {
    const { process, load, clock, database } = setUp()
    await process().read('row', load)
    clock.now += 5000
    database.value = 2
    const { value, outcome } = await process().read('row', load, { maxAgeMs: 1000 })
    assert.deepEqual([value, outcome], [2, 'miss'])
  })

  for (const [name, invalidate] of [
    ['its key', (cache: Cache) => cache.delete('row')],
    ['its tag', (cache: Cache) => cache.invalidateTags(['row'])],
    ['everything', (cache: Cache) => cache.clear()],
  ] as const) {
    it(`never gives another process what was loaded before ${name} was invalidated`, async () => {
      const { process, read, database, clock } = setUp()
      const [one, two, three] = [process(), process(), process()]
      await read(one)
      clock.now += 5000
      database.value = 2
      await invalidate(two)
      clock.now += 2000
      assert.deepEqual(await read(three), [2, 'miss', undefined])
      assert.deepEqual(
        await read(process()),
        [2, 'hit', 'remote'],
        'what was loaded afterwards is shared again',
      )
    })

    it(`holds in its own process at once, before the tier knows that ${name} was invalidated`, async () => {
      const { process, read, database, remote } = setUp({ memory: false })
      const one = process()
      await read(one)
      database.value = 2
      remote.state.mode = 'down'
      await invalidate(one)
      remote.state.mode = 'up'
      assert.deepEqual((await read(one))[0], 2)
    })
  }

  it('tells other processes what was invalidated while it was away, once it is back', async () => {
    const { process, read, database, remote, clock } = setUp()
    const [one, two] = [process(), process()]
    await read(one)
    clock.now += 5000
    database.value = 2
    remote.state.mode = 'down'
    await one.invalidateTags(['row'])
    remote.state.mode = 'up'
    await read(one, 'another key')
    assert.deepEqual(await read(two), [2, 'miss', undefined])
  })

  it('does not keep what was invalidated while it was being loaded', async () => {
    const { process, load, database, read } = setUp()
    const one = process()
    let release = () => {}
    const gate = new Promise<void>((resolve) => {
      release = resolve
    })
    const old = one.read('row', async () => {
      const answer = load()
      await gate
      return answer
    })
    await Promise.resolve()
    database.value = 2
    await one.invalidateTags(['row'])
    release()
    await old
    assert.equal((await read(process()))[0], 2)
  })

  it('does not trust what another loaded within the clocks’ disagreement of an invalidation', async () => {
    const { process, read, clock } = setUp()
    const [one, two] = [process(), process()]
    await one.invalidateTags(['row'])
    clock.now += 500
    await read(two)
    assert.equal((await read(process()))[1], 'miss', 'loaded 500 ms after the mark, by another clock')
    clock.now += 1500
    assert.equal((await read(process()))[1], 'miss', 'what is kept is still what was loaded then')
    assert.equal((await read(process()))[1], 'hit', 'loaded 2 s after the mark')
  })

  for (const mode of ['down', 'silent'] as const) {
    it(`never breaks a read when it is ${mode}: the load answers, counted as an error`, async () => {
      const { process, read, remote, events } = setUp({ remoteTimeoutMs: 5 })
      remote.state.mode = mode
      const one = process()
      assert.deepEqual(await read(one), [1, 'error', undefined])
      assert.deepEqual(await read(one), [1, 'hit', 'memory'])
      const results = events.flatMap((event) =>
        event.type === 'tier' && event.tier === 'remote' ? [event.result] : [],
      )
      assert.deepEqual(new Set(results), new Set([mode === 'down' ? 'error' : 'timeout']))
      await one.delete('row') // resolves all the same
    })
  }

  it('is left alone after a few failures, and tried again later', async () => {
    const { process, read, remote, clock, events } = setUp({ memory: false })
    const one = process()
    remote.state.mode = 'down'
    for (let i = 0; i < 5; i++) await read(one)
    assert.equal(one.stats().remoteUp, false)
    assert.ok(remote.state.asked.length <= 3)
    assert.ok(events.some((event) => event.type === 'tier' && event.result === 'out'))
    assert.equal((await read(one))[1], 'error', 'it should have been asked, and was out')
    remote.state.mode = 'up'
    clock.now += 60_000
    await read(one)
    assert.equal(one.stats().remoteUp, true)
  })

  it('stands in with what it has when a load fails, on the first read after a restart', async () => {
    const { process, read, clock } = setUp()
    await read(process())
    clock.now += 20_000 // stale, within stale-if-error
    const fail = () => {
      throw new Error('the database is away')
    }
    const { value, outcome } = await process().read('row', fail)
    assert.deepEqual([value, outcome], [1, 'stale'])
  })

  it('is asked little while it is out, however much is invalidated, and told of all once it is back', async () => {
    const { process, read, remote, clock, events } = setUp()
    const [one, two] = [process(), process()]
    for (let i = 0; i < 50; i++) await read(one, `key ${i}`)
    clock.now += 5000
    remote.state.mode = 'down'
    events.length = 0
    for (let i = 0; i < 500; i++) await one.delete(`key ${i}`)
    const asked = events.filter((event) => event.type === 'tier' && event.operation === 'invalidate').length
    assert.ok(asked < 1000, `${asked} operations for 500 invalidations`)
    remote.state.mode = 'up'
    clock.now += 60_000
    await one.delete('key 500')
    remote.state.asked.length = 0
    for (let i = 0; i < 50; i++) assert.equal((await read(two, `key ${i}`))[1], 'miss')
  })

  it('counts an error for a waiter that loads for itself too, when it was out', async () => {
    const { process, remote, load } = setUp()
    remote.state.mode = 'down'
    const one = process()
    const odd = { accept: (value: number) => value < 0 }
    const [first, second] = await Promise.all([one.read('row', load), internalRead(one, 'row', load, odd)])
    assert.deepEqual([first.outcome, second.outcome], ['error', 'error'])
  })

  it('takes a codec that throws at what it reads for one that read nothing', async () => {
    const { process, load } = setUp()
    const codec = {
      encode: () => new Uint8Array([1]),
      decode: (): number => {
        throw new Error('not mine')
      },
    }
    await process().read('row', load, { codec })
    assert.equal((await process().read('row', load, { codec })).outcome, 'miss')
  })

  it('is a miss where it holds what nobody can read, and that is removed and counted', async () => {
    const { process, read, remote, events } = setUp()
    await read(process())
    for (const key of remote.kept.keys()) remote.kept.set(key, new TextEncoder().encode('not ours'))
    events.length = 0
    assert.deepEqual(await read(process()), [1, 'miss', undefined])
    const told = events.flatMap((event) =>
      event.type === 'tier' && event.tier === 'remote' ? [`${event.operation} ${event.result}`] : [],
    )
    assert.deepEqual(told, ['get corrupt', 'delete ok', 'set ok'])
    assert.ok(![...remote.kept.values()].some((bytes) => Buffer.from(bytes).toString() === 'not ours'))
  })

  it('takes any key: long ones, odd ones, and ones that look like hashes', async () => {
    const { process, read, remote } = setUp()
    const keys = ['a b', 'ü', 'x'.repeat(8000), 'line\nfeed', '#abc']
    const one = process()
    for (const key of keys) await read(one, key)
    for (const name of remote.kept.keys()) assert.match(name, /^[\x21-\x7e]{1,250}$/)
    const two = process()
    for (const key of keys) assert.equal((await read(two, key))[2], 'remote', key)
    await one.delete('a b')
    assert.equal((await read(process(), 'a b'))[1], 'miss')
  })

  it('keeps keys apart that UTF-8 would make one', async () => {
    const { process } = setUp()
    const keys = ['\ud800', '\udbff', '\ufffd', '\ud800\ud800']
    const one = process()
    for (const key of keys) await one.write(key, key.length + key.charCodeAt(0))
    const two = process()
    for (const key of keys) {
      const read = await two.read(key, () => assert.fail('kept'))
      assert.equal(read.value, key.length + key.charCodeAt(0))
    }
  })

  it('does not keep what has a tag that would come back as another', async () => {
    const { process, events } = setUp()
    await process().write('row', 1, { tags: ['\ud800'] })
    assert.ok(events.some((event) => event.type === 'tier' && event.result === 'refused'))
    const one = process()
    await one.write('row', 1, { tags: ['\ufeffuser'] })
    const two = process()
    assert.equal((await two.read('row', () => 2)).value, 1)
    await two.invalidateTags(['\ufeffuser'])
    assert.equal(two.has('row'), false)
  })

  it('takes a written value as its codec made it, of each version apart', async () => {
    const { process } = setUp()
    const codec = (version: number): Codec<number> => ({
      version,
      encode: (value) => Uint8Array.of(value + version),
      decode: ([byte = 0]) => byte - version,
    })
    await process().write('row', 7, { codec: codec(1) })
    const load = () => 9
    assert.equal((await process().read('row', load, { codec: codec(2) })).outcome, 'miss')
    assert.equal((await process().read('row', load, { codec: codec(1) })).value, 7)
    assert.equal((await process().read('row', load)).outcome, 'miss', 'without a version it is 0')
  })

  it('is timed until it answers: decoding is not its work', async () => {
    const { remote } = setUp()
    let clock = 0
    const events: CacheEvent[] = []
    const codec: Codec<number> = {
      encode: () => Uint8Array.of(1),
      decode() {
        clock += 500
        return 1
      },
    }
    const cache = () =>
      createCache({ remote: remote.store, timer: () => clock, onEvent: (event) => events.push(event) })
    await cache().write('row', 1, { codec })
    events.length = 0
    await cache().read('row', () => 2, { codec })
    const [get] = events
    assert.deepEqual(get?.type === 'tier' && [get.operation, get.result, get.durationMs], ['get', 'hit', 0])
  })

  it('keeps the namespaces of caches apart', async () => {
    const { remote, clock } = setUp()
    const cache = (namespace: string) =>
      createCache({ namespace, remote: remote.store, now: () => clock.now })
    const [a, b] = [cache('a'), cache('b')]
    await a.write('key', 'of a')
    await b.write('key', 'of b')
    clock.now += 5000
    await b.clear()
    const read = await cache('a').read('key', () => 'loaded')
    assert.deepEqual([read.value, read.tier], ['of a', 'remote'])
    assert.equal((await cache('b').read('key', () => 'loaded')).value, 'loaded')
  })
})
