/** Table of single values: of a file itself, and of the work that all processes share. */
import type { DatabaseSync } from 'node:sqlite'
import { prepare } from './prepared.ts'

export const factsSchema = 'CREATE TABLE facts (name TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID;'

/**
 * `boot`: the start of the machine. `stamp`: identity of this file. `hand`: id of the value at which the eviction stopped.
 * `roundEnd`: id at which it begins again. In the file of the lock, `generation` and `log`: of the file that is valid.
 */
export type Fact = 'boot' | 'stamp' | 'hand' | 'roundEnd' | 'generation' | 'log'

export class Facts {
  readonly #get
  readonly #set

  constructor(db: DatabaseSync) {
    this.#get = prepare<{ value: string | number }>(db, 'SELECT value FROM facts WHERE name = ?')
    this.#set = prepare(db, 'REPLACE INTO facts VALUES (?, ?)')
  }

  get(name: Fact): string | number | undefined {
    return this.#get.first(name)?.value
  }

  set(name: Fact, value: string | number): void {
    this.#set.run(name, value)
  }
}
