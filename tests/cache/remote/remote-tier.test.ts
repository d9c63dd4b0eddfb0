/** Two processes that share a remote tier, each with a cache of its own, and reads while the tier fails. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Cache } from '../../../src/cache/cache.ts'
import type { Codec } from '../../../src/cache/values/codec.ts'
import { processes } from '../../support/shared-tier/processes.ts'
import { internalRead } from '../../support/test-cache.ts'

describe('a remote tier', () => {
  it('a value that one process loaded is a remote hit in another process, then a memory hit', async () => {
    const { process, read, database } = processes()
    const [one, two] = [process(), process()]
    assert.deepEqual(await read(one), [1, 'miss', undefined])
    assert.deepEqual(await read(two), [1, 'hit', 'remote'])
    assert.deepEqual(await read(two), [1, 'hit', 'memory'])
    assert.equal(database.loads, 1)
  })

  it('reads that wait for the remote tier together are all hits', async () => {
    const { process, load } = processes()
    await process().write('row', 7, { ttlMs: 10_000 })
    const two = process()
    const reads = await Promise.all([two.read('row', load), two.read('row', load), two.read('row', load)])
    assert.deepEqual(
      reads.map(({ outcome, tier, value }) => [outcome, tier, value]),
      Array(3).fill(['hit', 'remote', 7]),
    )
  })

  it('strategy bypass does not ask the remote tier, and strategy fresh asks nothing else', async () => {
    const { process, load, remote } = processes()
    const one = process()
    await one.read('row', load, { strategy: 'bypass' })
    assert.equal(remote.operations.includes('read'), false)
    await one.read('row', load, { strategy: 'invalidate' })
    const stored = await process().read('row', load, { strategy: 'fresh' })
    assert.deepEqual([stored.value, stored.outcome, stored.tier], [1, 'hit', 'remote'])
    const absent = await process().read('other', load, { strategy: 'fresh' })
    assert.deepEqual([absent.value, absent.outcome], [undefined, 'miss'])
  })

  it('strategy invalidate replaces the value of another process', async () => {
    const { process, read, load, database } = processes()
    await read(process())
    database.value = 2
    const { value, outcome } = await process().read('row', load, { strategy: 'invalidate' })
    assert.deepEqual([value, outcome], [2, 'miss'])
    assert.deepEqual(await read(process()), [2, 'hit', 'remote'])
  })

  it('a remote entry that exceeds maxAgeMs is not served', async () => {
    const { process, load, clock, database } = processes()
    await process().read('row', load)
    clock.advance(5000)
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
      const { process, read, database } = processes()
      const [one, two, three] = [process(), process(), process()]
      await read(one)
      database.value = 2
      await invalidate(two)
      assert.deepEqual(await read(three), [2, 'miss', undefined])
      assert.deepEqual(
        await read(process()),
        [2, 'hit', 'remote'],
        'a value loaded afterwards is shared again',
      )
    })

    it(`an invalidation of ${name} takes effect in its own process before the remote tier has stored it`, async () => {
      const { process, read, database, remote } = processes({ memory: false })
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
    const { process, load, database, read } = processes()
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

  for (const mode of ['down', 'silent'] as const) {
    it(`a read is answered by its load and counted as an error when the remote tier is ${mode}`, async () => {
      const { process, begin, load, remote, pass, operations } = processes()
      remote.mode = mode
      const one = process()
      const first = begin(one, load)
      await pass(100)
      assert.deepEqual(first.result, [1, 'error', undefined])
      assert.equal(one.lookup('row')?.value, 1)
      assert.equal(operations()[0], mode === 'down' ? 'get error' : 'get timeout')
      const deleted = one.delete('row')
      await pass(100)
      assert.deepEqual(await deleted, { removed: 1, confirmed: false })
    })
  }

  it('a failing remote tier is skipped after three failures, and asked again once it answers a ping', async () => {
    const { process, read, remote, pass, operations } = processes({
      memory: false,
      store: { messages: false },
    })
    const one = process()
    remote.mode = 'down'
    for (let i = 0; i < 5; i++) assert.equal((await read(one))[1], 'error')
    assert.equal(one.stats().remoteUp, false)
    assert.deepEqual(operations(), ['get error', 'get error', 'get error', 'get out', 'get out'])
    remote.mode = 'up'
    await pass(250)
    assert.equal(one.stats().remoteUp, true)
    assert.equal((await read(one))[1], 'miss')
  })

  it('a stale remote entry is served when a load fails, also on the first read after a restart', async () => {
    const { process, read, clock } = processes()
    await read(process())
    clock.advance(20_000) // stale, within stale-if-error
    const fail = () => {
      throw new Error('the database is down')
    }
    const { value, outcome } = await process().read('row', fail)
    assert.deepEqual([value, outcome], [1, 'stale'])
  })

  it('a waiting read that loads for itself is counted as an error when the remote tier is down', async () => {
    const { process, remote, load } = processes()
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
    const { process, load } = processes()
    const codec = {
      encode: () => new Uint8Array([1]),
      decode: (): number => {
        throw new Error('cannot decode')
      },
    }
    await process().read('row', load, { codec })
    assert.equal((await process().read('row', load, { codec })).outcome, 'miss')
  })

  it('an entry that cannot be decoded is a miss, is replaced and is counted', async () => {
    const { process, read, remote, operations } = processes()
    await read(process())
    for (const entry of remote.entries.values()) entry.bytes = new TextEncoder().encode('foreign')
    operations()
    assert.deepEqual(await read(process()), [1, 'miss', undefined])
    assert.deepEqual(operations(), ['get corrupt', 'get miss', 'set ok'])
    assert.deepEqual(await read(process()), [1, 'hit', 'remote'])
  })

  it('a tag can have any characters', async () => {
    for (const tag of ['\ud800', '\ufeffuser', 'a b', '\n']) {
      const { process, read } = processes({ loaded: { tags: [tag] } })
      const one = process()
      await read(one)
      assert.deepEqual(await read(process()), [1, 'hit', 'remote'])
      await process().invalidateTags([tag])
      assert.equal((await read(process()))[1], 'miss')
    }
  })

  it('a written value is encoded by its codec, and each codec version has an entry of its own', async () => {
    const { process } = processes()
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
    const { process, clock, events } = processes()
    const codec: Codec<number> = {
      encode: () => Uint8Array.of(1),
      decode() {
        clock.advance(500)
        return 1
      },
    }
    await process().write('row', 1, { codec })
    events.length = 0
    await process().read('row', () => 2, { codec })
    const get = events.find((event) => event.type === 'tier' && event.operation === 'get')
    assert.deepEqual(get?.type === 'tier' && [get.result, get.durationMs], ['hit', 0])
  })
})
