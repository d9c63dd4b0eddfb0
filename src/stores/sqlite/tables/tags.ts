/** Table of the tags that were invalidated or expired, with the numbers of the last changes of each. */
import type { DatabaseSync } from 'node:sqlite'
import { prepare } from './prepared.ts'

export const tagsSchema = `
CREATE TABLE tags (
  ns INTEGER NOT NULL,
  name TEXT NOT NULL,
  seq INTEGER NOT NULL,
  expirySeq INTEGER NOT NULL,
  expiredAt INTEGER NOT NULL,
  PRIMARY KEY (ns, name)
) WITHOUT ROWID;
CREATE INDEX tagsByAge ON tags (ns, max(seq, expirySeq));
`

export interface TagRow {
  /** Number of the last invalidation; 0 if there was none. */
  readonly seq: number
  /** Number of the last expiry; 0 if there was none. */
  readonly expirySeq: number
  /** Time of that expiry, epoch ms. */
  readonly expiredAt: number
}

export class Tags {
  readonly #find
  readonly #invalidate
  readonly #expire
  readonly #add
  readonly #numberAt
  readonly #removeUpTo

  constructor(db: DatabaseSync) {
    this.#find = prepare<TagRow>(db, 'SELECT seq, expirySeq, expiredAt FROM tags WHERE ns = ? AND name = ?')
    this.#invalidate = prepare(db, 'UPDATE tags SET seq = ? WHERE ns = ? AND name = ?')
    this.#expire = prepare(db, 'UPDATE tags SET expirySeq = ?, expiredAt = ? WHERE ns = ? AND name = ?')
    this.#add = prepare(db, 'INSERT INTO tags (ns, name, seq, expirySeq, expiredAt) VALUES (?, ?, ?, ?, ?)')
    this.#numberAt = prepare<{ number: number }>(
      db,
      `SELECT max(seq, expirySeq) AS number FROM tags WHERE ns = ? ORDER BY max(seq, expirySeq) LIMIT 1 OFFSET ?`,
    )
    this.#removeUpTo = prepare(db, 'DELETE FROM tags WHERE ns = ? AND max(seq, expirySeq) <= ?')
  }

  find(ns: number, name: string): TagRow | undefined {
    return this.#find.first(ns, name)
  }

  /** Returns the number of rows added. */
  invalidate(ns: number, name: string, seq: number): number {
    return this.#invalidate.run(seq, ns, name) > 0 ? 0 : this.#add.run(ns, name, seq, 0, 0)
  }

  /** As `invalidate`, for an expiry at a time. */
  expire(ns: number, name: string, seq: number, at: number): number {
    return this.#expire.run(seq, at, ns, name) > 0 ? 0 : this.#add.run(ns, name, 0, seq, at)
  }

  /**
   * Removes the tags that were not changed for longest, at least `count`. Returns the number of the last change that was removed,
   * and the number of rows.
   */
  removeOldest(ns: number, count: number): { seq: number; removed: number } {
    const seq = this.#numberAt.first(ns, count - 1)?.number ?? 0
    return { seq, removed: this.#removeUpTo.run(ns, seq) }
  }
}
