-- The demo users of user.ts. Applied once, so a deleted demo user does not return.
INSERT OR IGNORE INTO users (id, name, email) VALUES
  ('user_001', 'Alice Johnson', 'alice@example.com'),
  ('user_002', 'Bob Smith', 'bob@example.com'),
  ('user_003', 'Charlie Brown', 'charlie@example.com');
