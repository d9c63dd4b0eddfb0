/** The SQL that SQLite and D1 share: the table, its first rows, and every statement. */
import { demoUsers } from './user.ts'

/**
 * The table of users; migrations/0001_users.sql is the same for D1. STRICT refuses values that are not text. WITHOUT ROWID
 * makes a lookup one tree walk instead of two. Pages are ordered by the default collation, which compares bytes.
 */
export const createUsersTable = `CREATE TABLE users (
  id TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  email TEXT NOT NULL
) STRICT, WITHOUT ROWID`

/** The columns of that table, in order. */
export const userColumns = ['id', 'name', 'email'] as const

/** Inserts the demo users; migrations/0002_demo_users.sql is the same for D1. */
export const insertDemoUsers = `INSERT OR IGNORE INTO users (id, name, email) VALUES
${demoUsers.map(({ id, name, email }) => `  (${quoted(id)}, ${quoted(name)}, ${quoted(email)})`).join(',\n')}`

/**
 * Every statement of the adapters. Writes have no RETURNING: on Node, `get()` on such a statement ignores an error of the
 * commit, so a failed write would look successful. The adapters check the number of changed rows instead.
 */
export const statements = {
  /** ?1 id */
  find: 'SELECT id, name, email FROM users WHERE id = ?1',
  /** ?1 a JSON array of ids: one bound value for any number of ids (D1 allows 100 bound values) */
  findMany: 'SELECT id, name, email FROM users WHERE id IN (SELECT value FROM json_each(?1)) ORDER BY id',
  /** ?1 the id before the page (every id is greater than ''), ?2 limit */
  page: 'SELECT id, name, email FROM users WHERE id > ?1 ORDER BY id LIMIT ?2',
  count: 'SELECT count(*) AS count FROM users',
  /** ?1 id, ?2 name, ?3 email. No row is changed when the id is taken. */
  create: 'INSERT INTO users (id, name, email) VALUES (?1, ?2, ?3) ON CONFLICT (id) DO NOTHING',
  /** ?1 id, ?2 name, ?3 email. No row is changed when the user does not exist. */
  update: 'UPDATE users SET name = ?2, email = ?3 WHERE id = ?1',
  /** ?1 id. No row is changed when the user does not exist. */
  remove: 'DELETE FROM users WHERE id = ?1',
  /** Reads the table instead of a constant, so that an unreadable file fails. */
  ping: 'SELECT id FROM users LIMIT 1',
} as const

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
