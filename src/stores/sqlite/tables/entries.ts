/** Table of stored values. */
import type { DatabaseSync } from 'node:sqlite'
import { prepare } from './prepared.ts'
import { INVALIDATED } from './tags.ts'

/**
 * `token`: the lease or write that stored the value, which is its id. `seq`: number of the namespace when that lease was granted.
 * `tags`: names of tags as JSON, with an empty name for everything. A new value has a higher `id` than all others. The bytes are the last column, so that reading
 * the others does not read the pages of a large value.
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

export interface FoundValue {
  readonly id: number
  readonly token: string
  /** Time from which the value is stale, by an expiry of its key. */
  readonly expiredAt: number | null
  /** The same, by an expiry of one of its tags. */
  readonly tagsAt: number | null
  readonly bytes: Uint8Array<ArrayBuffer>
}

export interface NewValue {
  readonly ns: number
  readonly name: string
  readonly version: string
  readonly token: string
  readonly seq: number
  readonly until: number
  readonly expiredAt: number | null
  readonly tags: string
  readonly bytes: Uint8Array<ArrayBuffer>
}

/** A value that may be evicted. */
export interface Candidate {
  readonly id: number
  readonly isAlive: 0 | 1
  readonly isVisited: 0 | 1
}

export class Entries {
  readonly #find
  readonly #store
  readonly #remove
  readonly #removeName
  readonly #expireName
  readonly #removeEnded
  readonly #candidates
  readonly #visit
  readonly #unvisit

  constructor(db: DatabaseSync) {
    // If the number of the namespace has not changed since the lease of the value, no tag needs a look.
    this.#find = prepare<FoundValue>(
      db,
      `SELECT e.id, e.token, e.expiredAt, CASE WHEN e.seq < n.seq THEN (
         SELECT min(t.at) FROM json_each(e.tags) AS j CROSS JOIN tags AS t ON t.ns = e.ns AND t.name = j.value
         WHERE t.seq > e.seq
       ) END AS tagsAt, e.bytes
       FROM namespaces AS n CROSS JOIN entries AS e ON e.ns = n.id AND e.name = ?2 AND e.version = ?3
       WHERE n.name = ?1 AND e.seq >= n.floor AND e.until > ?4 AND e.token <> ?5`,
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
      'UPDATE entries SET expiredAt = min(?1, coalesce(expiredAt, ?1)) WHERE ns = ?2 AND name = ?3',
    )
    this.#removeEnded = prepare(
      db,
      `DELETE FROM entries WHERE id IN (SELECT id FROM entries WHERE until <= ? ORDER BY until LIMIT ?)`,
    )
    this.#candidates = prepare<Candidate>(
      db,
      `SELECT e.id, v.id IS NOT NULL AS isVisited, e.until > ?2 AND e.seq >= n.floor AND NOT EXISTS (
         SELECT 1 FROM json_each(e.tags) AS j CROSS JOIN tags AS t ON t.ns = e.ns AND t.name = j.value
         WHERE t.seq > e.seq AND t.at = ${INVALIDATED}
       ) AS isAlive
       FROM entries AS e LEFT JOIN visited AS v ON v.id = e.id LEFT JOIN namespaces AS n ON n.id = e.ns
       WHERE e.id > ?1 ORDER BY e.id LIMIT ?3`,
    )
    this.#visit = prepare(db, 'INSERT OR IGNORE INTO visited VALUES (?)')
    this.#unvisit = prepare(db, 'DELETE FROM visited WHERE id > ? AND id <= ?')
  }

  /**
   * Returns the value if it is valid.
   *
   * @param not the token of a value that is not good enough, or an empty text.
   */
  find(namespace: string, name: string, version: string, now: number, not: string): FoundValue | undefined {
    const found = this.#find.first(namespace, name, version, now, not)
    return found?.tagsAt === INVALIDATED ? undefined : found
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
    this.#expireName.run(at, ns, name)
  }

  /** Removes at most `limit` values whose lifetime has ended. Returns their number. */
  removeEnded(now: number, limit: number): number {
    return this.#removeEnded.run(now, limit)
  }

  /** Returns the `limit` values that follow an id. */
  candidates(after: number, now: number, limit: number): Candidate[] {
    return this.#candidates.all(after, now, limit)
  }

  visit(id: number): void {
    this.#visit.run(id)
  }

  /** Ends the visits of values between two ids, also of those that do not exist any more. */
  unvisit(after: number, last: number): void {
    this.#unvisit.run(after, last)
  }
}
