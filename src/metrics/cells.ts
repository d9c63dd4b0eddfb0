/**
 * The memory that metrics live in: numbers in buffers that threads can share.
 * The only file that knows SharedArrayBuffer and Atomics.
 *
 * Every cell has one writer, the thread whose arena it is; any thread that holds the buffer may read.
 */

/** Where a cell lies: `at` is the index of its first Int32. Cells never move, so a handle may keep it. */
export type Slot = { readonly ints: Int32Array; readonly at: number }

/** The memory of one writer. */
export type Arena = {
  /** `count` integer cells side by side, `integerCellLength` apart, all 0. */
  integers(count: number): Slot
  /** One float cell, 0. */
  float(): Slot
}

/** Int32s in an integer cell: the low half, then the high half. */
export const integerCellLength = 2

/** Int32s in a float cell: its version, then two copies of the number, two halves each. */
const floatCellLength = 5

/**
 * Makes an arena. It grows by adding buffers and never moves one, so slots stay valid.
 * @param options.bufferLength Int32s per buffer, 4096 unless told
 */
export function createArena({ bufferLength = 4096 }: { bufferLength?: number } = {}): Arena {
  let ints: Int32Array = new Int32Array(0)
  let used = 0

  function allocate(length: number): Slot {
    if (used + length > ints.length) {
      ints = newBuffer(Math.max(bufferLength, length))
      used = 0
    }
    const at = used
    used += length
    return { ints, at }
  }

  return {
    integers: (count) => allocate(count * integerCellLength),
    float: () => allocate(floatCellLength),
  }
}

function newBuffer(length: number): Int32Array {
  const bytes = length * Int32Array.BYTES_PER_ELEMENT
  return new Int32Array(
    typeof SharedArrayBuffer === 'function' ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes),
  )
}

const two31 = 2 ** 31
const two32 = 2 ** 32
const maxSmall = two31 - 1

/**
 * Adds to an integer cell: one atomic add, two at every 2^31st step; nothing is allocated.
 * The value is `high * 2^31 + (low & 0x7fffffff)`, and `high` is odd when bit 31 of `low` is set. So whoever reads
 * between the two adds sees the halves disagree and knows that the carry is still to come; a plain carry would let
 * the value fall by 2^32 for that moment.
 * @param n a whole number, 0 to 2^31 - 1; not checked
 */
export function addSmall(ints: Int32Array, at: number, n: number): void {
  const before = Atomics.add(ints, at, n)
  if ((before ^ (before + n)) < 0) Atomics.add(ints, at + 1, 1)
}

/**
 * Adds to an integer cell.
 * @param n a whole number, 0 to 2^53; not checked
 */
export function add(ints: Int32Array, at: number, n: number): void {
  // An even step of the high half agrees with the low half as it stands, so it is one add, whole for every reader.
  const evenSteps = 2 * Math.floor(n / two32)
  if (evenSteps > 0) Atomics.add(ints, at + 1, evenSteps)
  let rest = n % two32
  for (; rest > maxSmall; rest -= maxSmall) addSmall(ints, at, maxSmall)
  addSmall(ints, at, rest)
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
 * Puts any number into a float cell. The copy that readers use is left alone while the other one is written, and the
 * version then points to it: nobody sees half a number, and a writer that dies midway leaves the last whole one.
 * (A plain Float64Array store may tear between threads, says ECMA-262.)
 */
export function writeFloat(ints: Int32Array, at: number, value: number): void {
  const version = Atomics.load(ints, at) + 1
  const copy = at + 1 + 2 * (version & 1)
  oneFloat[0] = value
  Atomics.store(ints, copy, itsHalves[0])
  Atomics.store(ints, copy + 1, itsHalves[1])
  Atomics.store(ints, at, version)
}

/** A float cell's value: the last one whose writing was completed. */
export function readFloat(ints: Int32Array, at: number): number {
  let version: number
  do {
    version = Atomics.load(ints, at)
    const copy = at + 1 + 2 * (version & 1)
    itsHalves[0] = Atomics.load(ints, copy)
    itsHalves[1] = Atomics.load(ints, copy + 1)
  } while (Atomics.load(ints, at) !== version)
  return oneFloat[0]
}

// Where a float is taken apart and put together; nothing in it outlives a call.
const oneFloat = new Float64Array(1) as Float64Array & { 0: number }
const itsHalves = new Int32Array(oneFloat.buffer) as Int32Array & { 0: number; 1: number }
