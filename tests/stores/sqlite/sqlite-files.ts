/** Files for the tests of the SQLite store, in a folder of their own, and stores on them. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import { type SqliteStoreOptions, sqliteStore } from '../../../src/stores/sqlite/sqlite-store.ts'
import type { RemoteNamespace } from '../../../src/stores/store.ts'

type Store = ReturnType<typeof sqliteStore>

const MINUTE = 60_000

export class SqliteFiles {
  readonly folder = mkdtempSync(join(tmpdir(), 'hitrate-sqlite-'))
  readonly #stores: Store[] = []
  readonly #databases: DatabaseSync[] = []
  #count = 0

  /** Returns a path at which there is no file. */
  newPath(): string {
    return join(this.folder, `${++this.#count}.db`)
  }

  /** Opens a store as another process does. */
  store(path: string, options: Partial<SqliteStoreOptions> = {}): Store {
    return this.closeLater(sqliteStore({ path, ...options }))
  }

  /** Closes the store with the others. */
  closeLater(store: Store): Store {
    this.#stores.push(store)
    return store
  }

  /** Opens a namespace in a store of its own. */
  open(path: string, options: Partial<SqliteStoreOptions> = {}): RemoteNamespace {
    return this.store(path, options).open({ namespace: 'test', leaseMs: MINUTE })
  }

  /** Opens the file as another program does. */
  connect(path: string, options: { timeout?: number } = {}): DatabaseSync {
    const db = new DatabaseSync(path, { timeout: 5000, ...options })
    this.#databases.push(db)
    return db
  }

  /** Returns the first column of the first row of a query. */
  valueOf(path: string, sql: string, ...values: SQLInputValue[]): unknown {
    const db = this.connect(path)
    const [value] = Object.values(db.prepare(sql).get(...values) ?? {})
    db.close()
    return value
  }

  /** Closes what the test has opened. The folder stays, so that the next test can use other files. */
  async close(): Promise<void> {
    for (const db of this.#databases.splice(0)) if (db.isOpen) db.close()
    for (const store of this.#stores.splice(0)) await store.close()
  }

  async remove(): Promise<void> {
    await this.close()
    rmSync(this.folder, { recursive: true, force: true })
  }
}
