/** Threads of one process that share a remote tier: an invalidation in one thread holds in the others at once. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Cache } from '../../../src/cache/cache.ts'
import {
  createInvalidationMemory,
  sharedMemoryBus,
} from '../../../src/cache/invalidation/shared-memory-bus.ts'
import { memoryStore } from '../../../src/stores/memory/store.ts'
import type { RemoteOperation } from '../../support/fake-remote-store.ts'
import { processes } from '../../support/shared-tier/processes.ts'

const methods: [string, (cache: Cache) => Promise<{ confirmed: boolean }>][] = [
  ['delete', (cache) => cache.delete('row')],
  ['invalidateTags', (cache) => cache.invalidateTags(['row'])],
  ['clear', (cache) => cache.clear()],
  ['write that stores nothing', (cache) => cache.write('row', 2, { ttlMs: 0 })],
]

/** Three threads of one process, and operations of the store that the test can hold back. */
function setUp({ memory = true } = {}) {
  const held = new Set<RemoteOperation>()
  const heldAnswers = new Set<RemoteOperation>()
  const waiting: (() => void)[] = []
  const holdIn = (set: Set<RemoteOperation>) => (operation: RemoteOperation) =>
    set.has(operation) ? new Promise<void>((resolve) => waiting.push(resolve)) : undefined
  const store = { before: holdIn(held), after: holdIn(heldAnswers) }
  const parts = processes({ memory: false, store, cache: { remoteTimeoutMs: 10_000 } })
  const buffer = createInvalidationMemory({ threads: 3, bytesPerThread: 4096 })
  const threads = [0, 1, 2].map((thread) =>
    parts.process({
      invalidationBus: sharedMemoryBus(buffer, thread),
      ...(memory ? { memory: memoryStore() } : {}),
    }),
  )
  const [one, two, three] = threads
  assert.ok(one && two && three)
  return {
    ...parts,
    one,
    two,
    three,
    /** Operations of this kind wait from now on, before the store executes them. */
    hold(...operations: RemoteOperation[]) {
      for (const operation of operations) held.add(operation)
    },
    /** Answers to operations of this kind wait from now on, after the store has executed them. */
    holdAnswers: (operation: RemoteOperation) => void heldAnswers.add(operation),
    /** Lets one waiting operation go on, or all. */
    release(count = waiting.length) {
      for (const resume of waiting.splice(0, count)) resume()
    },
    unhold() {
      held.clear()
      heldAnswers.clear()
    },
  }
}

for (const memory of [true, false]) {
  for (const [name, invalidate] of methods) {
    describe(`${name} in another thread (memory: ${memory})`, () => {
      it(`a ${name} is never followed by the old value, also before the store has executed it`, async () => {
        const { one, two, begin, read, load, database, hold, release, unhold, pass } = setUp({ memory })
        await read(one)
        await read(two)
        database.value = 2
        hold('invalidate', 'clear')
        const invalidated = invalidate(one)
        const early = begin(two, load)
        await pass(0)
        assert.equal(early.result, undefined, 'the read waits for the store')
        unhold()
        release()
        await pass(0)
        assert.equal(early.result?.[0], 2)
        assert.equal((await invalidated).confirmed, true)
        assert.equal((await read(two))[0], 2)
      })

      it(`a ${name} that the store has refused is not followed by the old value in any thread`, async () => {
        const { one, two, three, read, database, remote } = setUp({ memory })
        await read(one)
        database.value = 2
        remote.mode = 'down'
        assert.equal((await invalidate(one)).confirmed, false)
        remote.mode = 'up'
        for (const cache of [two, three, one]) assert.equal((await read(cache))[0], 2)
      })
    })
  }
}

describe('confirmations between threads', () => {
  it('after its confirmation, an invalidation costs the other threads no call', async () => {
    const { one, two, read, operations } = setUp()
    await read(one)
    await one.delete('row')
    await read(two)
    assert.deepEqual(
      operations().filter((operation) => operation.startsWith('invalidate')),
      ['invalidate ok'],
    )
  })

  it('the late confirmation of one invalidation does not release the next one', async () => {
    const { one, two, begin, load, read, database, hold, holdAnswers, release, unhold, pass } = setUp({
      memory: false,
    })
    await read(one)
    holdAnswers('invalidate')
    const first = one.delete('row')
    await pass(0)
    unhold()
    // The other thread sends the invalidation itself, and loads a value after it.
    database.value = 2
    assert.equal((await read(two))[0], 2)
    database.value = 3
    hold('invalidate')
    const second = one.delete('row')
    await pass(0)
    release(1) // the answer to the first one, and then its confirmation
    await first
    const later = begin(two, load)
    await pass(0)
    unhold()
    release()
    await pass(0)
    await second
    assert.equal(later.result?.[0], 3)
  })
})

describe('a clear in one thread', () => {
  it('a clear is not repeated by threads that read after it was confirmed', async () => {
    const { one, two, three, remote } = setUp()
    assert.deepEqual(await one.clear(), { confirmed: true })
    for (const thread of [two, three]) await thread.read('row', () => 1)
    assert.equal(remote.operations.filter((operation) => operation === 'clear').length, 1)
  })
})
