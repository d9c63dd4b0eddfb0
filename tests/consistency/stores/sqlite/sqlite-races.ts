/** A file of SQLite in a race. */
import type { RaceLink, RaceStore } from '../kind/race-store.ts'
import { connectSqlite } from './sqlite-connection.ts'
import { SqliteFile } from './sqlite-file.ts'

export class SqliteRaceStore implements RaceStore {
  readonly file: SqliteFile

  private constructor(file: SqliteFile) {
    this.file = file
  }

  static async start(): Promise<SqliteRaceStore> {
    return new SqliteRaceStore(await SqliteFile.create())
  }

  openLink(): Promise<RaceLink> {
    return connectSqlite(this.file.address())
  }

  end(): Promise<void> {
    return this.file.end()
  }
}
