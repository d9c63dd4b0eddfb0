/** Table of the tags that were invalidated or expired, with the number of the last change of each. */
import type { DatabaseSync } from 'node:sqlite'
import { prepare } from './prepared.ts'

/** `at` of an invalidation, which is earlier than the time of any expiry. */
export const INVALIDATED = -1

/** Time of an invalidation or expiry in ms, so that one tag has a row of each kind. */
export const tagsSchema = `
CREATE TABLE tags (
  ns INTEGER NOT NULL,
  name TEXT NOT NULL,
  isExpiry INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (ns, name, isExpiry)
) WITHOUT ROWID;
CREATE INDEX tagsBySeq ON tags (ns, seq);
`

export class Tags {
  readonly #isInvalidated
  readonly #update
  readonly #add
  readonly #seqAt
  readonly #removeUpTo

  constructor(db: DatabaseSync) {
    this.#isInvalidated = prepare<{ found: 1 }>(
      db,
      `SELECT 1 AS found FROM json_each(?1) AS j CROSS JOIN tags AS t ON t.ns = ?2 AND t.name = j.value
       WHERE t.seq > ?3 AND t.at = ${INVALIDATED} LIMIT 1`,
    )
    this.#update = prepare(db, 'UPDATE tags SET seq = ?, at = ? WHERE ns = ? AND name = ? AND isExpiry = ?')
    this.#add = prepare(db, 'INSERT INTO tags (seq, at, ns, name, isExpiry) VALUES (?, ?, ?, ?, ?)')
    this.#seqAt = prepare<{ seq: number }>(
      db,
      'SELECT seq FROM tags WHERE ns = ? ORDER BY seq LIMIT 1 OFFSET ?',
    )
    this.#removeUpTo = prepare(db, 'DELETE FROM tags WHERE ns = ? AND seq <= ?')
  }

  /** Returns true if one of the tags was invalidated after the number. */
  areInvalidated(ns: number, tags: string, seq: number): boolean {
    return this.#isInvalidated.first(tags, ns, seq) !== undefined
  }

  /**
   * Notes the change of a tag.
   *
   * @param at {@link INVALIDATED}, or the time of an expiry.
   * @returns the number of rows added.
   */
  mark(ns: number, name: string, seq: number, at: number): number {
    const isExpiry = at === INVALIDATED ? 0 : 1
    const values = [seq, at, ns, name, isExpiry]
    return this.#update.run(...values) > 0 ? 0 : this.#add.run(...values)
  }

  /** Removes the oldest rows, at least `count`. Returns the highest number that was removed, and the number of rows. */
  removeOldest(ns: number, count: number): { seq: number; removed: number } {
    const seq = this.#seqAt.first(ns, count - 1)?.seq ?? 0
    return { seq, removed: this.#removeUpTo.run(ns, seq) }
  }
}

/** The tags of a value as text. */
export function tagsText(tags: readonly string[]): string {
  return JSON.stringify([EVERYTHING, ...tags])
}

/** Stands for all values. No name of a tag is empty. */
export const EVERYTHING = ''
