import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { markRemoved, readCreated, readState, textBlockOf } from '../../../src/metrics/memory/cell-header.ts'
import { createSharedMemory, SharedMemory } from '../../../src/metrics/memory/shared-memory.ts'
import { readText } from '../../../src/metrics/memory/text-block.ts'
import { CellAllocator } from '../../../src/metrics/series/cell-allocator.ts'
import { CellPool } from '../../../src/metrics/series/cell-pool.ts'
import type { Cells } from '../../../src/metrics/series/series.ts'

function begin(isShared: boolean) {
  const allocator = new CellAllocator(Date.now)
  const memory = createSharedMemory(2 ** 20)
  if (isShared) allocator.useArena(memory, memory.reserve().arena, 0)
  const cleared: number[] = []
  const pool = new CellPool(allocator, { length: 3, clearPart: (part) => cleared.push(part) })
  const remove = (cells: Cells) => {
    markRemoved(cells.ints, cells.at, readState(cells.ints, cells.at))
    pool.release(cells)
  }
  const textOf = ({ ints, at }: Cells) => readText({ ints: memory.viewOfAll(), at: textBlockOf(ints, at) })
  return { memory, pool, cleared, remove, textOf }
}

describe('CellPool', () => {
  it('take uses the cells of a removed series again, with 0, a new time and empty parts', () => {
    const { pool, cleared, remove } = begin(false)
    const first = pool.take(0, 'a="1"', 100)
    const second = pool.take(0, 'a="2"', 100)
    first.ints.fill(7, first.at, first.at + 3)
    second.ints.fill(8, second.at, second.at + 3)
    remove({ ...first, parts: [undefined, { ints: new Int32Array(1), at: 0 }] })
    const third = pool.take(0, 'a="3"', 200)
    assert.deepEqual([third.ints, third.at, third.parts.length], [first.ints, first.at, 2])
    assert.deepEqual([...third.ints.subarray(third.at, third.at + 3)], [0, 0, 0])
    assert.deepEqual(
      [readCreated(third.ints, third.at), readState(third.ints, third.at), cleared],
      [200, 2, [1]],
    )
    assert.deepEqual([...second.ints.subarray(second.at, second.at + 3)], [8, 8, 8])
    assert.notEqual(pool.take(0, 'a="4"', 200).at, first.at)
  })

  it('take writes the labels for other threads, and a longer text to a larger block', () => {
    const { pool, remove, textOf } = begin(true)
    const texts = ['a="1"', 'a="22"', `a="${'3'.repeat(500)}"`, 'a="4"'].map((text) => {
      const cells = pool.take(0, text, 100)
      const read = textOf(cells)
      remove(cells)
      return [read, cells.at]
    })
    assert.deepEqual(
      texts.map(([text]) => text),
      ['a="1"', 'a="22"', `a="${'3'.repeat(500)}"`, 'a="4"'],
    )
    assert.equal(new Set(texts.map(([, at]) => at)).size, 1)
  })

  it('take changes nothing if there is no room for longer labels', () => {
    const { pool, memory, remove, textOf } = begin(true)
    const cells = pool.take(0, 'a="1"', 100)
    remove(cells)
    assert.throws(() => pool.take(0, `a="${'x'.repeat(2 ** 20)}"`, 200), RangeError)
    assert.deepEqual([readState(cells.ints, cells.at), textOf(cells)], [1, 'a="1"'])
    assert.equal(new SharedMemory(memory.buffer).changesOf(0), 0)
    assert.equal(pool.take(0, 'a="2"', 300).at, cells.at)
  })

  it('takeAt takes only cells that are free', () => {
    const { pool, remove } = begin(false)
    const [first, second] = [pool.take(0, '', 0), pool.take(0, '', 0)]
    remove(first)
    remove(second)
    assert.equal(pool.takeAt(second.at + 1, 1), undefined)
    assert.equal(pool.takeAt(second.at, 1)?.at, second.at)
    assert.equal(pool.takeAt(second.at, 1), undefined)
    pool.clear()
    assert.equal(pool.takeAt(first.at, 1), undefined)
  })
})
