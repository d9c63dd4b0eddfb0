/** Prepared statements with the types of their rows. */
import type { DatabaseSync, SQLInputValue } from 'node:sqlite'

export interface Prepared<Row> {
  /** The first row of the result. */
  first(...values: SQLInputValue[]): Row | undefined
  all(...values: SQLInputValue[]): Row[]
  /** Executes the statement, and returns the number of rows that it changed. */
  run(...values: SQLInputValue[]): number
}

/** @param sql with `?` for each value. Node 22 takes numbered parameters for named ones. */
export function prepare<Row = never>(db: DatabaseSync, sql: string): Prepared<Row> {
  const statement = db.prepare(sql)
  return {
    // The text of the statement and the schema decide about the columns, which no compiler sees.
    first: (...values) => statement.get(...values) as Row | undefined,
    all: (...values) => statement.all(...values) as Row[],
    run: (...values) => Number(statement.run(...values).changes),
  }
}
