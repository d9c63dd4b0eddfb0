/**
 * The migrations of the database: the SQL that creates the tables and changes those of an older version. Each migration is also
 * a file of the same name in migrations/, which wrangler applies to D1: tests/service/users/migrations.test.ts compares them. The
 * SQL stands here too, because a bundle cannot read files when it runs.
 *
 * A migration that was released never changes: a new one follows it.
 */
import { demoUsers } from './user.ts'

export interface Migration {
  /** Name of the file in migrations/, which begins with the number of the migration. */
  file: string
  /** Executed in order, in one transaction. */
  statements: readonly string[]
}

/** All migrations, by number. The first has the number 1. */
export const migrations: readonly Migration[] = [
  {
    file: '0001_users.sql',
    // STRICT refuses values that are not text. WITHOUT ROWID lets a lookup search one tree instead of two. Pages are in the order
    // of the default collation, which compares bytes.
    statements: [
      `CREATE TABLE users (
  id TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  email TEXT NOT NULL
) STRICT, WITHOUT ROWID`,
    ],
  },
  {
    file: '0002_demo_users.sql',
    statements: [
      `INSERT OR IGNORE INTO users (id, name, email) VALUES
${demoUsers.map(({ id, name, email }) => `  (${quoted(id)}, ${quoted(name)}, ${quoted(email)})`).join(',\n')}`,
    ],
  },
  {
    file: '0003_user_count.sql',
    // The triggers belong to the file, so they also count the writes of an older version that has the file open.
    statements: [
      `CREATE TABLE user_count (
  id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
  total INTEGER NOT NULL
) STRICT`,
      'INSERT INTO user_count (id, total) SELECT 1, count(*) FROM users',
      `CREATE TRIGGER count_created_user AFTER INSERT ON users
BEGIN
  UPDATE user_count SET total = total + 1;
END`,
      `CREATE TRIGGER count_removed_user AFTER DELETE ON users
BEGIN
  UPDATE user_count SET total = total - 1;
END`,
    ],
  },
  {
    file: '0004_modified_at.sql',
    // The triggers set the time in writes that do not: those of an older version, and of other programs.
    statements: [
      'ALTER TABLE users ADD COLUMN modified_at INTEGER NOT NULL DEFAULT 0',
      'UPDATE users SET modified_at = unixepoch() * 1000',
      `CREATE TRIGGER date_created_user AFTER INSERT ON users WHEN new.modified_at = 0
BEGIN
  UPDATE users SET modified_at = unixepoch() * 1000 WHERE id = new.id;
END`,
      `CREATE TRIGGER date_changed_user AFTER UPDATE OF name, email ON users WHEN new.modified_at = old.modified_at
BEGIN
  UPDATE users SET modified_at = max(old.modified_at + 1, unixepoch() * 1000) WHERE id = new.id;
END`,
    ],
  },
]

/** The columns of the table users after the last migration, in order. */
export const userColumns = ['id', 'name', 'email', 'modified_at'] as const

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
