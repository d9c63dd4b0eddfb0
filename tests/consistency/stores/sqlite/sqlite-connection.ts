/** Connections to a file of SQLite. */
import { sqliteStore } from '../../../../src/exports/stores/sqlite.ts'
import type { Connection, SqliteAddress } from '../kind/address.ts'

export async function connectSqlite({ store: _, ...options }: SqliteAddress): Promise<Connection> {
  const remote = sqliteStore(options)
  return { remote, close: () => remote.close() }
}
