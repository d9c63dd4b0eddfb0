/** Generations of tags that this process has read, and since when it knows them. */

/** Bounds the memory. A tag that was dropped costs a load. */
const MAX_TAGS = 10_000

export class SeenTags {
  readonly #seen = new Map<string, { generation: string; since: number }>()
  #position = 0

  /** Returns the position of an event, such as the beginning of a load, after all observations until now. */
  now(): number {
    return ++this.#position
  }

  /** A generation never returns after its end. So one that was seen before and is read again has not ended between. */
  observe(tag: string, generation: string): void {
    const seen = this.#seen.get(tag)
    this.#seen.delete(tag) // the last tags in the map are those read last
    this.#seen.set(tag, seen?.generation === generation ? seen : { generation, since: this.now() })
    const [oldest] = this.#seen.keys()
    if (this.#seen.size > MAX_TAGS && oldest !== undefined) this.#seen.delete(oldest)
  }

  /** Returns true if the generation was known before a position. */
  isKnownBefore(position: number, tag: string, generation: string): boolean {
    const seen = this.#seen.get(tag)
    return seen?.generation === generation && seen.since < position
  }

  drop(tags: readonly string[]): void {
    for (const tag of tags) this.#seen.delete(tag)
  }
}
