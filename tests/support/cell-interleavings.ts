/** Runs every interleaving of threads on cells, in one thread and so deterministically. */
import assert from 'node:assert/strict'
import type { Place } from '../../src/metrics/memory/cells.ts'

/** One write, and the value of the cell after it. */
export type Step = { write: (cell: Place) => void; value: number }

/**
 * Reads a cell several times in a row while the stores and adds of the steps happen in between, in every interleaving.
 * Asserts that no result is less than the last step completed before the read, greater than the last step started during
 * it, or less than the previous result.
 * @param makeCell returns a new cell, always with the same value
 * @param steps with ascending values
 * @returns all results, ascending
 */
export function readInEveryInterleaving(
  makeCell: () => Place,
  steps: readonly Step[],
  read: (cell: Place) => number,
): number[] {
  const operations = recordOperations(makeCell(), steps, read(makeCell()))
  const results = new Set<number>()
  for (const schedule of ascendingSequences(operations.length, 10)) {
    const cell = makeCell()
    const writer = startWriter(cell, operations, schedule)
    let previous = Number.NEGATIVE_INFINITY
    whileLoadsAre(writer.onLoad, () => {
      for (let i = 0; i < 4; i++) {
        const { done } = writer.progress()
        const result = read(cell)
        const { begun } = writer.progress()
        const context = `read ${i + 1}, operations before loads ${schedule}`
        assert.ok(result >= done, `${result}, but ${done} was completed: ${context}`)
        assert.ok(result <= begun, `${result}, but only ${begun} was started: ${context}`)
        assert.ok(result >= previous, `${result} after ${previous}: ${context}`)
        results.add(result)
        previous = result
      }
    })
  }
  return [...results].sort((a, b) => a - b)
}

/** One store or add, and the values of the last completed and the last started step after it. */
type Operation = { apply: (cell: Place) => unknown; done: number; begun: number }

function recordOperations(cell: Place, steps: readonly Step[], initial: number): Operation[] {
  const operations: Operation[] = [{ apply: () => {}, done: initial, begun: initial }]
  let done = initial
  for (const { write, value } of steps) {
    whileWritesAre(cell, write, (operation) => {
      operations.push({ apply: operation, done, begun: value })
      return operation(cell)
    })
    done = value
    Object.assign(operations.at(-1) ?? {}, { done })
  }
  return operations
}

/** A change of a cell that is atomic for other threads. */
type Write = (cell: Place) => number

/** Runs `write` on the cell; passes each of its stores and adds, also plain ones, to `onWrite`, which may apply it. */
function whileWritesAre(
  cell: Place,
  write: (cell: Place) => void,
  onWrite: (operation: Write) => number,
): void {
  const { add, store, load } = Atomics
  const watched = new Proxy(cell.ints, {
    get: (ints, i) => Reflect.get(ints, i, ints),
    set(_, i, n: number) {
      const offset = Number(i) - cell.at
      onWrite((to) => {
        to.ints[to.at + offset] = n
        return n
      })
      return true
    },
  })
  // Atomics accept no proxies.
  Object.assign(Atomics, {
    add: (_: Int32Array, i: number, n: number) => onWrite((to) => add(to.ints, to.at + i - cell.at, n)),
    store: (_: Int32Array, i: number, n: number) => onWrite((to) => store(to.ints, to.at + i - cell.at, n)),
    load: (_: Int32Array, i: number) => load(cell.ints, i),
  })
  try {
    write({ ints: watched, at: cell.at })
  } finally {
    Object.assign(Atomics, { add, store, load })
  }
}

/** Applies operation `i` just before the reader's load number `schedule[i]`. */
function startWriter(cell: Place, operations: readonly Operation[], schedule: readonly number[]) {
  let loads = 0
  let next = 0
  return {
    onLoad(): void {
      for (; schedule[next] === loads; next++) operations[next]?.apply(cell)
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

/** Runs `write` as in a thread that stops: after `operations` atomic stores and adds, the next one is not applied. */
export function stopAfter(operations: number, write: () => void): void {
  const { add, store } = Atomics
  const apply = allow(operations)
  Object.assign(Atomics, {
    add: (ints: Int32Array, i: number, n: number) => apply(() => add(ints, i, n)),
    store: (ints: Int32Array, i: number, n: number) => apply(() => store(ints, i, n)),
  })
  try {
    untilStopped(write)
  } finally {
    Object.assign(Atomics, { add, store })
  }
}

/** Like `stopAfter`, for one cell; plain stores count as well. */
export function stopInCellAfter(operations: number, cell: Place, write: (cell: Place) => void): void {
  const apply = allow(operations)
  untilStopped(() => whileWritesAre(cell, write, (operation) => apply(() => operation(cell))))
}

const stopped = new Error('stopped')

function allow(operations: number): <R>(operation: () => R) => R {
  let left = operations
  return function apply(operation) {
    if (left-- === 0) throw stopped
    return operation()
  }
}

function untilStopped(run: () => void): void {
  try {
    run()
  } catch (error) {
    if (error !== stopped) throw error
  }
}

/** A call in one thread: its result, and its start and end, counted in atomic operations of all threads. */
export type Call<T> = { readonly value: T; readonly began: number; readonly ended: number }

/**
 * Interleaves threads, one atomic operation at a time, in every order.
 * @param begin returns the calls of each thread, with a new and always equal initial state
 * @returns for each order, the calls of each thread
 */
export function* inEveryOrder<T>(begin: () => readonly (readonly (() => T)[])[]): Generator<Call<T>[][]> {
  const choices: { chosen: number; of: number }[] = []
  do {
    const threads = begin().map(startThread)
    let now = 0
    for (;;) {
      const pending = threads.filter((thread) => !thread.isDone())
      if (pending.length === 0) break
      const choice = choices[now] ?? { chosen: 0, of: pending.length }
      choices[now] = choice
      pending[choice.chosen]?.step(++now)
    }
    yield threads.map(({ calls }) => calls)
    while (choices.length > 0 && (choices.at(-1)?.chosen ?? 0) + 1 === choices.at(-1)?.of) choices.pop()
    const last = choices.at(-1)
    if (last) last.chosen++
  } while (choices.length > 0)
}

/**
 * A thread pauses before its next atomic operation by throwing out of the call. The next step repeats the call, with the
 * recorded results of the operations that it has completed.
 */
function startThread<T>(todo: readonly (() => T)[]) {
  const calls: Call<T>[] = []
  const stop = new Error('stopped')
  let results: unknown[] = []
  let began = 0

  function step(now: number): void {
    if (results.length === 0) began = now
    const { add, load, store, compareExchange } = Atomics
    const real = { add, load, store, compareExchange }
    let at = 0
    let steps = 0
    function play(operation: () => unknown): unknown {
      const recorded = results[at]
      if (recorded === undefined) {
        if (steps++ > 0) throw stop
        results[at] = operation()
      }
      return results[at++]
    }
    Object.assign(Atomics, {
      add: (ints: Int32Array, i: number, n: number) => play(() => real.add(ints, i, n)),
      load: (ints: Int32Array, i: number) => play(() => real.load(ints, i)),
      store: (ints: Int32Array, i: number, n: number) => play(() => real.store(ints, i, n)),
      compareExchange: (ints: Int32Array, i: number, expected: number, n: number) =>
        play(() => real.compareExchange(ints, i, expected, n)),
    })
    try {
      const value = todo[calls.length]?.() as T
      calls.push({ value, began, ended: now })
      results = []
    } catch (error) {
      if (error !== stop) throw error
    } finally {
      Object.assign(Atomics, real)
    }
  }

  return { calls, step, isDone: () => calls.length === todo.length }
}
