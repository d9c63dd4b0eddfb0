/**
 * Sampled keys by last use, in four segments. An LRU cache with half of the room would have the keys of the first segment, one with the
 * whole room those of the first two, one with twice the room those of the first three, and one with four times the room all of them.
 */

export interface Sample {
  /** The key of a stored entry. Otherwise the hash of the key, so that a key does not stay in memory without its entry. */
  name: string | number
  readonly hash: number
  size: number
  /** Time until which the value can be served, epoch ms. */
  usableUntil: number
  segment: number
  newer: Sample | undefined
  older: Sample | undefined
}

/** Ends of the segments, in rooms. */
const ENDS = [0.5, 1, 2, 4]
const LAST = ENDS.length - 1

export class SampledList {
  readonly #samples = new Map<string | number, Sample>()
  #newest: Sample | undefined
  /** The oldest sample of each segment that has samples. */
  readonly #oldest: (Sample | undefined)[] = []
  readonly #sizes = new Float64Array(ENDS.length)
  #room: number

  /** @param room size of the samples that have space in the room */
  constructor(room: number) {
    this.#room = room
  }

  get length(): number {
    return this.#samples.size
  }

  find(name: string | number): Sample | undefined {
    return this.#samples.get(name)
  }

  /** Adds a sample as the newest one. */
  add(name: string | number, hash: number, size: number, usableUntil: number): void {
    const sample = { name, hash, size, usableUntil, segment: 0, newer: undefined, older: undefined }
    this.#samples.set(name, sample)
    this.#push(sample)
  }

  /** Makes a sample the newest one. */
  use(sample: Sample, size: number): void {
    if (sample === this.#newest && sample.size === size) return
    const last = sample.size === size ? sample.segment : LAST
    this.#unlink(sample)
    sample.size = size
    this.#push(sample, last)
  }

  rename(sample: Sample, name: string | number): void {
    this.#samples.delete(sample.name)
    sample.name = name
    this.#samples.set(name, sample)
  }

  remove(sample: Sample): void {
    this.#unlink(sample)
    this.#samples.delete(sample.name)
  }

  /** Sets the size of the room, and removes the samples for which `isKept` returns false. */
  resize(room: number, isKept: (sample: Sample) => boolean): void {
    const kept: Sample[] = []
    for (let sample = this.#newest; sample !== undefined; sample = sample.older) {
      if (isKept(sample)) kept.push(sample)
    }
    this.clear()
    this.#room = room
    for (const sample of kept.reverse()) {
      this.#samples.set(sample.name, sample)
      this.#push(sample)
    }
  }

  clear(): void {
    this.#samples.clear()
    this.#newest = undefined
    this.#oldest.length = 0
    this.#sizes.fill(0)
  }

  /** @param last the last segment that may have become too large */
  #push(sample: Sample, last = LAST): void {
    const older = this.#newest
    sample.newer = undefined
    sample.older = older
    if (older !== undefined) older.newer = sample
    this.#newest = sample
    this.#enter(sample, 0)
    let total = 0
    for (let segment = 0; segment <= last; segment++) {
      const end = this.#room * (ENDS[segment] as number)
      let oldest = this.#oldest[segment]
      // A sample belongs to the segment in which it begins. A segment with space left takes none back from the next one, because
      // a cache does not take back an evicted entry either.
      while (oldest !== undefined && total + (this.#sizes[segment] as number) - oldest.size >= end) {
        this.#moveOn(oldest)
        oldest = this.#oldest[segment]
      }
      total += this.#sizes[segment] as number
    }
  }

  /** Moves the oldest sample of a segment to the next one; that of the last segment leaves the list. */
  #moveOn(sample: Sample): void {
    const { segment } = sample
    if (segment < LAST) {
      this.#leave(sample)
      this.#enter(sample, segment + 1)
    } else this.remove(sample)
  }

  #unlink(sample: Sample): void {
    const { newer, older } = sample
    this.#leave(sample)
    if (newer === undefined) this.#newest = older
    else newer.older = older
    if (older !== undefined) older.newer = newer
  }

  /** Makes a sample the newest one of a segment. */
  #enter(sample: Sample, segment: number): void {
    sample.segment = segment
    this.#sizes[segment] = (this.#sizes[segment] as number) + sample.size
    this.#oldest[segment] ??= sample
  }

  #leave(sample: Sample): void {
    const { segment, size, newer } = sample
    this.#sizes[segment] = (this.#sizes[segment] as number) - size
    if (this.#oldest[segment] === sample)
      this.#oldest[segment] = newer?.segment === segment ? newer : undefined
  }
}
