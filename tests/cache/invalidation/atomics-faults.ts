/** Replaces the functions of Atomics to terminate a thread at any write, or to interleave its writes with a reader. */
import assert from 'node:assert/strict'
import type { Invalidation } from '../../../src/cache/invalidation/invalidation.ts'
import { sharedMemoryBus } from '../../../src/cache/invalidation/shared-memory-bus.ts'

/** Runs a function and throws at its n-th write to shared memory. Returns true when the function returned before that. */
export function terminateAfterWrites(writes: number, run: () => void): boolean {
  const terminated = new Error('terminated')
  const { store, add } = Atomics
  let left = writes
  function failing<A extends unknown[], R>(operation: (...args: A) => R) {
    return (...args: A): R => {
      if (left-- === 0) throw terminated
      return operation(...args)
    }
  }
  Object.assign(Atomics, { store: failing(store), add: failing(add) })
  try {
    run()
    return true
  } catch (error) {
    assert.equal(error, terminated)
    return false
  } finally {
    Object.assign(Atomics, { store, add })
  }
}

export interface Operation {
  apply: (buffer: SharedArrayBuffer) => void
  /** From here on, other threads may read the mark. */
  isWritten: boolean
  /** The last write of a mark: it is published. */
  ends: boolean
}

/** The writes to shared memory by thread 0 for these marks, recorded while it publishes them one by one into a copy. */
export function operationsOf(buffer: SharedArrayBuffer, marks: readonly Invalidation[]): Operation[] {
  const copy = buffer.slice(0)
  const writer = sharedMemoryBus(copy, 0)
  const operations: Operation[] = []
  const { store, add } = Atomics
  Object.assign(Atomics, {
    store(cells: Int32Array | BigInt64Array, index: number, value: never) {
      operations.push({
        isWritten: false,
        ends: false,
        apply: (to) => store(sameIn(to, cells), index, value),
      })
      return store(cells as Int32Array, index, value)
    },
    add(cells: Int32Array, index: number, value: number) {
      operations.push({ isWritten: false, ends: false, apply: (to) => add(sameIn(to, cells), index, value) })
      return add(cells, index, value)
    },
  })
  try {
    for (const mark of marks) {
      writer.publish([mark])
      Object.assign(operations.at(-2) ?? {}, { isWritten: true })
      Object.assign(operations.at(-1) ?? {}, { ends: true })
    }
  } finally {
    Object.assign(Atomics, { store, add })
  }
  return operations
}

/** The same cells in another buffer. */
function sameIn(
  buffer: SharedArrayBuffer,
  { byteOffset, length, BYTES_PER_ELEMENT }: Int32Array | BigInt64Array,
) {
  const cells =
    BYTES_PER_ELEMENT === 4
      ? new Int32Array(buffer, byteOffset, length)
      : new BigInt64Array(buffer, byteOffset, length)
  return cells as Int32Array // the recorded cells have the same type
}

/** Calls `onLoad` before each read of shared memory by the function. */
export function beforeLoads(onLoad: () => void, run: () => void): void {
  const { load } = Atomics
  Object.assign(Atomics, {
    load(cells: Int32Array, index: number) {
      onLoad()
      return load(cells, index)
    },
  })
  try {
    run()
  } finally {
    Object.assign(Atomics, { load })
  }
}
