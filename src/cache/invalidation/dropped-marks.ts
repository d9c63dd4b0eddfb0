/** The highest number of the dropped marks, by a hash of the name: names are many, so several share one number. */

/** A power of two. The numbers take 512 KiB, from the first dropped mark on. */
const BUCKETS = 65_536

export class DroppedMarks {
  readonly #buckets: number
  #numbers: Float64Array | undefined

  /** @param buckets number of buckets, a power of two. Default: 65,536. */
  constructor(buckets = BUCKETS) {
    this.#buckets = buckets
  }

  /** Memory of the numbers, in bytes. */
  get bytes(): number {
    return this.#numbers?.byteLength ?? 0
  }

  add(name: string, number: number): void {
    this.#numbers ??= new Float64Array(this.#buckets)
    const bucket = this.#bucketOf(name)
    this.#numbers[bucket] = Math.max(number, this.#numbers[bucket] ?? 0)
  }

  /** Returns the highest number that was added for the name, or for another one in its bucket; 0 if there is none. */
  highest(name: string): number {
    return this.#numbers?.[this.#bucketOf(name)] ?? 0
  }

  clear(): void {
    this.#numbers = undefined
  }

  /** FNV-1a over UTF-16 units. Names chosen to collide cost loads, and nothing else. */
  #bucketOf(name: string): number {
    let hash = 0x811c9dc5
    for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193)
    return (hash ^ (hash >>> 16)) & (this.#buckets - 1)
  }
}
