import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { add, addSmall, read } from '../../../src/metrics/memory/cells.ts'
import { createSharedMemory } from '../../../src/metrics/memory/shared-memory.ts'
import { CellAllocator } from '../../../src/metrics/series/cell-allocator.ts'

describe('CellAllocator', () => {
  it('allocate returns cells that are 0, do not move and do not overlap', () => {
    const allocator = new CellAllocator(Date.now)
    const places = Array.from({ length: 5000 }, () => allocator.allocate(2))
    for (const [i, { ints, at }] of places.entries()) {
      assert.equal(read(ints, at), 0)
      add(ints, at, 2 ** 40 + i)
    }
    assert.deepEqual(
      places.map(({ ints, at }) => read(ints, at)),
      places.map((_, i) => 2 ** 40 + i),
    )
  })

  it('allocate returns contiguous cells longer than a buffer', () => {
    const { ints, at } = new CellAllocator(Date.now).allocate(100_000)
    assert.ok(at + 100_000 <= ints.length)
  })

  it('allocate uses a SharedArrayBuffer, so other threads can read the cells', () => {
    assert.ok(new CellAllocator(Date.now).allocate(2).ints.buffer instanceof SharedArrayBuffer)
  })

  it('allocate uses the arena after useArena, and private buffers after leaveArena', () => {
    const memory = createSharedMemory(2 ** 20)
    const allocator = new CellAllocator(Date.now)
    const before = allocator.allocate(2)
    allocator.useArena(memory, memory.reserve().arena, 0)
    const there = allocator.allocate(2)
    allocator.leaveArena()
    const after = allocator.allocate(2)
    assert.deepEqual(
      [before, there, after].map(({ ints }) => ints.buffer === memory.buffer),
      [false, true, false],
    )
  })

  it('takeTicket counts from 1, and together with all allocators of a shared memory', () => {
    const memory = createSharedMemory(2 ** 20)
    const [one, other] = [new CellAllocator(() => 0), new CellAllocator(() => 0)]
    assert.deepEqual([one.takeTicket(), one.takeTicket(), other.takeTicket()], [1, 2, 1])
    for (const allocator of [one, other]) allocator.useArena(memory, memory.reserve().arena, 0)
    assert.deepEqual([one.takeTicket(), other.takeTicket(), one.takeTicket()], [1, 2, 3])
  })

  it('takeTicket returns the time in microseconds, and ascends when the clock goes back', () => {
    const memory = createSharedMemory(2 ** 20)
    let now = 1000.5
    const [one, other] = [new CellAllocator(() => now), new CellAllocator(() => now)]
    const take = () => [one.takeTicket(), one.takeTicket(), other.takeTicket()]
    assert.deepEqual(take(), [1_000_500, 1_000_501, 1_000_500])
    for (const allocator of [one, other]) allocator.useArena(memory, memory.reserve().arena, 0)
    now = 2000
    assert.deepEqual(take(), [2_000_000, 2_000_001, 2_000_002])
    now = 1000
    assert.deepEqual(take(), [2_000_003, 2_000_004, 2_000_005])
    now = Number.NaN
    assert.deepEqual(take(), [2_000_006, 2_000_007, 2_000_008])
  })

  it('recordFamily numbers the metrics in the journal, without those that had no room', () => {
    const memory = createSharedMemory(98688)
    const allocator = new CellAllocator(Date.now)
    const { arena } = memory.reserve()
    allocator.useArena(memory, arena, 3)
    const record = (help: string) =>
      allocator.recordFamily({ family: { type: 'counter', name: 'a', help, labels: [] } })
    assert.equal(record('short'), 3)
    assert.throws(() => record('x'.repeat(100_000)), /^RangeError: The shared memory .* is full/)
    assert.equal(record('short'), 4)
  })

  it('allocate uses an ArrayBuffer in a runtime without SharedArrayBuffer', () => {
    const shared = globalThis.SharedArrayBuffer
    Reflect.deleteProperty(globalThis, 'SharedArrayBuffer')
    try {
      const { ints, at } = new CellAllocator(Date.now).allocate(2)
      add(ints, at, 2 ** 31)
      addSmall(ints, at, 1)
      assert.ok(ints.buffer instanceof ArrayBuffer)
      assert.equal(read(ints, at), 2 ** 31 + 1)
    } finally {
      globalThis.SharedArrayBuffer = shared
    }
  })
})
