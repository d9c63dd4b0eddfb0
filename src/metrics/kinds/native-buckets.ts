/**
 * Maps observations to cells of a native histogram (https://prometheus.io/docs/specs/native_histograms/): each bucket's
 * upper bound is the previous one times 2^(2^-schema), so the exponent of a number determines its octave.
 *
 * If the histogram also has classic buckets, its cells are cut at the bounds of both. Every observation is counted in one
 * cell, and each classic and each native bucket is a sum of cells, so the two always agree.
 */

/** The cells for numbers from one power of 2 up to, but not including, the next. */
export type Octave = {
  /** Inclusive upper bounds of the cells; one more cell counts the numbers between the last bound and the octave's end. */
  readonly uppers: Float64Array
  /** For each cell, the index of its classic bucket. */
  readonly classic: readonly number[]
  /** For each cell, the index of its native bucket. */
  readonly native: readonly number[]
}

export type NativeBucketing = {
  readonly schema: number
  /** A power of 2, below `1 / scale`; the zero bucket counts numbers up to and including it. */
  readonly zeroThreshold: number
  /** The cells of the zero bucket, and the classic bucket of each. */
  readonly zero: { readonly uppers: Float64Array; readonly classic: readonly number[] }
  /** The octave of a number above the zero threshold, from 0. */
  octaveOf(value: number): number
  octave(number: number): Octave
}

/**
 * @param bounds of the classic buckets, ascending; empty for a histogram with only native buckets
 * @param scale observations are distinguished down to `1 / scale`
 */
export function createBucketing(schema: number, bounds: readonly number[], scale: number): NativeBucketing {
  const lowest = -Math.floor(Math.log2(scale)) - 2 // the exponent of the zero threshold
  const zeroThreshold = 2 ** lowest
  const perOctave = 2 ** schema
  const octaves: Octave[] = []

  /** Index of the first classic bucket that counts numbers up to `upper`; the `+Inf` bucket has no bound. */
  function classicOf(upper: number): number {
    const bucket = bounds.findIndex((bound) => bound >= upper)
    return bucket < 0 ? bounds.length : bucket
  }

  function makeOctave(number: number): Octave {
    const start = 2 ** (lowest + number)
    const natives = Array.from({ length: perOctave }, (_, i) => start * 2 ** (i / perOctave))
    const uppers = sorted([...natives, ...bounds.filter((bound) => bound >= start && bound < 2 * start)])
    const firstIndex = (lowest + number) * perOctave
    const ends = [...uppers, 2 * start]
    return {
      uppers,
      classic: ends.map(classicOf),
      // The octave's start is the upper bound of the previous octave's last native bucket.
      native: ends.map((upper) => firstIndex + natives.filter((bound) => bound < upper).length),
    }
  }

  const zeroUppers = sorted([...bounds.filter((bound) => bound >= 0 && bound < zeroThreshold), zeroThreshold])
  return {
    schema,
    zeroThreshold,
    zero: { uppers: zeroUppers, classic: [...zeroUppers].map(classicOf) },
    octaveOf: (value) => exponentOf(value) - lowest,
    octave: (number) => (octaves[number] ??= makeOctave(number)),
  }
}

/** Index of the first of the ascending bounds that is not below the value; `uppers.length` if all are below. */
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

// Scratch space to split a float into halves; no value outlives a call. Every supported runtime is little-endian.
const oneFloat = new Float64Array(1)
const itsHalves = new Int32Array(oneFloat.buffer)
