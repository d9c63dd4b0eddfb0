/** Plays every way in which a writer can overtake a reader of one cell: without threads, so the same each time. */
import assert from 'node:assert/strict'
import type { Slot } from '../../src/metrics/cells.ts'

/** One thing the writer does, and what the cell holds after it. */
export type Step = { write: (slot: Slot) => void; value: number }

/**
 * Reads a cell a few times in a row while the atomic operations of the steps come in between, in every possible way.
 * Asserts that no answer is older than what was done when the reading began, newer than what was begun when it ended,
 * or less than the answer before it.
 * @param makeCell a fresh cell, always the same
 * @param steps their values ascend
 * @returns every answer that was given, ascending
 */
export function readInEveryInterleaving(
  makeCell: () => Slot,
  steps: readonly Step[],
  read: (slot: Slot) => number,
): number[] {
  const operations = recordOperations(makeCell(), steps, read(makeCell()))
  const answers = new Set<number>()
  for (const schedule of ascendingSequences(operations.length, 10)) {
    const slot = makeCell()
    const writer = startWriter(slot, operations, schedule)
    let previous = Number.NEGATIVE_INFINITY
    whileLoadsAre(writer.onLoad, () => {
      for (let i = 0; i < 4; i++) {
        const { done } = writer.progress()
        const answer = read(slot)
        const { begun } = writer.progress()
        const story = `reading ${i + 1}, operations before loads ${schedule}`
        assert.ok(answer >= done, `${answer}, but ${done} had been reached: ${story}`)
        assert.ok(answer <= begun, `${answer}, but no more than ${begun} had been begun: ${story}`)
        assert.ok(answer >= previous, `${answer} after ${previous}: ${story}`)
        answers.add(answer)
        previous = answer
      }
    })
  }
  return [...answers].sort((a, b) => a - b)
}

/** An atomic operation, and which values have been reached and begun once it is done. */
type Operation = { apply: (slot: Slot) => void; done: number; begun: number }

function recordOperations(slot: Slot, steps: readonly Step[], initial: number): Operation[] {
  const operations: Operation[] = [{ apply: () => {}, done: initial, begun: initial }]
  let done = initial
  for (const { write, value } of steps) {
    const { add, store } = Atomics
    Object.assign(Atomics, {
      add(ints: Int32Array, i: number, n: number) {
        operations.push({ apply: (to) => add(to.ints, to.at + i - slot.at, n), done, begun: value })
        return add(ints, i, n)
      },
      store(ints: Int32Array, i: number, n: number) {
        operations.push({ apply: (to) => store(to.ints, to.at + i - slot.at, n), done, begun: value })
        return store(ints, i, n)
      },
    })
    try {
      write(slot)
    } finally {
      Object.assign(Atomics, { add, store })
    }
    done = value
    Object.assign(operations.at(-1) ?? {}, { done })
  }
  return operations
}

/** Does operation `i` just before the reader's load number `schedule[i]`. */
function startWriter(slot: Slot, operations: readonly Operation[], schedule: readonly number[]) {
  let loads = 0
  let next = 0
  return {
    onLoad(): void {
      for (; schedule[next] === loads; next++) operations[next]?.apply(slot)
      loads++
    },
    progress(): { done: number; begun: number } {
      return operations[Math.max(next - 1, 0)] ?? { done: Number.NaN, begun: Number.NaN }
    },
  }
}

function whileLoadsAre(onLoad: () => void, run: () => void): void {
  const { load } = Atomics
  Object.assign(Atomics, {
    load(ints: Int32Array, i: number) {
      onLoad()
      return load(ints, i)
    },
  })
  try {
    run()
  } finally {
    Object.assign(Atomics, { load })
  }
}

function* ascendingSequences(length: number, limit: number, from = 0): Generator<number[]> {
  if (length === 0) yield []
  else
    for (let first = from; first < limit; first++) {
      for (const rest of ascendingSequences(length - 1, limit, first)) yield [first, ...rest]
    }
}
