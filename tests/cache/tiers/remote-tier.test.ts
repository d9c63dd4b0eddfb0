/** Two processes that share a remote tier, each with a cache of its own, and reads while the tier fails. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Cache } from '../../../src/cache/cache.ts'
import type { Codec } from '../../../src/cache/codec.ts'
import { createCache } from '../../../src/cache/create-cache.ts'
import type { CacheEvent } from '../../../src/cache/events.ts'
import { internalRead } from '../../support/test-cache.ts'
import { processesWithRemote } from './processes-with-remote.ts'

describe('a remote tier', () => {
  it('a value that one process loaded is a remote hit in another process, then a memory hit', async () => {
    const { process, read, database } = processesWithRemote()
    const [one, two] = [process(), process()]
    assert.deepEqual(await read(one), [1, 'miss', undefined])
    assert.deepEqual(await read(two), [1, 'hit', 'remote'])
    assert.deepEqual(await read(two), [1, 'hit', 'memory'])
    assert.equal(database.loads, 1)
  })

  it('reads that wait for the remote tier together are all hits', async () => {
    const { process, load } = processesWithRemote()
    await process().write('row', 7, { ttlMs: 10_000 })
    const two = process()
    const reads = await Promise.all([two.read('row', load), two.read('row', load), two.read('row', load)])
    assert.deepEqual(
      reads.map(({ outcome, tier, value }) => [outcome, tier, value]),
      Array(3).fill(['hit', 'remote', 7]),
    )
  })

  it('the remote tier is not read by strategies bypass and invalidate, and is the only manualLoader for strategy fresh', async () => {
    const { process, load, remote } = processesWithRemote()
    const one = process()
    await one.read('row', load, { strategy: 'bypass' })
    await one.read('row', load, { strategy: 'invalidate' })
    assert.deepEqual(
      remote.operations.filter((operation) => operation === 'get'),
      [],
    )
    const stored = await process().read('row', load, { strategy: 'fresh' })
    assert.deepEqual([stored.value, stored.outcome, stored.tier], [1, 'hit', 'remote'])
    const absent = await process().read('other', load, { strategy: 'fresh' })
    assert.deepEqual([absent.value, absent.outcome], [undefined, 'miss'])
  })

  it('a remote entry that exceeds maxAgeMs is not served', async () => {
    const { process, load, clock, database } = processesWithRemote()
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
    it(`a value loaded before an invalidation of ${name} is not served in another process`, async () => {
      const { process, read, database, clock } = processesWithRemote()
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
        'a value loaded afterwards is shared again',
      )
    })

    it(`an invalidation of ${name} takes effect in its own process before the remote tier has stored it`, async () => {
      const { process, read, database, remote } = processesWithRemote({ memory: false })
      const one = process()
      await read(one)
      database.value = 2
      remote.mode = 'down'
      await invalidate(one)
      remote.mode = 'up'
      assert.deepEqual((await read(one))[0], 2)
    })
  }

  it('a load in flight during an invalidation is not stored', async () => {
    const { process, load, database, read } = processesWithRemote()
    const one = process()
    let release = () => {}
    const gate = new Promise<void>((resolve) => {
      release = resolve
    })
    const old = one.read('row', async () => {
      const value = load()
      await gate
      return value
    })
    await Promise.resolve()
    database.value = 2
    await one.invalidateTags(['row'])
    release()
    await old
    assert.equal((await read(process()))[0], 2)
  })

  it('a value that another process loaded within the clock skew of an invalidation is not served', async () => {
    const { process, read, clock } = processesWithRemote()
    const [one, two] = [process(), process()]
    await one.invalidateTags(['row'])
    clock.now += 500
    await read(two)
    assert.equal((await read(process()))[1], 'miss', 'loaded 500 ms after the mark by another clock')
    clock.now += 1500
    assert.equal((await read(process()))[1], 'miss', 'the stored value is still the one from then')
    assert.equal((await read(process()))[1], 'hit', 'loaded 2 s after the mark')
  })

  for (const mode of ['down', 'silent'] as const) {
    it(`a read is answered by its load and counted as an error when the remote tier is ${mode}`, async () => {
      const { process, read, remote, events } = processesWithRemote({ remoteTimeoutMs: 5 })
      remote.mode = mode
      const one = process()
      assert.deepEqual(await read(one), [1, 'error', undefined])
      assert.deepEqual(await read(one), [1, 'hit', 'memory'])
      const results = events.flatMap((event) =>
        event.type === 'tier' && event.tier === 'remote' ? [event.result] : [],
      )
      assert.deepEqual(new Set(results), new Set([mode === 'down' ? 'error' : 'timeout']))
      await one.delete('row') // resolves
    })
  }

  it('a failing remote tier is skipped after a few failures and tried again later', async () => {
    const { process, read, remote, clock, events } = processesWithRemote({ memory: false })
    const one = process()
    remote.mode = 'down'
    for (let i = 0; i < 5; i++) await read(one)
    assert.equal(one.stats().remoteUp, false)
    assert.ok(remote.operations.length <= 3)
    assert.ok(events.some((event) => event.type === 'tier' && event.result === 'out'))
    assert.equal((await read(one))[1], 'error', 'the remote tier was skipped')
    remote.mode = 'up'
    clock.now += 60_000
    await read(one)
    assert.equal(one.stats().remoteUp, true)
  })

  it('a stale remote entry is served when a load fails, also on the first read after a restart', async () => {
    const { process, read, clock } = processesWithRemote()
    await read(process())
    clock.now += 20_000 // stale, within stale-if-error
    const fail = () => {
      throw new Error('the database is down')
    }
    const { value, outcome } = await process().read('row', fail)
    assert.deepEqual([value, outcome], [1, 'stale'])
  })

  it('a waiting read that loads for itself is counted as an error when the remote tier is down', async () => {
    const { process, remote, load } = processesWithRemote()
    remote.mode = 'down'
    const one = process()
    const rejecting = { accept: (value: number) => value < 0 }
    const [first, second] = await Promise.all([
      one.read('row', load),
      internalRead(one, 'row', load, rejecting),
    ])
    assert.deepEqual([first.outcome, second.outcome], ['error', 'error'])
  })

  it('a codec that throws while decoding makes the entry a miss', async () => {
    const { process, load } = processesWithRemote()
    const codec = {
      encode: () => new Uint8Array([1]),
      decode: (): number => {
        throw new Error('cannot decode')
      },
    }
    await process().read('row', load, { codec })
    assert.equal((await process().read('row', load, { codec })).outcome, 'miss')
  })

  it('an entry that cannot be decoded is a miss, is removed and is counted', async () => {
    const { process, read, remote, events } = processesWithRemote()
    await read(process())
    for (const key of remote.entries.keys()) remote.entries.set(key, new TextEncoder().encode('foreign'))
    events.length = 0
    assert.deepEqual(await read(process()), [1, 'miss', undefined])
    const operations = events.flatMap((event) =>
      event.type === 'tier' && event.tier === 'remote' ? [`${event.operation} ${event.result}`] : [],
    )
    assert.deepEqual(operations, ['get corrupt', 'delete ok', 'set ok'])
    assert.ok(![...remote.entries.values()].some((bytes) => Buffer.from(bytes).toString() === 'foreign'))
  })

  it('a value with a tag that UTF-8 would change is not stored', async () => {
    const { process, events } = processesWithRemote()
    await process().write('row', 1, { tags: ['\ud800'] })
    assert.ok(events.some((event) => event.type === 'tier' && event.result === 'refused'))
    const one = process()
    await one.write('row', 1, { tags: ['\ufeffuser'] })
    const two = process()
    assert.equal((await two.read('row', () => 2)).value, 1)
    await two.invalidateTags(['\ufeffuser'])
    assert.equal(two.has('row'), false)
  })

  it('a written value is encoded by its codec, and each codec version has an entry of its own', async () => {
    const { process } = processesWithRemote()
    const codec = (version: number): Codec<number> => ({
      version,
      encode: (value) => Uint8Array.of(value + version),
      decode: ([byte = 0]) => byte - version,
    })
    await process().write('row', 7, { codec: codec(1) })
    const load = () => 9
    assert.equal((await process().read('row', load, { codec: codec(2) })).outcome, 'miss')
    assert.equal((await process().read('row', load, { codec: codec(1) })).value, 7)
    assert.equal((await process().read('row', load)).outcome, 'miss', 'the default version is 0')
  })

  it('the duration of a remote operation does not include decoding', async () => {
    const { remote } = processesWithRemote()
    let clock = 0
    const events: CacheEvent[] = []
    const codec: Codec<number> = {
      encode: () => Uint8Array.of(1),
      decode() {
        clock += 500
        return 1
      },
    }
    const cache = () => createCache({ remote, timer: () => clock, onEvent: (event) => events.push(event) })
    await cache().write('row', 1, { codec })
    events.length = 0
    await cache().read('row', () => 2, { codec })
    const [get] = events
    assert.deepEqual(get?.type === 'tier' && [get.operation, get.result, get.durationMs], ['get', 'hit', 0])
  })
})
