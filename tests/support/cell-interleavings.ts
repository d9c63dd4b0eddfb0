/** Plays every way in which threads can overtake each other: without threads, so the same each time. */
import assert from 'node:assert/strict'
import type { Place } from '../../src/metrics/memory/cells.ts'

/** One thing the writer does, and what the cell holds after it. */
export type Step = { write: (cell: Place) => void; value: number }

/**
 * Reads a cell a few times in a row while the stores and adds of the steps come in between, in every possible way.
 * Asserts that no answer is older than what was done when the reading began, newer than what was begun when it ended,
 * or less than the answer before it.
 * @param makeCell a fresh cell, always the same
 * @param steps their values ascend
 * @returns every answer that was given, ascending
 */
export function readInEveryInterleaving(
  makeCell: () => Place,
  steps: readonly Step[],
  read: (cell: Place) => number,
): number[] {
  const operations = recordOperations(makeCell(), steps, read(makeCell()))
  const answers = new Set<number>()
  for (const schedule of ascendingSequences(operations.length, 10)) {
    const cell = makeCell()
    const writer = startWriter(cell, operations, schedule)
    let previous = Number.NEGATIVE_INFINITY
    whileLoadsAre(writer.onLoad, () => {
      for (let i = 0; i < 4; i++) {
        const { done } = writer.progress()
        const answer = read(cell)
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

/** One store or add, and which values have been reached and begun once it is done. */
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

/** Something that is done to a cell in one step, as seen by other threads. */
type Write = (cell: Place) => number

/** Runs `write` on the cell; each of its stores and adds, plain ones too, is done by `onWrite`, or is not. */
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
  // They take no proxies.
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

/** Does operation `i` just before the reader's load number `schedule[i]`. */
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

/** Does what it can of this until its thread dies: `operations` atomic stores and adds are done, the next one is not. */
export function dieAfter(operations: number, write: () => void): void {
  const { add, store } = Atomics
  const live = livesFor(operations)
  Object.assign(Atomics, {
    add: (ints: Int32Array, i: number, n: number) => live(() => add(ints, i, n)),
    store: (ints: Int32Array, i: number, n: number) => live(() => store(ints, i, n)),
  })
  try {
    untilDeath(write)
  } finally {
    Object.assign(Atomics, { add, store })
  }
}

/** As `dieAfter`, for one cell; its plain stores count as well. */
export function dieInCellAfter(operations: number, cell: Place, write: (cell: Place) => void): void {
  const live = livesFor(operations)
  untilDeath(() => whileWritesAre(cell, write, (operation) => live(() => operation(cell))))
}

const death = new Error('died')

function livesFor(operations: number): <R>(operation: () => R) => R {
  let left = operations
  return function live(operation) {
    if (left-- === 0) throw death
    return operation()
  }
}

function untilDeath(run: () => void): void {
  try {
    run()
  } catch (error) {
    if (error !== death) throw error
  }
}

/** A call that a thread made: what it gave, and when it began and ended, in atomic operations of all threads. */
export type Call<T> = { readonly value: T; readonly began: number; readonly ended: number }

/**
 * Plays threads against each other, one atomic operation at a time, in every order there is.
 * @param begin makes everything anew, always the same, and gives the calls that each thread makes one after the other
 * @returns for each order, each thread's calls
 */
export function* inEveryOrder<T>(begin: () => readonly (readonly (() => T)[])[]): Generator<Call<T>[][]> {
  const choices: { chosen: number; of: number }[] = []
  do {
    const threads = begin().map(startThread)
    let now = 0
    for (;;) {
      const alive = threads.filter((thread) => !thread.isDone())
      if (alive.length === 0) break
      const choice = choices[now] ?? { chosen: 0, of: alive.length }
      choices[now] = choice
      alive[choice.chosen]?.step(++now)
    }
    yield threads.map(({ calls }) => calls)
    while (choices.length > 0 && (choices.at(-1)?.chosen ?? 0) + 1 === choices.at(-1)?.of) choices.pop()
    const last = choices.at(-1)
    if (last) last.chosen++
  } while (choices.length > 0)
}

/**
 * A thread stops before its next atomic operation by being thrown out of the call; at the next step the call begins
 * anew, and gets the results of the operations it has done already.
 */
function startThread<T>(todo: readonly (() => T)[]) {
  const calls: Call<T>[] = []
  const stop = new Error('stopped')
  let results: number[] = []
  let began = 0

  function step(now: number): void {
    if (results.length === 0) began = now
    const real = { add: Atomics.add, load: Atomics.load, store: Atomics.store }
    let at = 0
    let steps = 0
    function play(operation: () => number): number {
      const known = results[at]
      if (known === undefined) {
        if (steps++ > 0) throw stop
        results[at] = operation()
      }
      return results[at++] as number
    }
    Object.assign(Atomics, {
      add: (ints: Int32Array, i: number, n: number) => play(() => real.add(ints, i, n)),
      load: (ints: Int32Array, i: number) => play(() => real.load(ints, i)),
      store: (ints: Int32Array, i: number, n: number) => play(() => real.store(ints, i, n)),
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
