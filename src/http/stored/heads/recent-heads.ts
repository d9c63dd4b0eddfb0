/**
 * The heads of the last responses: hits within the same second share one, because their `Age` is the same. Only so many are kept
 * that the hottest stored responses have one: a head takes as much memory as the stored response.
 */
import type { Head } from './head.ts'

const MAX_HEADS = 512

export class RecentHeads {
  readonly #maxHeads: number
  /** The head of each stored response. The one that was added first comes first. */
  readonly #heads = new Map<object, Head>()

  constructor(maxHeads = MAX_HEADS) {
    this.#maxHeads = maxHeads
  }

  /** Returns the last head of a stored response if it has this age and cache status. */
  find(stored: object, ageSeconds: number, cacheStatus: string): Head | undefined {
    const head = this.#heads.get(stored)
    return head?.ageSeconds === ageSeconds && head.cacheStatus === cacheStatus ? head : undefined
  }

  add(stored: object, head: Head): void {
    if (this.#heads.size >= this.#maxHeads && !this.#heads.has(stored)) {
      for (const oldest of this.#heads.keys()) {
        this.#heads.delete(oldest)
        break
      }
    }
    this.#heads.set(stored, head)
  }
}
