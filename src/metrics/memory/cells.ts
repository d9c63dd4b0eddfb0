/**
 * The numbers that metrics are made of, kept in Int32s that threads can share.
 *
 * Every cell has one writer, the thread whose arena it lies in; any thread that holds the buffer may read. No reader ever
 * waits, whatever becomes of the writer: where a cell takes more than one store, the stores before the last leave the
 * cell's value as it was.
 */

/** Where cells lie: `at` is the index of the first Int32. Whoever uses one asks again each time: cells may be moved. */
export type Place = { ints: Int32Array; at: number }

/** Int32s in an integer cell: the low half, then the high half. */
export const integerCellLength = 2

/** Int32s in a float cell: its version, then two copies of the number, two halves each. */
export const floatCellLength = 5

/** Int32s in a stamped cell: its version, then two copies of the number and of its stamp, two halves each. */
export const stampedCellLength = 9

const two31 = 2 ** 31
const maxSmall = two31 - 1

/**
 * Adds to an integer cell: a plain load and store, and at every 2^31st step an atomic add; nothing is allocated.
 *
 * Plain is enough: the cell has one writer, so no add can be lost, and ECMA-262 lets no Int32 store tear. An atomic add
 * would cost five times as much.
 * The value is `high * 2^31 + (low & 0x7fffffff)`, and `high` is odd when bit 31 of `low` is set. So whoever reads
 * between the two stores sees the halves disagree and knows that the carry is still to come; a plain carry would let
 * the value fall by 2^32 for that moment. The second one is atomic, so whoever sees it sees the first one too.
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
  // An even step of the high half agrees with the low half as it stands, so it is one add, whole for every reader.
  if (steps > 1) Atomics.add(ints, at + 1, steps & ~1)
  if (steps & 1) addHalfTurn(ints, at)
  addSmall(ints, at, n - steps * two31)
}

/** Adds 2^31. */
function addHalfTurn(ints: Int32Array, at: number): void {
  ints[at] = (ints[at] as number) ^ two31
  Atomics.add(ints, at + 1, 1)
}

/** An integer cell's value: exact to 2^53, the nearest double to 2^63; never less than an earlier answer. */
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
 * Completes what a writer that died in the middle of an add left undone. For the thread that takes its cells over: to
 * readers the carry counts as done already, but the next writer's carry would undo it.
 */
export function repairCarry(ints: Int32Array, at: number): void {
  if ((Atomics.load(ints, at + 1) & 1) !== Atomics.load(ints, at) >>> 31) Atomics.add(ints, at + 1, 1)
}

/**
 * Puts any number into a float cell. The copy that readers use is left alone while the other one is written, and the
 * version then points to it: nobody sees half a number, and a writer that dies midway leaves the last whole one.
 * (A plain Float64Array store may tear between threads, says ECMA-262.)
 */
export function writeFloat(ints: Int32Array, at: number, value: number): void {
  const version = Atomics.load(ints, at) + 1
  writeHalves(ints, at + 1 + 2 * (version & 1), value)
  Atomics.store(ints, at, version)
}

/** A float cell's value: the last one whose writing was completed. */
export function readFloat(ints: Int32Array, at: number): number {
  let version: number
  let value: number
  do {
    version = Atomics.load(ints, at)
    value = readHalves(ints, at + 1 + 2 * (version & 1))
  } while (Atomics.load(ints, at) !== version)
  return value
}

/** As `writeFloat`, for a number that goes with a stamp: readers see both, or neither. */
export function writeStamped(ints: Int32Array, at: number, value: number, stamp: number): void {
  const version = Atomics.load(ints, at) + 1
  const copy = at + 1 + 4 * (version & 1)
  writeHalves(ints, copy, value)
  writeHalves(ints, copy + 2, stamp)
  Atomics.store(ints, at, version)
}

/** A stamped cell's number and its stamp; both 0 until it was written. */
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
 * The next of a row of whole numbers from 1, each given once, whichever thread asks. The one cell with many writers.
 */
export function takeTicket(ints: Int32Array, at: number): number {
  const low = Atomics.add(ints, at, 1)
  if ((low ^ (low + 1)) < 0) Atomics.add(ints, at + 1, 1)
  const high = Atomics.load(ints, at + 1)
  // The high half may still lack a carry, or have one that came after us: which, our own low half tells.
  const agrees = (high & 1) === low >>> 31
  const ours = agrees ? high : (low & maxSmall) < two31 / 2 ? high + 1 : high - 1
  return ours * two31 + (low & maxSmall) + 1
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

// Where a float is taken apart and put together; nothing in it outlives a call.
const oneFloat = new Float64Array(1) as Float64Array & { 0: number }
const itsHalves = new Int32Array(oneFloat.buffer) as Int32Array & { 0: number; 1: number }
