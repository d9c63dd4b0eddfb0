/** Table of stored values. */
import type { DatabaseSync } from 'node:sqlite'
import { prepare } from './prepared.ts'

/**
 * A new value has a higher `id` than all others. The bytes are the last column, so that reading the others does not read the
 * pages of a large value.
 *
 * `visited`: ids of values that were read since the eviction last passed. A table of its own, because a change of a row writes
 * its bytes again.
 */
export const entriesSchema = `
CREATE TABLE entries (
  id INTEGER PRIMARY KEY,
  ns INTEGER NOT NULL,
  name TEXT NOT NULL,
  version TEXT NOT NULL,
  token TEXT NOT NULL,
  seq INTEGER NOT NULL,
  until INTEGER NOT NULL,
  expiredAt INTEGER,
  tags TEXT NOT NULL,
  bytes BLOB NOT NULL
);
CREATE UNIQUE INDEX entriesByName ON entries (ns, name, version);
CREATE INDEX entriesByEnd ON entries (until);
CREATE TABLE visited (id INTEGER PRIMARY KEY);
`

/** The parts of a value that decide whether it is valid. */
export interface Made {
  /** Number of the namespace when the lease of the value was granted. */
  readonly seq: number
  /** Time of an expiry of its key, epoch ms. */
  readonly expiredAt: number | null
  /** Names of its tags, with a space between them. */
  readonly tags: string
}

export interface StoredValue extends Made {
  readonly id: number
  /** The lease or write that stored the value. */
  readonly token: string
  readonly bytes: Uint8Array<ArrayBuffer>
}

export interface NewValue extends Made {
  readonly ns: number
  readonly name: string
  readonly version: string
  readonly token: string
  /** End of the lifetime, epoch ms. */
  readonly until: number
  readonly bytes: Uint8Array<ArrayBuffer>
}

/** A value that may be removed. */
export interface Candidate extends Made {
  readonly id: number
  readonly ns: number
  readonly until: number
  readonly isVisited: 0 | 1
}

export class Entries {
  readonly #find
  readonly #store
  readonly #remove
  readonly #removeName
  readonly #expireName
  readonly #ended
  readonly #candidates
  readonly #newest
  readonly #visit
  readonly #unvisit

  constructor(db: DatabaseSync) {
    this.#find = prepare<StoredValue>(
      db,
      `SELECT id, token, seq, expiredAt, tags, bytes FROM entries
       WHERE ns = ? AND name = ? AND version = ? AND until > ? AND token <> ?`,
    )
    this.#store = prepare(
      db,
      `REPLACE INTO entries (ns, name, version, token, seq, until, expiredAt, tags, bytes)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    this.#remove = prepare(db, 'DELETE FROM entries WHERE id = ?')
    this.#removeName = prepare(db, 'DELETE FROM entries WHERE ns = ? AND name = ?')
    this.#expireName = prepare(
      db,
      'UPDATE entries SET expiredAt = min(?, coalesce(expiredAt, ?)) WHERE ns = ? AND name = ?',
    )
    this.#ended = prepare<{ id: number }>(
      db,
      'SELECT id FROM entries WHERE until <= ? ORDER BY until LIMIT ?',
    )
    this.#candidates = prepare<Candidate>(
      db,
      `SELECT e.id, e.ns, e.seq, e.until, e.expiredAt, e.tags, v.id IS NOT NULL AS isVisited
       FROM entries AS e LEFT JOIN visited AS v ON v.id = e.id WHERE e.id > ? AND e.id <= ? ORDER BY e.id LIMIT ?`,
    )
    this.#newest = prepare<{ id: number }>(db, 'SELECT coalesce(max(id), 0) AS id FROM entries')
    this.#visit = prepare(db, 'INSERT OR IGNORE INTO visited VALUES (?)')
    this.#unvisit = prepare(db, 'DELETE FROM visited WHERE id > ? AND id <= ?')
  }

  /**
   * Returns a value whose lifetime has not ended.
   *
   * @param not the token of a value that is not good enough, or an empty text.
   */
  find(ns: number, name: string, version: string, now: number, not: string): StoredValue | undefined {
    return this.#find.first(ns, name, version, now, not)
  }

  /** Replaces the value of the name and version. */
  store({ ns, name, version, token, seq, until, expiredAt, tags, bytes }: NewValue): void {
    this.#store.run(ns, name, version, token, seq, until, expiredAt, tags, bytes)
  }

  remove(id: number): void {
    this.#remove.run(id)
  }

  /** Removes the values of a name in all versions. */
  removeName(ns: number, name: string): void {
    this.#removeName.run(ns, name)
  }

  expireName(ns: number, name: string, at: number): void {
    this.#expireName.run(at, at, ns, name)
  }

  /** Returns the ids of at most `limit` values whose lifetime has ended. */
  ended(now: number, limit: number): number[] {
    return this.#ended.all(now, limit).map(({ id }) => id)
  }

  /** Returns the values that follow an id, up to another one, at most `limit`. */
  candidates(after: number, last: number, limit: number): Candidate[] {
    return this.#candidates.all(after, last, limit)
  }

  /** Returns the id of the newest value; 0 if there is none. */
  newest(): number {
    return this.#newest.first()?.id ?? 0
  }

  visit(id: number): void {
    this.#visit.run(id)
  }

  /** Ends the visits of values between two ids, also of those that do not exist any more. */
  unvisit(after: number, last: number): void {
    this.#unvisit.run(after, last)
  }
}
