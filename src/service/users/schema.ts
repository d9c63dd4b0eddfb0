/** The SQL that SQLite and D1 share: the table, its first rows, and every statement put to it. */
import { demoUsers } from './user.ts'

/**
 * The table of users; migrations/0001_users.sql says the same to D1. STRICT keeps what is not text out; WITHOUT ROWID
 * makes a lookup one tree walk instead of two. The default collation compares bytes: that is the order of pages.
 */
export const createUsersTable = `CREATE TABLE users (
  id TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  email TEXT NOT NULL
) STRICT, WITHOUT ROWID`

/** The columns of that table, in order. */
export const userColumns = ['id', 'name', 'email'] as const

/** Inserts the demo users; migrations/0002_demo_users.sql says the same to D1. */
export const insertDemoUsers = `INSERT OR IGNORE INTO users (id, name, email) VALUES
${demoUsers.map(({ id, name, email }) => `  (${quoted(id)}, ${quoted(name)}, ${quoted(email)})`).join(',\n')}`

/**
 * Every statement of the adapters. A write has no RETURNING: on Node, `get()` on such a statement swallows an error of
 * the commit, so a write that never happened would look done. The number of changed rows tells the same, safely.
 */
export const statements = {
  /** ?1 id */
  find: 'SELECT id, name, email FROM users WHERE id = ?1',
  /** ?1 a JSON array of ids: one bound value however many they are (D1 allows 100) */
  findMany: 'SELECT id, name, email FROM users WHERE id IN (SELECT value FROM json_each(?1)) ORDER BY id',
  /** ?1 the id before the page (every id is greater than ''), ?2 limit */
  page: 'SELECT id, name, email FROM users WHERE id > ?1 ORDER BY id LIMIT ?2',
  count: 'SELECT count(*) AS count FROM users',
  /** ?1 id, ?2 name, ?3 email; no changed row: the id is taken */
  create: 'INSERT INTO users (id, name, email) VALUES (?1, ?2, ?3) ON CONFLICT (id) DO NOTHING',
  /** ?1 id, ?2 name, ?3 email; no changed row: no such user */
  update: 'UPDATE users SET name = ?2, email = ?3 WHERE id = ?1',
  /** ?1 id; no changed row: no such user */
  remove: 'DELETE FROM users WHERE id = ?1',
  /** Reads the table and not a constant, so that an unreadable file is noticed. */
  ping: 'SELECT id FROM users LIMIT 1',
} as const

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
