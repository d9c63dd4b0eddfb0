/**
 * Cells: numbers that threads can share, each stored in several Int32s.
 *
 * Only one thread writes to a cell, except in `takeTicket`; every thread that has the buffer may read it. Readers never
 * wait for a writer, even if its thread stops midway: the cell has a valid value after each store.
 */

/**
 * Location of cells: `at` is the index of their first Int32. Only the series may store a location, because cells can
 * move.
 */
export type Place = { ints: Int32Array; at: number }

/** Length of an integer cell in Int32s: the low half, then the high half. */
export const integerCellLength = 2

/** Length of a float cell in Int32s: one for the version, then two copies of the number, two Int32s each. */
export const floatCellLength = 5

/** Length of a stamped cell in Int32s: one for the version, then two copies of number and stamp, four Int32s each. */
export const stampedCellLength = 9

export const two31: number = 2 ** 31
const maxSmall = two31 - 1
/** The largest high half of an integer cell: 2^32 - 1. */
const lastHigh = -1

/**
 * Adds `n` to an integer cell: a plain load and store, and an atomic add to the high half each time that 2^31 is
 * passed.
 *
 * Plain access suffices: only one thread writes to the cell, so no add is lost, and in ECMA-262 an Int32 store never
 * tears. An atomic add would take five times as long.
 *
 * The value is `high * 2^31 + (low & 0x7fffffff)`. After a complete add, `high` is odd if and only if bit 31 of `low`
 * is set. Between the two stores these disagree, so a reader detects the pending carry and adds it itself; otherwise
 * the value would drop for that moment. The add to `high` is atomic, so a reader that sees it also sees the store to
 * `low`.
 * @param n a whole number, 0 to 2^31 - 1; not checked
 * @returns false if the cell is full, just below 2^63: nothing was added
 */
export function addSmall(ints: Int32Array, at: number, n: number): boolean {
  const before = ints[at] as number
  const after = (before + n) | 0
  // Not a function of its own: with it, JavaScriptCore does not inline the callers of this function.
  if ((before ^ after) < 0) {
    if (ints[at + 1] === lastHigh) return false
    ints[at] = after
    Atomics.add(ints, at + 1, 1)
    return true
  }
  ints[at] = after
  return true
}

/**
 * Adds `n` to an integer cell.
 * @param n a whole number, 0 to 2^63; not checked
 * @returns false if the cell is full, or would be above 2^63: nothing was added
 */
export function add(ints: Int32Array, at: number, n: number): boolean {
  const steps = Math.floor(n / two31)
  return addSteps(ints, at, steps, n - steps * two31)
}

/** Adds `steps * 2^31 + rest` to an integer cell, like `add`. `rest` is less than 2^31. */
export function addSteps(ints: Int32Array, at: number, steps: number, rest: number): boolean {
  if (steps === 0) return addSmall(ints, at, rest)
  if (((ints[at + 1] as number) >>> 0) + steps >= lastHigh >>> 0) return false // leaves room for a carry of `rest`
  // An even number of steps keeps the parity of the high half, so the halves still agree, and readers see a complete
  // add.
  if (steps > 1) Atomics.add(ints, at + 1, steps & ~1)
  if (steps & 1) addHalfTurn(ints, at)
  return addSmall(ints, at, rest)
}

/** Adds `n` to an integer cell. If there is no room for it, stores the largest number. */
export function addSaturated(ints: Int32Array, at: number, n: number): void {
  if (add(ints, at, n)) return
  Atomics.store(ints, at, -1) // first, so that readers see no smaller number
  Atomics.store(ints, at + 1, lastHigh)
}

/** Adds 2^31 to an integer cell. */
function addHalfTurn(ints: Int32Array, at: number): void {
  ints[at] = (ints[at] as number) ^ two31
  Atomics.add(ints, at + 1, 1)
}

/** Returns the number in an integer cell; never less than before. Numbers above 2^53 are rounded. */
export function read(ints: Int32Array, at: number): number {
  let high: number
  let low: number
  do {
    high = Atomics.load(ints, at + 1)
    low = Atomics.load(ints, at)
  } while (Atomics.load(ints, at + 1) !== high)
  const carryToCome = (high & 1) !== low >>> 31 ? 1 : 0
  return ((high >>> 0) + carryToCome) * two31 + (low & maxSmall)
}

/**
 * Completes the carry of a writer that stopped between the two stores of an add. A thread that takes the cell over must
 * call this before its first write. Otherwise the next carry would make the halves agree again, and the pending carry
 * would be lost.
 */
export function repairCarry(ints: Int32Array, at: number): void {
  if ((Atomics.load(ints, at + 1) & 1) !== Atomics.load(ints, at) >>> 31) Atomics.add(ints, at + 1, 1)
}

/**
 * Writes any number to a float cell: first the copy that readers do not use, then the version, which selects that copy.
 * No reader sees half a number, and a writer that stops midway leaves the previous number. (In ECMA-262 a plain
 * Float64Array store may tear between threads.)
 */
export function writeFloat(ints: Int32Array, at: number, value: number): void {
  const version = Atomics.load(ints, at) + 1
  writeHalves(ints, at + 1 + 2 * (version & 1), value)
  Atomics.store(ints, at, version)
}

/** Returns the number in a float cell. A write that is not complete has no effect on it. */
export function readFloat(ints: Int32Array, at: number): number {
  let version: number
  let value: number
  do {
    version = Atomics.load(ints, at)
    value = readHalves(ints, at + 1 + 2 * (version & 1))
  } while (Atomics.load(ints, at) !== version)
  return value
}

/** Like `writeFloat`, for a number with a stamp: readers see both of them change, or neither. */
export function writeStamped(ints: Int32Array, at: number, value: number, stamp: number): void {
  const version = Atomics.load(ints, at) + 1
  const copy = at + 1 + 4 * (version & 1)
  writeHalves(ints, copy, value)
  writeHalves(ints, copy + 2, stamp)
  Atomics.store(ints, at, version)
}

/** Returns the number and the stamp in a stamped cell. Both are 0 before the first write. */
export function readStamped(ints: Int32Array, at: number): { value: number; stamp: number } {
  let version: number
  let value: number
  let stamp: number
  do {
    version = Atomics.load(ints, at)
    const copy = at + 1 + 4 * (version & 1)
    value = readHalves(ints, copy)
    stamp = readHalves(ints, copy + 2)
  } while (Atomics.load(ints, at) !== version)
  return { value, stamp }
}

/**
 * Takes a ticket from a cell that all threads write: the time in whole microseconds since 1970, or the last ticket plus
 * one if that is not less. So no ticket is returned twice, and tickets ascend although the clock may not.
 * @param ms the time in epoch ms
 */
export function takeTicket(longs: BigInt64Array, at: number, ms: number): number {
  const now = BigInt(microsecondsOf(ms))
  for (;;) {
    const last = Atomics.load(longs, at)
    const ticket = now > last ? now : last + 1n
    if (Atomics.compareExchange(longs, at, last, ticket) === last) return Number(ticket)
  }
}

/** The time of a ticket: whole microseconds; 0 for a clock that shows no number, or a time before 1970. */
export function microsecondsOf(ms: number): number {
  const microseconds = Math.floor(ms * 1000)
  return microseconds > 0 && Number.isSafeInteger(microseconds) ? microseconds : 0
}

function writeHalves(ints: Int32Array, at: number, value: number): void {
  oneFloat[0] = value
  Atomics.store(ints, at, itsHalves[0])
  Atomics.store(ints, at + 1, itsHalves[1])
}

function readHalves(ints: Int32Array, at: number): number {
  itsHalves[0] = Atomics.load(ints, at)
  itsHalves[1] = Atomics.load(ints, at + 1)
  return oneFloat[0]
}

// Scratch space that splits a float into halves and joins them. Its content is valid only within one call.
const oneFloat = new Float64Array(1) as Float64Array & { 0: number }
const itsHalves = new Int32Array(oneFloat.buffer) as Int32Array & { 0: number; 1: number }
