/**
 * Where an observation falls in a native histogram (https://prometheus.io/docs/specs/native_histograms/): each bucket's
 * upper bound is the previous one's times 2^(2^-schema), so a number's exponent says in which octave it lies.
 *
 * A histogram that has classic buckets as well is cut at the bounds of both: every observation falls into one cell, and
 * the cells of each classic and of each native bucket add up. So the two always agree.
 */

/** The cells of the numbers from one power of 2 up to, but not including, the next. */
export type Octave = {
  /** Cell `i` holds what is not above `uppers[i]`; the last, one more than there are bounds, what is below the end. */
  readonly uppers: Float64Array
  /** For each cell, the classic bucket that it belongs to. */
  readonly classic: readonly number[]
  /** For each cell, the index of the native bucket that it belongs to. */
  readonly native: readonly number[]
}

export type NativeBucketing = {
  readonly schema: number
  /** A power of 2, below `1 / scale`: what is not above it is in the zero bucket. */
  readonly zeroThreshold: number
  /** The cells of the zero bucket, and the classic bucket of each. */
  readonly zero: { readonly uppers: Float64Array; readonly classic: readonly number[] }
  /** The octave that a number above the zero threshold lies in, from 0. */
  octaveOf(value: number): number
  octave(number: number): Octave
}

/**
 * @param bounds of the classic buckets, ascending; none for a histogram that is only native
 * @param scale observations are told apart down to `1 / scale`
 */
export function createBucketing(schema: number, bounds: readonly number[], scale: number): NativeBucketing {
  const lowest = -Math.floor(Math.log2(scale)) - 2 // the exponent of the zero threshold
  const zeroThreshold = 2 ** lowest
  const perOctave = 2 ** schema
  const octaves: Octave[] = []

  /** The first classic bucket that holds numbers up to `upper`; the last one, of `+Inf`, has no bound. */
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
      // The first native bound is the lower octave's last bucket's.
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

/** The first of the ascending numbers that is not below the value; their number when all are. */
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

// Where a float is taken apart; nothing in it outlives a call. (Every runtime there is runs on little-endian machines.)
const oneFloat = new Float64Array(1)
const itsHalves = new Int32Array(oneFloat.buffer)
