/**
 * Predicts the hit ratio for other sizes of the room. Some keys, selected by hash, stand for all: for each request of one of them it is
 * known whether LRU caches of these sizes would have had it. The prediction is the counted hit ratio plus the difference that this makes,
 * so the errors of the sample, and the gain of a policy over LRU, change it little.
 *
 * Source: C. Waldspurger, N. Park, A. Garthwaite, I. Ahmad, Efficient MRC Construction with SHARDS, FAST 2015.
 */
import type { PredictedHitRatio, ReadCounts } from '../../store.ts'
import { keyHash } from '../eviction/density/key-hash.ts'
import type { Removal } from '../eviction/eviction-policy.ts'
import { type Sample, SampledList } from './sampled-list.ts'

export interface HitRatioCurveOptions {
  /** Bounds of the room: the prediction is for multiples of them. */
  maxBytes: number
  maxEntries: number
  /** Returns the numbers of reads since the last call. */
  takeReads: () => ReadCounts
}

/** At first one key in 16 is sampled. With more, the hits of small caches would take measurably longer. */
const FIRST_BITS = 4

/** If there are more samples, half of them are dropped, and half as many keys are sampled from then on. */
const MAX_SAMPLES = 1024

/** With fewer samples, twice as many keys are sampled. */
const MIN_SAMPLES = MAX_SAMPLES / 8

/** The counts lose half of their weight in as many reads as lead to 1,024 requests for samples, in steps of a 32nd of it. */
const HALF_LIFE = 1024
const STEP = 1 / 32

/** Reads before the first prediction, in half-lives. */
const FIRST = 1 / 16

/** Counts: of all reads, of hits, and of requests by segment of the sample, each as many as the sample stands for. */
const READS = 0
const HITS = 1
const SEGMENTS = 2

export class HitRatioCurve {
  readonly #maxBytes: number
  /** Size of the smallest entries: with them, the number of entries is at its bound if the bytes are. */
  readonly #minSize: number
  /** One key in 2^bits is sampled. */
  #bits = FIRST_BITS
  readonly #samples: SampledList
  /** Faded counts. */
  readonly #counts = new Float64Array(SEGMENTS + 4)
  readonly #takeReads: HitRatioCurveOptions['takeReads']
  /** Reads since the counts faded. */
  #reads = 0

  constructor({ maxBytes, maxEntries, takeReads }: HitRatioCurveOptions) {
    this.#takeReads = takeReads
    this.#maxBytes = maxBytes
    this.#minSize = maxBytes / maxEntries
    this.#samples = new SampledList(maxBytes / 2 ** FIRST_BITS)
  }

  /** Number of sampled keys. */
  get samples(): number {
    return this.#samples.length
  }

  /**
   * An entry was stored for a key that had none. Its value can be served until `usableUntil`, epoch ms. Returns true if the key is
   * sampled.
   *
   * @param hashOfKey `keyHash` of the key.
   */
  add(key: string, hashOfKey: number, bytes: number, usableUntil: number, now: number): boolean {
    const hash = mixed(hashOfKey)
    if (!this.#isSampled(hash)) return false
    const sample = this.#samples.find(hash)
    if (sample === undefined) return this.#addSample(key, hash, bytes, usableUntil)
    // A larger cache would have had the entry.
    this.#count(sample, now)
    this.#samples.rename(sample, key)
    sample.usableUntil = usableUntil
    this.#samples.use(sample, this.#sizeOf(bytes))
    return true
  }

  /** A look-up found the entry of a sampled key. Returns false if there is no sample of it any more. */
  use(key: string, now: number): boolean {
    const sample = this.#samples.find(key)
    if (sample === undefined) return false
    // A smaller cache would not have had the entry.
    this.#count(sample, now)
    this.#samples.use(sample, sample.size)
    return true
  }

  /** The entry of a sampled key was replaced by a newer one. */
  update(key: string, bytes: number, usableUntil: number): void {
    const sample = this.#samples.find(key)
    if (sample === undefined) return
    sample.usableUntil = usableUntil
    this.#samples.use(sample, this.#sizeOf(bytes))
  }

  /** The entry of a sampled key was removed. A larger cache would still have it if it was evicted. */
  remove(key: string, removal: Removal): void {
    const sample = this.#samples.find(key)
    if (sample === undefined) return
    if (removal === 'evicted') this.#samples.rename(sample, sample.hash)
    else this.#samples.remove(sample)
  }

  /** The key of an evicted entry was invalidated. */
  forget(key: string): void {
    const sample = this.#samples.find(mixed(keyHash(key)))
    if (sample !== undefined) this.#samples.remove(sample)
  }

  /** An invalidation removed many entries, or removes them in steps. */
  clear(): void {
    this.#samples.clear()
  }

  /** Returns `undefined` until there are enough reads. */
  predict(): PredictedHitRatio | undefined {
    this.#countReads()
    const [reads = 0, hits = 0, , second = 0, third = 0, fourth = 0] = this.#counts
    if (reads < FIRST * this.#halfLife()) return undefined
    const twice = Math.min(hits + third, reads)
    return {
      '0.5x': Math.max(hits - second, 0) / reads,
      '1x': hits / reads,
      '2x': twice / reads,
      '4x': Math.min(twice + fourth, reads) / reads,
    }
  }

  #count({ segment, usableUntil }: Sample, now: number): void {
    if (segment === 0 || usableUntil <= now) return // each cache would have had it, or none
    this.#countReads()
    this.#add(SEGMENTS + segment, 2 ** this.#bits)
  }

  #countReads(): void {
    const { reads, hits } = this.#takeReads()
    this.#reads += reads
    if (this.#reads >= STEP * this.#halfLife()) this.#fade()
    this.#add(READS, reads)
    this.#add(HITS, hits)
  }

  #add(count: number, value: number): void {
    this.#counts[count] = (this.#counts[count] as number) + value
  }

  #fade(): void {
    const weight = 2 ** (-this.#reads / this.#halfLife())
    for (let i = 0; i < this.#counts.length; i++) this.#counts[i] = (this.#counts[i] as number) * weight
    if (this.#samples.length < MIN_SAMPLES && this.#bits > FIRST_BITS) this.#setBits(this.#bits - 1)
    this.#reads = 0
  }

  /** In reads. Grows with the number of entries, because of which fewer of them are for samples. */
  #halfLife(): number {
    return HALF_LIFE * 2 ** this.#bits
  }

  #addSample(key: string, hash: number, bytes: number, usableUntil: number): boolean {
    this.#samples.add(key, hash, this.#sizeOf(bytes), usableUntil)
    if (this.#samples.length > MAX_SAMPLES) this.#setBits(this.#bits + 1)
    return this.#isSampled(hash)
  }

  #setBits(bits: number): void {
    this.#bits = bits
    this.#samples.resize(this.#maxBytes / 2 ** bits, ({ hash }) => this.#isSampled(hash))
  }

  #isSampled(hash: number): boolean {
    return hash >>> (32 - this.#bits) === 0
  }

  #sizeOf(bytes: number): number {
    return Math.max(bytes, this.#minSize)
  }
}

/** The upper bits of the hash select the samples, so each bit of `keyHash` must affect them. */
function mixed(hash: number): number {
  return Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
}
