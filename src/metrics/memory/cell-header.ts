/**
 * The header before a series' cells: its state, its creation time (the two halves of the microseconds since 1970), and
 * the index of a block with its labels (only in shared memory, and only if the metric has an open label).
 *
 * The state is even while the cells belong to a series. Any thread may add 1 to it, which removes the series. Then only
 * the thread that owns the cells may write to the rest of the header and to the cells: it prepares them for another
 * series, and adds 1 to the state again. So a reader that finds the same even state before and after has read one series.
 */
import { type Place, two31 } from './cells.ts'

/** Length in Int32s. */
export const headerLength = 4

const stateAt = -4
const createdAt = -3
const textAt = -1

/** The state of cells that belong to no series yet. */
export const removedState = 1

export function readState(ints: Int32Array, at: number): number {
  return Atomics.load(ints, at + stateAt)
}

export function isRemoved(state: number): boolean {
  return (state & 1) === 1
}

/** Marks the series as removed, unless the state is another one by now. Returns true if it did. */
export function markRemoved(ints: Int32Array, at: number, state: number): boolean {
  return !isRemoved(state) && Atomics.compareExchange(ints, at + stateAt, state, state + 1) === state
}

/** Marks cells as removed that no other thread can see yet. */
export function initRemoved({ ints, at }: Place): void {
  ints[at + stateAt] = removedState
}

/** Gives the cells to a series again. Everything else must have been written before. */
export function endRemoval({ ints, at }: Place): void {
  Atomics.add(ints, at + stateAt, 1)
}

/** @param created seconds since 1970, rounded to microseconds; 0 if unknown */
export function writeCreated({ ints, at }: Place, created: number): void {
  const microseconds = Math.max(0, Math.round(created * 1e6))
  const high = Math.floor(microseconds / two31)
  ints[at + createdAt] = microseconds - high * two31
  ints[at + createdAt + 1] = high
}

// Integers, because joining the halves of a float takes longer than the rest of reading a series.
export function readCreated(ints: Int32Array, at: number): number {
  const low = ints[at + createdAt] as number
  return ((ints[at + createdAt + 1] as number) * two31 + low) / 1e6
}

/** Index of the block with the labels; 0 if there is none. */
export function textBlockOf(ints: Int32Array, at: number): number {
  return ints[at + textAt] ?? 0
}

export function setTextBlock({ ints, at }: Place, block: number): void {
  ints[at + textAt] = block
}
