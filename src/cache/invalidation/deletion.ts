/**
 * A deletion of more keys than one step may process without holding the event loop. All of its keys count as deleted from the call
 * on. Their marks, the entries in memory and the shared tier follow in steps.
 */
import type { KeySpace } from '../key-spaces.ts'

/** Number of keys that are copied, and made store keys, at once. */
const GROUP = 512

/** Number of keys that one step deletes. */
const STEP = 128

/** Number of sets for the store keys: a set that grows beyond some thousand would hold the event loop. */
const SETS = 64

export class Deletion {
  /** The invalidation sequence number of all keys: older entries and loads are invalid. */
  readonly sequence: number
  readonly #space: KeySpace
  /** Keys that are not store keys yet. */
  readonly #groups: (readonly string[])[] = []
  /** Store keys that no step has deleted yet, by the end of the key. */
  readonly #sets = Array.from({ length: SETS }, () => new Set<string>())
  readonly #waiting = inTurn(this.#sets)
  /** Store keys whose entries were removed before their step. */
  readonly #removed = new Set<string>()
  /** Store keys that were sent to the shared tier before their step. */
  readonly #sent = new Map<string, Promise<boolean>>()

  /** @throws {TypeError} when a key is not valid. */
  constructor(keys: readonly string[], space: KeySpace, sequence: number) {
    for (const key of keys) space.requireKey(key)
    for (let from = 0; from < keys.length; from += GROUP) this.#groups.push(keys.slice(from, from + GROUP))
    this.#space = space
    this.sequence = sequence
  }

  /** Makes some keys store keys, so that they are found without a search. Returns false if there were none left. */
  list(): boolean {
    const group = this.#groups.pop()
    for (const key of group ?? []) {
      const storeKey = this.#space.storeKeyOf(key)
      this.#setOf(storeKey)?.add(storeKey)
    }
    return group !== undefined
  }

  /** Returns true if the key waits for its step. */
  covers(storeKey: string): boolean {
    this.list() // so that a few hundred look-ups, not all until the last step, search a list
    if (this.#setOf(storeKey)?.has(storeKey)) return true
    if (this.#groups.length === 0) return false
    const key = this.#space.keyOf(storeKey)
    return key !== undefined && this.#groups.some((group) => group.includes(key))
  }

  /** Returns store keys for one step, and removes them; `undefined` at the end. Must not be called before `list` returns false. */
  takeStep(): readonly string[] | undefined {
    const step: string[] = []
    while (step.length < STEP) {
      const { value } = this.#waiting.next()
      if (value === undefined) break
      step.push(value)
      this.#setOf(value)?.delete(value)
    }
    return step.length === 0 ? undefined : step
  }

  /** Notes that the entry of a key was removed before its step. */
  noteRemoved(storeKey: string): void {
    this.#removed.add(storeKey)
  }

  wasRemoved(storeKey: string): boolean {
    return this.#removed.has(storeKey)
  }

  /** Notes that a key was sent to the shared tier before its step. @param sent resolves to true if the tier has confirmed it. */
  noteSent(storeKey: string, sent: Promise<boolean>): void {
    this.#sent.set(storeKey, sent)
  }

  /** Returns the promise of `noteSent`; `undefined` if the key was not sent. */
  sent(storeKey: string): Promise<boolean> | undefined {
    return this.#sent.get(storeKey)
  }

  #setOf(storeKey: string): Set<string> | undefined {
    let hash = 0
    for (let i = Math.max(0, storeKey.length - 8); i < storeKey.length; i++) {
      hash = Math.imul(hash, 31) + storeKey.charCodeAt(i)
    }
    return this.#sets[(hash ^ (hash >>> 8)) & (SETS - 1)]
  }
}

/** Returns the members of the sets, one set after the other. */
function* inTurn(sets: readonly Set<string>[]): Generator<string, undefined> {
  for (const set of sets) yield* set
}
