-- The number of users, which triggers keep in every write. So no page counts the whole table.
CREATE TABLE user_count (
  id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
  total INTEGER NOT NULL
) STRICT;
INSERT INTO user_count (id, total) SELECT 1, count(*) FROM users;
CREATE TRIGGER count_created_user AFTER INSERT ON users
BEGIN
  UPDATE user_count SET total = total + 1;
END;
CREATE TRIGGER count_removed_user AFTER DELETE ON users
BEGIN
  UPDATE user_count SET total = total - 1;
END;
