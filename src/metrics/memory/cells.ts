/**
 * Cells: numbers in Int32s that threads can share.
 *
 * Every cell has one writer, the thread that owns its arena; any thread with the buffer may read. Readers never wait, even
 * if the writer stops midway: in a write of several stores, those before the last one do not change the cell's value.
 */

/** The location of cells: `at` is the index of the first Int32. Callers must not store it, because cells can move. */
export type Place = { ints: Int32Array; at: number }

/** Int32s of an integer cell: the low half, then the high half. */
export const integerCellLength = 2

/** Int32s of a float cell: its version, then two copies of the number, two halves each. */
export const floatCellLength = 5

/** Int32s of a stamped cell: its version, then two copies of the number and of its stamp, two halves each. */
export const stampedCellLength = 9

const two31 = 2 ** 31
const maxSmall = two31 - 1

/**
 * Adds to an integer cell: a plain load and store, and an atomic add each time that 2^31 is passed.
 *
 * Plain access suffices: the cell has one writer, so no add is lost, and in ECMA-262 an Int32 store never tears. An atomic
 * add would take five times as long.
 * The value is `high * 2^31 + (low & 0x7fffffff)`, and `high` is odd if and only if bit 31 of `low` is set. A reader between
 * the two stores sees that the halves disagree, and adds the pending carry itself; without this bit the value would drop
 * by 2^32 for that moment. The store to `high` is atomic, so a reader that sees it sees the store to `low` as well.
 * @param n a whole number, 0 to 2^31 - 1; not checked
 */
export function addSmall(ints: Int32Array, at: number, n: number): void {
  const before = ints[at] as number
  const after = (before + n) | 0
  ints[at] = after
  if ((before ^ after) < 0) Atomics.add(ints, at + 1, 1)
}

/**
 * Adds to an integer cell.
 * @param n a whole number, 0 to 2^53; not checked
 */
export function add(ints: Int32Array, at: number, n: number): void {
  const steps = Math.floor(n / two31)
  // An even step leaves the high half's parity, so the halves still agree, and readers see one complete add.
  if (steps > 1) Atomics.add(ints, at + 1, steps & ~1)
  if (steps & 1) addHalfTurn(ints, at)
  addSmall(ints, at, n - steps * two31)
}

/** Adds 2^31. */
function addHalfTurn(ints: Int32Array, at: number): void {
  ints[at] = (ints[at] as number) ^ two31
  Atomics.add(ints, at + 1, 1)
}

/** Reads an integer cell: exact to 2^53, the nearest double to 2^63; never less than an earlier result. */
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
 * Completes the carry of a writer that stopped between the two stores of an add. The thread that takes the cell over must
 * call it before it writes: readers add the pending carry already, but the next writer's carry would cancel it.
 */
export function repairCarry(ints: Int32Array, at: number): void {
  if ((Atomics.load(ints, at + 1) & 1) !== Atomics.load(ints, at) >>> 31) Atomics.add(ints, at + 1, 1)
}

/**
 * Writes any number to a float cell. It writes the copy that readers do not use, then switches the version to it: no
 * reader sees half a number, and a writer that stops midway leaves the previous number. (In ECMA-262 a plain Float64Array
 * store may tear between threads.)
 */
export function writeFloat(ints: Int32Array, at: number, value: number): void {
  const version = Atomics.load(ints, at) + 1
  writeHalves(ints, at + 1 + 2 * (version & 1), value)
  Atomics.store(ints, at, version)
}

/** Reads a float cell: the number of the last completed write. */
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

/** Reads a stamped cell: its number and its stamp; both 0 before the first write. */
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
 * Returns the next whole number, from 1, each number once among all threads. The only cell with several writers.
 */
export function takeTicket(ints: Int32Array, at: number): number {
  const low = Atomics.add(ints, at, 1)
  if ((low ^ (low + 1)) < 0) Atomics.add(ints, at + 1, 1)
  const high = Atomics.load(ints, at + 1)
  // If the halves disagree, either an earlier carry is pending or a later one has been added already. Our low half
  // distinguishes the cases: it is small just after a carry, and large just before one.
  const agrees = (high & 1) === low >>> 31
  const highOfTicket = agrees ? high : (low & maxSmall) < two31 / 2 ? high + 1 : high - 1
  return highOfTicket * two31 + (low & maxSmall) + 1
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

// Scratch space to split a float into halves and join them; no value outlives a call.
const oneFloat = new Float64Array(1) as Float64Array & { 0: number }
const itsHalves = new Int32Array(oneFloat.buffer) as Int32Array & { 0: number; 1: number }
