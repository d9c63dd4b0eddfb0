/** The contract of remote stores, with two stores on one file as two processes. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { sqliteStore } from '../../../src/stores/sqlite/sqlite-store.ts'
import { describeRemoteStore, type OpenedStore } from '../contract.ts'

describeRemoteStore('SQLite', openSqlite, { shortLifetime: 20, shortLease: 20 })

async function openSqlite(): Promise<OpenedStore> {
  const folder = mkdtempSync(join(tmpdir(), 'hitrate-sqlite-'))
  const path = join(folder, 'cache.db')
  const store = sqliteStore({ path })
  const other = sqliteStore({ path })

  /** Removes rows as eviction does. */
  function loseRows(random: () => number): void {
    const db = new DatabaseSync(path, { timeout: 5000 })
    for (const table of ['entries', 'leases']) {
      const rows = db.prepare(`SELECT ns, name FROM ${table}`).all()
      for (const { ns, name } of rows) {
        if (random() < 0.5)
          db.prepare(`DELETE FROM ${table} WHERE ns = ? AND name = ?`).run(ns ?? 0, name ?? 0)
      }
    }
    db.close()
  }

  const removeFile = () => rmSync(path)

  return {
    store,
    other,
    loseTags: async () => removeFile(),
    async loseState(random) {
      if (random() < 0.2) removeFile()
      else loseRows(random)
    },
    async loseServer() {
      rmSync(path)
      mkdirSync(path)
    },
    async close() {
      await store.close()
      await other.close()
      rmSync(folder, { recursive: true })
    },
  }
}
