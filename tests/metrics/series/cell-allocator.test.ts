import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { add, addSmall, read } from '../../../src/metrics/memory/cells.ts'
import { createSharedMemory } from '../../../src/metrics/memory/shared-memory.ts'
import { CellAllocator } from '../../../src/metrics/series/cell-allocator.ts'

describe('a cell allocator', () => {
  test('gives cells that stay where they are, all 0, and are nobody else’s', () => {
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

  test('gives more cells in one place than it takes room for at a time', () => {
    const { ints, at } = new CellAllocator(Date.now).allocate(100_000)
    assert.ok(at + 100_000 <= ints.length)
  })

  test('can be read by other threads', () => {
    assert.ok(new CellAllocator(Date.now).allocate(2).ints.buffer instanceof SharedArrayBuffer)
  })

  test('lies in the arena once it has moved there, and apart again once it has moved back', () => {
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

  test('counts tickets from 1 by itself, and with all others where memory is shared', () => {
    const memory = createSharedMemory(2 ** 20)
    const [one, other] = [new CellAllocator(Date.now), new CellAllocator(Date.now)]
    assert.deepEqual([one.takeTicket(), one.takeTicket(), other.takeTicket()], [1, 2, 1])
    for (const allocator of [one, other]) allocator.useArena(memory, memory.reserve().arena, 0)
    assert.deepEqual([one.takeTicket(), other.takeTicket(), one.takeTicket()], [1, 2, 3])
  })

  test('numbers the metrics that its journal tells of, and none that found no room there', () => {
    const memory = createSharedMemory(98688)
    const allocator = new CellAllocator(Date.now)
    const { arena } = memory.reserve()
    allocator.useArena(memory, arena, 3)
    const record = (help: string) =>
      allocator.recordFamily({ family: { type: 'counter', name: 'a', help, labels: [] }, created: 0 })
    assert.equal(record('short'), 3)
    assert.throws(() => record('x'.repeat(100_000)), /^RangeError: The shared memory .* is full/)
    assert.equal(record('short'), 4)
  })

  test('does without SharedArrayBuffer where there is none', () => {
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
