-- The table of users, the same as in schema.ts.
CREATE TABLE users (
  id TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  email TEXT NOT NULL
) STRICT, WITHOUT ROWID;
