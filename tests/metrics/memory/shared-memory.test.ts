import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createSharedMemory, maxArenas, SharedMemory } from '../../../src/metrics/memory/shared-memory.ts'

const least = 98432

describe('shared memory', () => {
  it('maxBytes must be a whole number from the initial size', () => {
    for (const maxBytes of [
      0,
      -1,
      least - 1,
      1e6 + 0.5,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      '1e9' as never,
    ]) {
      assert.throws(
        () => createSharedMemory(maxBytes),
        /^RangeError: share: maxBytes must be a whole number from 98432, got/,
      )
    }
    assert.equal(createSharedMemory(least).buffer.byteLength, least)
  })

  it('the initial size does not depend on maxBytes', () => {
    assert.equal(createSharedMemory(2 ** 28).buffer.byteLength, least)
  })

  it('allocate returns disjoint Int32s of 0 up to maxBytes, then throws', () => {
    const maxBytes = 300_001
    const memory = createSharedMemory(maxBytes)
    const another = new SharedMemory(memory.buffer)
    const takers = [memory, another]
    const taken: [from: number, to: number][] = []
    assert.throws(
      () => {
        for (let i = 0; ; i++) {
          const length = 1 + ((i * 37) % 500)
          const at = takers[i % 2]?.allocate(length) ?? 0
          const ints = takers[(i + 1) % 2]?.viewUpTo(at + length) ?? new Int32Array()
          assert.ok(ints.subarray(at, at + length).every((int) => int === 0))
          ints.fill(-1, at, at + length)
          taken.push([at, at + length])
        }
      },
      { name: 'RangeError', message: /is full: 300001 bytes/ },
    )
    taken.sort(([a], [b]) => a - b)
    for (const [i, [from]] of taken.entries()) assert.ok(from >= (taken[i - 1]?.[1] ?? 0), 'they overlap')
    assert.ok(taken.length > 200)
    assert.ok((taken.at(-1)?.[1] ?? 0) * 4 > maxBytes - 2 * 501 * 4)
    // A small request may still succeed, and a request that is too large loses nothing.
    assert.throws(() => memory.allocate(2 ** 29), /is full/)
  })

  it('allocate succeeds if another thread has grown the buffer further in the meantime', () => {
    const memory = createSharedMemory(2 ** 20)
    const { grow } = SharedArrayBuffer.prototype
    SharedArrayBuffer.prototype.grow = function (bytes = 0) {
      SharedArrayBuffer.prototype.grow = grow
      grow.call(this, bytes + 65536) // as if by another thread
      return grow.call(this, bytes)
    }
    try {
      const at = memory.allocate(20_000)
      assert.equal(memory.viewUpTo(at + 20_000)[at + 19_999], 0)
    } finally {
      SharedArrayBuffer.prototype.grow = grow
    }
  })

  it('reserve allows 256 threads at a time', () => {
    const memory = createSharedMemory(least)
    const places = Array.from({ length: maxArenas }, () => memory.reserve())
    assert.equal(new Set(places.map(({ arena }) => arena)).size, 256)
    const oneMore = () => memory.reserve()
    assert.throws(oneMore, {
      name: 'RangeError',
      message: 'share: 256 threads share these metrics already; release those that have ended',
    })
    memory.release(places[100] ?? assert.fail())
    assert.equal(memory.reserve().arena, 100)
    assert.throws(oneMore, /256 threads/)
  })

  it('reserve prefers the arena of a thread that has ended', () => {
    const memory = createSharedMemory(least)
    const [, second] = [memory.reserve(), memory.reserve(), memory.reserve()]
    memory.release(second)
    assert.equal(memory.reserve().arena, second.arena)
    assert.equal(memory.reserve().arena, 3)
  })

  it('beginAttach accepts a reserved arena once', () => {
    const memory = createSharedMemory(least)
    const place = memory.reserve()
    assert.equal(memory.isAttached(place.arena), false)
    memory.beginAttach(place)
    assert.equal(memory.isAttached(place.arena), false, 'its cells still belong to the previous thread')
    assert.throws(
      () => memory.beginAttach(place),
      /^Error: attach: these shared metrics are in use or were released/,
    )
    memory.completeAttach(place)
    assert.equal(memory.isAttached(place.arena), true)
    assert.throws(() => memory.beginAttach(place), /in use or were released/)
    memory.release(place)
    assert.equal(memory.isAttached(place.arena), false)
    assert.throws(() => memory.beginAttach(place), /in use or were released/)
  })

  it('a second release does nothing, because another thread may use the arena by then', () => {
    const memory = createSharedMemory(least)
    const first = memory.reserve()
    memory.beginAttach(first)
    memory.completeAttach(first)
    memory.release(first)
    const second = memory.reserve()
    assert.equal(second.arena, first.arena)
    memory.release(first)
    assert.throws(() => memory.beginAttach(first), /in use or were released/)
    memory.beginAttach(second)
    memory.release(first)
    memory.completeAttach(second)
    memory.release(first)
    assert.equal(memory.isAttached(second.arena), true)
    assert.notEqual(memory.reserve().arena, second.arena)
  })

  it('release works without a thread, and after a thread stopped during attach', () => {
    const memory = createSharedMemory(least)
    for (const prepare of [() => {}, memory.beginAttach.bind(memory)]) {
      const place = memory.reserve()
      prepare(place)
      memory.release(place)
      assert.equal(memory.reserve().arena, place.arena)
      memory.release({ ...place, generation: place.generation + 1 })
    }
  })

  it('an arena can be reused any number of times', () => {
    const memory = createSharedMemory(least)
    memory.viewUpTo(32)[32] = -8 + 4 // as after 2^29 - 1 generations: released
    for (let i = 0; i < 3; i++) {
      const place = memory.reserve()
      assert.equal(place.arena, 0)
      memory.beginAttach(place)
      memory.completeAttach(place)
      assert.ok(memory.isAttached(0))
      memory.release(place)
    }
  })

  it('SharedMemory rejects all other buffers', () => {
    const foreign = new SharedArrayBuffer(2 ** 17)
    for (const buffer of [
      foreign,
      new SharedArrayBuffer(0),
      new SharedArrayBuffer(3),
      new ArrayBuffer(2 ** 17),
      undefined,
      {},
    ]) {
      assert.throws(
        () => new SharedMemory(buffer as SharedArrayBuffer),
        /^TypeError: shared metrics must be a result of share in the same version of hitrate$/,
      )
    }
    new Int32Array(foreign)[0] = new Int32Array(createSharedMemory(least).buffer)[0] ?? 0
    new SharedMemory(foreign)
  })

  it('SharedMemory rejects arenas outside the range', () => {
    const memory = createSharedMemory(least)
    const { buffer } = memory
    for (const arena of [-1, 256, 0.5, Number.NaN, undefined as never]) {
      for (const act of ['beginAttach', 'release'] as const) {
        assert.throws(
          () => memory[act]({ buffer, arena, generation: 1 }),
          /^TypeError: shared metrics must be a result of share/,
        )
      }
    }
    assert.ok(new Int32Array(buffer).subarray(32).every((int) => int === 0))
  })

  it('changesOf counts the changes of other threads only', () => {
    const memory = createSharedMemory(least)
    const other = new SharedMemory(memory.buffer)
    memory.markChanged(3)
    memory.markChanged(3)
    other.markChanged(3)
    assert.deepEqual([memory.changesOf(3), other.changesOf(3), other.changesOf(4)], [1, 2, 0])
  })

  it('createSharedMemory throws in a runtime without growable SharedArrayBuffer', () => {
    const shared = globalThis.SharedArrayBuffer
    Reflect.deleteProperty(globalThis, 'SharedArrayBuffer')
    try {
      assert.throws(
        () => createSharedMemory(least),
        /^Error: share: this runtime has no growable SharedArrayBuffer, so threads cannot share metrics$/,
      )
      assert.throws(
        () => new SharedMemory({} as SharedArrayBuffer),
        /^TypeError: shared metrics must be a result of share/,
      )
    } finally {
      globalThis.SharedArrayBuffer = shared
    }
  })
})
