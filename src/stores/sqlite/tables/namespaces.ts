/** Table of namespaces, with their numbers. */
import type { DatabaseSync } from 'node:sqlite'
import { prepare } from './prepared.ts'

export const namespacesSchema = `
CREATE TABLE namespaces (
  name TEXT PRIMARY KEY,
  id INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  floor INTEGER NOT NULL,
  expirySeq INTEGER NOT NULL,
  expiredAt INTEGER NOT NULL,
  tags INTEGER NOT NULL
) WITHOUT ROWID;
`

export interface NamespaceRow {
  readonly id: number
  /** Number of the last change that concerns more than one key: of tags, or of everything. */
  readonly seq: number
  /** Values and leases with a smaller number are not valid. */
  readonly floor: number
  /** Number of the last expiry of everything. */
  readonly expirySeq: number
  /** Time of that expiry, epoch ms. */
  readonly expiredAt: number
  /** Number of rows in the table of tags. */
  readonly tags: number
}

export class Namespaces {
  readonly #find
  readonly #findById
  readonly #add
  readonly #update

  constructor(db: DatabaseSync) {
    const columns = 'id, seq, floor, expirySeq, expiredAt, tags'
    this.#find = prepare<NamespaceRow>(db, `SELECT ${columns} FROM namespaces WHERE name = ?`)
    this.#findById = prepare<NamespaceRow>(db, `SELECT ${columns} FROM namespaces WHERE id = ?`)
    this.#add = prepare(
      db,
      `INSERT INTO namespaces (name, ${columns}) SELECT ?, 1 + coalesce(max(id), 0), 1, 1, 0, 0, 0 FROM namespaces`,
    )
    this.#update = prepare(
      db,
      'UPDATE namespaces SET seq = ?, floor = ?, expirySeq = ?, expiredAt = ?, tags = ? WHERE id = ?',
    )
  }

  find(name: string): NamespaceRow | undefined {
    return this.#find.first(name)
  }

  /** Slower than `find`, because it looks at every namespace. */
  findById(id: number): NamespaceRow | undefined {
    return this.#findById.first(id)
  }

  /** Returns the namespace, and adds it if it is new. */
  open(name: string): NamespaceRow {
    const found = this.find(name)
    if (found !== undefined) return found
    this.#add.run(name)
    return this.open(name)
  }

  update({ id, seq, floor, expirySeq, expiredAt, tags }: NamespaceRow): void {
    this.#update.run(seq, floor, expirySeq, expiredAt, tags, id)
  }
}
