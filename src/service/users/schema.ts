/** Every statement of the SQLite and D1 adapters. migrations.ts creates the tables. */

/**
 * Writes have no RETURNING: on Node, `get()` on such a statement ignores an error of the commit, so a failed write would look
 * successful. Instead, the adapters check the number of changed rows.
 */
export const statements = {
  /** ?1 id */
  find: 'SELECT id, name, email, modified_at AS modifiedAt FROM users WHERE id = ?1',
  /** ?1 a JSON array of ids, because D1 allows only 100 bound values. */
  findMany: `SELECT id, name, email, modified_at AS modifiedAt FROM users
WHERE id IN (SELECT value FROM json_each(?1)) ORDER BY id`,
  /** ?1 the id after which the page begins, or '' for the first page; ?2 the limit. */
  page: `SELECT id, name, email, modified_at AS modifiedAt FROM users WHERE id > ?1 ORDER BY id LIMIT ?2`,
  /** The number that triggers keep, because counting the rows takes 10 ms for half a million. */
  count: 'SELECT total AS count FROM user_count',
  /** ?1 id, ?2 name, ?3 email, ?4 time. No row is changed when the id is taken. */
  create:
    'INSERT INTO users (id, name, email, modified_at) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (id) DO NOTHING',
  /** ?1 id, ?2 name, ?3 email, ?4 time. No row is changed when the user does not exist. */
  update: 'UPDATE users SET name = ?2, email = ?3, modified_at = ?4 WHERE id = ?1',
  /** As `update`; ?5 name, ?6 email and ?7 time that the row must have, NULL for any time. */
  updateIfUnchanged: `UPDATE users SET name = ?2, email = ?3, modified_at = ?4
WHERE id = ?1 AND name = ?5 AND email = ?6 AND modified_at = coalesce(?7, modified_at)`,
  /** ?1 id. No row is changed when the user does not exist. */
  remove: 'DELETE FROM users WHERE id = ?1',
  /** ?1 id; ?2 name, ?3 email and ?4 time that the row must have, NULL for any time. */
  removeIfUnchanged:
    'DELETE FROM users WHERE id = ?1 AND name = ?2 AND email = ?3 AND modified_at = coalesce(?4, modified_at)',
  /** Selects from the table, because a constant would succeed even if the file is unreadable. */
  ping: 'SELECT id FROM users LIMIT 1',
} as const
