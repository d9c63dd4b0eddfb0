/**
 * The states of one user, as its writers and readers know them. Each write makes a state with the next number, so a read can be
 * compared: it must not show a state older than a write that was answered before the read began, nor older than what an earlier
 * read has shown.
 */
import { createHash } from 'node:crypto'

/** The state that a response shows: its number, or `absent`, which may be that of several deletions. */
export type Shown = number | 'absent'

/** What was known when a read began. */
export interface Known {
  /** The last state whose write had been answered. */
  answered: number
  /** The latest state that a read had shown. */
  seen: number
}

export class Register {
  readonly id: string
  /** True while a client writes: the writes of a user are made one after another. */
  isBusy = false
  exists = false
  /** The number of the present state, as far as the last writer knows. */
  current = 0
  /** True for the states in which the user exists, by number. The user is absent at first. */
  readonly #states = [false]
  readonly #byEtag = new Map<string, number>()
  #known: Known = { answered: 0, seen: 0 }

  constructor(id: string) {
    this.id = id
  }

  /** Returns the number of the state that the next write makes. */
  issue(exists: boolean): number {
    const version = this.#states.push(exists) - 1
    if (exists) this.#byEtag.set(this.etag(version), version)
    return version
  }

  /** The write of a state was answered. */
  answered(version: number): void {
    this.current = version
    this.exists = this.#states[version] === true
    this.#known = { ...this.#known, answered: version }
  }

  /** The representation of a state. */
  body(version: number): { id: string; name: string; email: string } {
    return { id: this.id, name: `version ${version}`, email: `${this.id}@example.com` }
  }

  etag(version: number): string {
    const hash = createHash('sha256')
      .update(JSON.stringify(this.body(version)))
      .digest()
    return `"${hash.subarray(0, 16).toString('base64url')}"`
  }

  /** Returns the state with this entity tag; `undefined` if no state has it. */
  ofEtag(etag: string | null): number | undefined {
    return etag === null ? undefined : this.#byEtag.get(etag)
  }

  known(): Known {
    return this.#known
  }

  /**
   * Compares what a read has shown with what was known when it began.
   *
   * @returns the rule that the read broke, in words; `undefined` if it broke none.
   */
  check(shown: Shown, known: Known): string | undefined {
    const least = Math.max(known.answered, known.seen)
    const version = shown === 'absent' ? this.#firstAbsent(least) : shown
    if (version === undefined || this.#states[version] !== (shown !== 'absent'))
      return `${this.id} was ${shown}, a state that it has not had since ${least}`
    if (version < known.answered)
      return `${this.id} was ${shown}, older than the finished write ${known.answered}`
    if (version < known.seen)
      return `${this.id} was ${shown}, older than ${known.seen}, which was seen before`
    this.#known = { ...this.#known, seen: Math.max(this.#known.seen, version) }
    return undefined
  }

  #firstAbsent(least: number): number | undefined {
    for (let version = least; version < this.#states.length; version++) {
      if (this.#states[version] === false) return version
    }
    return undefined
  }
}
