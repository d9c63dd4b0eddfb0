/**
 * Delays of the last minute, in slices of time. A read does not reset anything, so every scraper sees all delays of the
 * window, however many scrapers there are.
 */

/** Distribution of the delays of an event loop, in seconds. All values are 0 before the first delay. */
export type EventLoopLag = {
  readonly min: number
  /** The longest time for which the loop may have stood still. */
  readonly max: number
  readonly mean: number
  readonly stddev: number
  readonly p50: number
  readonly p90: number
  readonly p99: number
}

/** The slices of a window. One more slice is in progress, so a window covers its length and up to a sixth more. */
const SLICES = 6

/** Most delays that one call records, so that the first tick after the machine was suspended for days is short. */
const MAX_MISSED = 10_000

export class DelayWindows {
  readonly #sliceMs: number
  readonly #slices: readonly Slice[]

  /** @param windowMs time in ms for which a delay is shown at least, and at most a sixth longer */
  constructor(windowMs: number) {
    this.#sliceMs = windowMs / SLICES
    this.#slices = Array.from({ length: SLICES + 1 }, () => new Slice())
  }

  /**
   * Records a tick that was late, and every tick that was due in the meantime: they had the same delay less one period
   * each. Without them a long delay would count as much as a short one, and the percentiles would not be shares of time.
   *
   * @param now time in ms, of a clock that never goes back
   * @param lateMs delay of the tick; negative values count as 0
   */
  record(now: number, lateMs: number, periodMs: number): void {
    const slice = this.#sliceAt(now)
    // The loop may have stopped right after the previous tick, one period before this one was due.
    const longest = lateMs > periodMs ? lateMs + periodMs : lateMs
    if (longest > slice.max) slice.max = longest
    let delay = Math.max(0, lateMs)
    for (let i = 0; i < MAX_MISSED && delay >= 0; i++, delay -= periodMs) slice.add(delay)
  }

  /** The distribution of the delays in the window that ends at `now`. */
  read(now: number): EventLoopLag {
    const all = new Slice()
    const oldest = Math.floor(now / this.#sliceMs) - SLICES
    for (const slice of this.#slices) if (slice.number >= oldest) all.addAll(slice)
    return all.distribution()
  }

  #sliceAt(now: number): Slice {
    const number = Math.floor(now / this.#sliceMs)
    const slice = this.#slices[number % this.#slices.length] as Slice // the index is below the length
    if (slice.number !== number) slice.begin(number)
    return slice
  }
}

/** Buckets: 32 of 1 µs, then 16 for each power of 2 up to 2^31 µs. A percentile is exact to 3 %, and to 1 µs below 32 µs. */
const LINEAR = 32
const PER_OCTAVE = 16
const FIRST_OCTAVE = 5
const LAST_OCTAVE = 30
const BUCKETS = LINEAR + (LAST_OCTAVE - FIRST_OCTAVE + 1) * PER_OCTAVE

/** The delays of one slice of time, in ms. */
class Slice {
  /** Number of the slice: its start divided by its length. */
  number = -1
  max = 0
  #count = 0
  #min = Number.POSITIVE_INFINITY
  #sum = 0
  #sumOfSquares = 0
  readonly #buckets = new Uint32Array(BUCKETS)

  begin(number: number): void {
    this.number = number
    this.max = 0
    this.#count = 0
    this.#min = Number.POSITIVE_INFINITY
    this.#sum = 0
    this.#sumOfSquares = 0
    this.#buckets.fill(0)
  }

  add(ms: number): void {
    this.#count++
    if (ms < this.#min) this.#min = ms
    this.#sum += ms
    this.#sumOfSquares += ms * ms
    const bucket = bucketOf(ms)
    this.#buckets[bucket] = (this.#buckets[bucket] as number) + 1
  }

  addAll(other: Slice): void {
    this.max = Math.max(this.max, other.max)
    this.#count += other.#count
    this.#min = Math.min(this.#min, other.#min)
    this.#sum += other.#sum
    this.#sumOfSquares += other.#sumOfSquares
    for (let i = 0; i < BUCKETS; i++) {
      this.#buckets[i] = (this.#buckets[i] as number) + (other.#buckets[i] as number)
    }
  }

  distribution(): EventLoopLag {
    if (this.#count === 0) return { min: 0, max: 0, mean: 0, stddev: 0, p50: 0, p90: 0, p99: 0 }
    const mean = this.#sum / this.#count
    const variance = Math.max(0, this.#sumOfSquares / this.#count - mean * mean) // rounding may make it negative
    return {
      min: this.#min / 1000,
      max: this.max / 1000,
      mean: mean / 1000,
      stddev: Math.sqrt(variance) / 1000,
      p50: this.#percentile(0.5) / 1000,
      p90: this.#percentile(0.9) / 1000,
      p99: this.#percentile(0.99) / 1000,
    }
  }

  #percentile(share: number): number {
    let rest = Math.ceil(this.#count * share)
    let bucket = 0
    while (bucket < BUCKETS - 1) {
      rest -= this.#buckets[bucket] as number
      if (rest <= 0) break
      bucket++
    }
    return Math.min(this.max, Math.max(this.#min, middleOf(bucket)))
  }
}

function bucketOf(ms: number): number {
  const us = Math.min(ms * 1000, 2 ** (LAST_OCTAVE + 1) - 1) | 0
  if (us < LINEAR) return us
  const octave = 31 - Math.clz32(us)
  return LINEAR + (octave - FIRST_OCTAVE - 1) * PER_OCTAVE + (us >> (octave - 4))
}

/** The middle of a bucket, in ms. */
function middleOf(bucket: number): number {
  if (bucket < LINEAR) return bucket / 1000
  const octave = FIRST_OCTAVE + Math.floor((bucket - LINEAR) / PER_OCTAVE)
  const width = 2 ** (octave - 4)
  return ((PER_OCTAVE + ((bucket - LINEAR) % PER_OCTAVE) + 0.5) * width) / 1000
}
