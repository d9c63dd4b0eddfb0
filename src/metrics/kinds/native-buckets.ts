/**
 * Maps observations to the cells of a native histogram (https://prometheus.io/docs/specs/native_histograms/). The upper
 * bound of each native bucket is the previous bound times 2^(2^-schema).
 *
 * An octave covers the numbers from one power of 2 up to, but not including, the next, so the exponent of a number
 * determines its octave. The cells of an octave are allocated together, at the first observation in it.
 *
 * If the histogram also has classic buckets, cells end at the bounds of both kinds. Every observation is counted in one
 * cell, and the count of each bucket is a sum of cells, so classic and native buckets always agree.
 */

/** Index of the last octave. So many octaves reach from nanoseconds to a century, or from bytes to exabytes. */
export const lastOctave = 62

/** The cells of one octave. */
export type Octave = {
  /**
   * Inclusive upper bounds of the cells, except the last cell, which counts all numbers of the octave above the last
   * bound.
   */
  readonly uppers: Float64Array
  /** For each cell, the index of its classic bucket. */
  readonly classic: readonly number[]
  /** For each cell, the index of its native bucket. */
  readonly native: readonly number[]
}

export type NativeBucketing = {
  readonly schema: number
  /** Inclusive upper bound of the zero bucket: a power of 2 below `1 / scale`. */
  readonly zeroThreshold: number
  /** The cells of the zero bucket: their inclusive upper bounds, and for each cell the index of its classic bucket. */
  readonly zero: { readonly uppers: Float64Array; readonly classic: readonly number[] }
  /**
   * Index of the octave of a number above the zero threshold; the first octave is 0. The last octave also has all greater
   * numbers: its last native bucket counts them, and their classic buckets are exact.
   */
  octaveOf(value: number): number
  octave(number: number): Octave
}

/**
 * @param bounds upper bounds of the classic buckets, ascending; empty for a histogram with only native buckets
 * @param scale scale of the histogram; observations from `1 / scale` on are counted above the zero bucket
 */
export function createBucketing(schema: number, bounds: readonly number[], scale: number): NativeBucketing {
  const lowest = -Math.floor(Math.log2(scale)) - 2 // the exponent of the zero threshold
  const zeroThreshold = 2 ** lowest
  const perOctave = 2 ** schema
  const octaves: Octave[] = []

  /**
   * Returns the index of the first classic bucket with a bound of at least `upper`; without such a bound, the index of
   * the `+Inf` bucket.
   */
  function classicOf(upper: number): number {
    const bucket = bounds.findIndex((bound) => bound >= upper)
    return bucket < 0 ? bounds.length : bucket
  }

  function makeOctave(number: number): Octave {
    const start = 2 ** (lowest + number)
    const natives = Array.from({ length: perOctave }, (_, i) => start * 2 ** (i / perOctave))
    const end = number === lastOctave ? Number.POSITIVE_INFINITY : 2 * start
    const uppers = sorted([...natives, ...bounds.filter((bound) => bound >= start && bound < end)])
    const firstIndex = (lowest + number) * perOctave
    const ends = [...uppers, end]
    return {
      uppers,
      classic: ends.map(classicOf),
      // The octave's first number is the upper bound of the previous octave's last native bucket, so its cell belongs
      // to that bucket.
      native: ends.map((upper) => firstIndex + natives.filter((bound) => bound < upper).length),
    }
  }

  const zeroUppers = sorted([...bounds.filter((bound) => bound >= 0 && bound < zeroThreshold), zeroThreshold])
  return {
    schema,
    zeroThreshold,
    zero: { uppers: zeroUppers, classic: [...zeroUppers].map(classicOf) },
    octaveOf: (value) => Math.min(exponentOf(value) - lowest, lastOctave),
    octave: (number) => (octaves[number] ??= makeOctave(number)),
  }
}

/**
 * Index of the first bound that is at least `value`; `uppers.length` if all bounds are below it. The bounds must
 * ascend.
 */
export function findCell(uppers: Float64Array, value: number): number {
  let low = 0
  let high = uppers.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (value <= (uppers[middle] as number)) high = middle
    else low = middle + 1
  }
  return low
}

function sorted(values: readonly number[]): Float64Array {
  return Float64Array.from(new Set(values)).sort()
}

/** The whole number e with 2^e <= value < 2^(e + 1), for normal positive numbers. */
function exponentOf(value: number): number {
  oneFloat[0] = value
  return ((itsHalves[1] as number) >>> 20) - 1023
}

// Scratch space that splits a float into halves. Its content is valid only within one call. Every supported runtime is
// little-endian, so the second half is the high one.
const oneFloat = new Float64Array(1)
const itsHalves = new Int32Array(oneFloat.buffer)
