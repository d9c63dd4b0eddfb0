/** The SQL that SQLite and D1 share: the table, its first rows, and every statement. */
import { demoUsers } from './user.ts'

/**
 * The table of users; migrations/0001_users.sql is the same for D1. STRICT refuses values that are not text. WITHOUT ROWID lets
 * a lookup search one tree instead of two. Pages are in the order of the default collation, which compares bytes.
 */
export const createUsersTable = `CREATE TABLE users (
  id TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  email TEXT NOT NULL
) STRICT, WITHOUT ROWID`

/** The columns of the table, in order. */
export const userColumns = ['id', 'name', 'email'] as const

/** Inserts the demo users; migrations/0002_demo_users.sql is the same for D1. */
export const insertDemoUsers = `INSERT OR IGNORE INTO users (id, name, email) VALUES
${demoUsers.map(({ id, name, email }) => `  (${quoted(id)}, ${quoted(name)}, ${quoted(email)})`).join(',\n')}`

/**
 * Every statement of the adapters. Writes have no RETURNING: on Node, `get()` on such a statement ignores an error of the
 * commit, so a failed write would look successful. Instead, the adapters check the number of changed rows.
 */
export const statements = {
  /** ?1 id */
  find: 'SELECT id, name, email FROM users WHERE id = ?1',
  /** ?1 a JSON array of ids, because D1 allows only 100 bound values. */
  findMany: 'SELECT id, name, email FROM users WHERE id IN (SELECT value FROM json_each(?1)) ORDER BY id',
  /** ?1 the id after which the page begins, or '' for the first page; ?2 the limit. */
  page: 'SELECT id, name, email FROM users WHERE id > ?1 ORDER BY id LIMIT ?2',
  count: 'SELECT count(*) AS count FROM users',
  /** ?1 id, ?2 name, ?3 email. No row is changed when the id is taken. */
  create: 'INSERT INTO users (id, name, email) VALUES (?1, ?2, ?3) ON CONFLICT (id) DO NOTHING',
  /** ?1 id, ?2 name, ?3 email. No row is changed when the user does not exist. */
  update: 'UPDATE users SET name = ?2, email = ?3 WHERE id = ?1',
  /** ?1 id. No row is changed when the user does not exist. */
  remove: 'DELETE FROM users WHERE id = ?1',
  /** Selects from the table, because a constant would succeed even if the file is unreadable. */
  ping: 'SELECT id FROM users LIMIT 1',
} as const

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
