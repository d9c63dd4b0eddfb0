-- The time of each user's last change, epoch ms. Users that exist already get the time of this migration. The triggers set the time
-- in writes that do not: those of an older hitrate, and of other programs.
ALTER TABLE users ADD COLUMN modified_at INTEGER NOT NULL DEFAULT 0;
UPDATE users SET modified_at = unixepoch() * 1000;
CREATE TRIGGER date_created_user AFTER INSERT ON users WHEN new.modified_at = 0
BEGIN
  UPDATE users SET modified_at = unixepoch() * 1000 WHERE id = new.id;
END;
CREATE TRIGGER date_changed_user AFTER UPDATE OF name, email ON users WHEN new.modified_at = old.modified_at
BEGIN
  UPDATE users SET modified_at = max(old.modified_at + 1, unixepoch() * 1000) WHERE id = new.id;
END;
