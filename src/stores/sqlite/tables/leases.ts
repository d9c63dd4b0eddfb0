/** Table of leases and of writes that are under way. */
import type { DatabaseSync } from 'node:sqlite'
import { prepare } from './prepared.ts'

/**
 * `seq`: number of the namespace when the lease was granted. A row with an empty version marks writes that overlapped: until its
 * end no write of the name stores its value.
 */
export const leasesSchema = `
CREATE TABLE leases (
  ns INTEGER NOT NULL,
  name TEXT NOT NULL,
  version TEXT NOT NULL,
  token TEXT NOT NULL,
  seq INTEGER NOT NULL,
  until INTEGER NOT NULL,
  isWrite INTEGER NOT NULL,
  expiredAt INTEGER,
  PRIMARY KEY (ns, name, version)
) WITHOUT ROWID;
CREATE INDEX leasesByEnd ON leases (until);
`

export interface LeaseRow {
  readonly token: string
  readonly seq: number
  readonly until: number
  readonly isWrite: 0 | 1
  readonly expiredAt: number | null
}

export interface NewLease {
  readonly ns: number
  readonly name: string
  readonly version: string
  readonly token: string
  readonly seq: number
  readonly until: number
  readonly isWrite: boolean
}

/** Version of the row that marks writes which overlapped. No version of a value is empty. */
const CONFLICT = ''

export class Leases {
  readonly #find
  readonly #grant
  readonly #renew
  readonly #end
  readonly #endName
  readonly #expireName
  readonly #write
  readonly #ended
  readonly #removeEnded

  constructor(db: DatabaseSync) {
    this.#find = prepare<LeaseRow>(
      db,
      `SELECT token, seq, until, isWrite, expiredAt FROM leases WHERE ns = ? AND name = ? AND version = ?`,
    )
    this.#grant = prepare(db, 'REPLACE INTO leases VALUES (?, ?, ?, ?, ?, ?, ?, NULL)')
    this.#renew = prepare(db, 'UPDATE leases SET until = ? WHERE ns = ? AND name = ? AND version = ?')
    this.#end = prepare(db, 'DELETE FROM leases WHERE ns = ? AND name = ? AND version = ?')
    this.#endName = prepare(db, `DELETE FROM leases WHERE ns = ? AND name = ? AND version > '${CONFLICT}'`)
    this.#expireName = prepare(
      db,
      'UPDATE leases SET expiredAt = min(?, coalesce(expiredAt, ?)) WHERE ns = ? AND name = ?',
    )
    this.#write = prepare<{ until: number }>(
      db,
      'SELECT until FROM leases WHERE ns = ? AND name = ? AND isWrite AND until > ? AND seq >= ?',
    )
    this.#ended = prepare<{ until: number }>(db, 'SELECT until FROM leases WHERE until <= ? LIMIT 1')
    this.#removeEnded = prepare(
      db,
      `DELETE FROM leases WHERE (ns, name, version) IN (
         SELECT ns, name, version FROM leases WHERE until <= ? ORDER BY until LIMIT ?
       )`,
    )
  }

  /** Returns the lease, which may have run out. */
  find(ns: number, name: string, version: string): LeaseRow | undefined {
    return this.#find.first(ns, name, version)
  }

  grant({ ns, name, version, token, seq, until, isWrite }: NewLease): void {
    this.#grant.run(ns, name, version, token, seq, until, isWrite ? 1 : 0)
  }

  renew(ns: number, name: string, version: string, until: number): void {
    this.#renew.run(until, ns, name, version)
  }

  end(ns: number, name: string, version: string): void {
    this.#end.run(ns, name, version)
  }

  /** Ends the leases of a name in all versions. */
  endName(ns: number, name: string): void {
    this.#endName.run(ns, name)
  }

  expireName(ns: number, name: string, at: number): void {
    this.#expireName.run(at, at, ns, name)
  }

  /** Returns true if a write of the name is under way, or if writes that overlapped may be. */
  hasWrite(ns: number, name: string, now: number, floor: number): boolean {
    return this.#write.first(ns, name, now, floor) !== undefined
  }

  /** Until the given time no write of the name stores its value. */
  markConflict(ns: number, name: string, seq: number, until: number): void {
    this.#grant.run(ns, name, CONFLICT, CONFLICT, seq, until, 1)
  }

  /** Returns true if a lease ran out before the given time. */
  hasEnded(before: number): boolean {
    return this.#ended.first(before) !== undefined
  }

  /** Removes at most `limit` leases that ran out before the given time. */
  removeEnded(before: number, limit: number): void {
    this.#removeEnded.run(before, limit)
  }
}
