/** Table of namespaces, with their numbers. */
import type { DatabaseSync } from 'node:sqlite'
import { prepare } from './prepared.ts'

/**
 * `seq`: number of the last change of tags. `floor`: values and leases with a smaller number are not valid. `tags`: number of rows
 * in the table of tags.
 */
export const namespacesSchema = `
CREATE TABLE namespaces (
  name TEXT PRIMARY KEY,
  id INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  floor INTEGER NOT NULL,
  tags INTEGER NOT NULL
) WITHOUT ROWID;
`

export interface NamespaceRow {
  readonly id: number
  readonly seq: number
  readonly floor: number
  readonly tags: number
}

export class Namespaces {
  readonly #find
  readonly #add
  readonly #update

  constructor(db: DatabaseSync) {
    this.#find = prepare<NamespaceRow>(db, 'SELECT id, seq, floor, tags FROM namespaces WHERE name = ?')
    this.#add = prepare(
      db,
      'INSERT INTO namespaces SELECT ?, 1 + coalesce(max(id), 0), 1, 1, 0 FROM namespaces',
    )
    this.#update = prepare(db, 'UPDATE namespaces SET seq = ?, floor = ?, tags = ? WHERE name = ?')
  }

  find(name: string): NamespaceRow | undefined {
    return this.#find.first(name)
  }

  /** Returns the namespace, and adds it if it is new. */
  open(name: string): NamespaceRow {
    const found = this.find(name)
    if (found !== undefined) return found
    this.#add.run(name)
    return this.open(name)
  }

  update(name: string, { seq, floor, tags }: Omit<NamespaceRow, 'id'>): void {
    this.#update.run(seq, floor, tags, name)
  }
}
