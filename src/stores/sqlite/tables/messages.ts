/** Table of the messages that processes send each other. */
import type { DatabaseSync } from 'node:sqlite'
import { prepare } from './prepared.ts'

/** Without a gap between ids. The newest message is never removed, so that no id is used again and every loss is seen. */
export const messagesSchema = `
CREATE TABLE messages (
  id INTEGER PRIMARY KEY,
  namespace TEXT NOT NULL,
  sentAt INTEGER NOT NULL,
  text TEXT NOT NULL
);
`

export interface MessageRow {
  readonly id: number
  readonly namespace: string
  readonly text: string
}

export class Messages {
  readonly #add
  readonly #after
  readonly #newest
  readonly #oldest
  readonly #removeOld

  constructor(db: DatabaseSync) {
    this.#add = prepare(db, 'INSERT INTO messages (namespace, sentAt, text) VALUES (?, ?, ?)')
    this.#after = prepare<MessageRow>(
      db,
      'SELECT id, namespace, text FROM messages WHERE id > ? ORDER BY id LIMIT 1',
    )
    this.#newest = prepare<{ id: number }>(db, 'SELECT coalesce(max(id), 0) AS id FROM messages')
    this.#oldest = prepare<{ sentAt: number }>(
      db,
      'SELECT sentAt FROM messages WHERE id < (SELECT max(id) FROM messages) ORDER BY id LIMIT 1',
    )
    this.#removeOld = prepare(
      db,
      `DELETE FROM messages WHERE id IN (
         SELECT id FROM (SELECT id, sentAt FROM messages ORDER BY id LIMIT ?)
         WHERE (sentAt < ? OR id <= (SELECT max(id) FROM messages) - ?) AND id < (SELECT max(id) FROM messages)
       )`,
    )
  }

  add(namespace: string, now: number, text: string): void {
    this.#add.run(namespace, now, text)
  }

  /** Returns the message that follows an id. */
  after(id: number): MessageRow | undefined {
    return this.#after.first(id)
  }

  /** Returns the id of the newest message; 0 if there was none. */
  newest(): number {
    return this.#newest.first()?.id ?? 0
  }

  /** Returns the time of the oldest message but the newest; `undefined` if there is none. */
  oldestSentAt(): number | undefined {
    return this.#oldest.first()?.sentAt
  }

  /** Of the oldest `limit` messages, removes those from before `time` and those that `maxKept` newer ones follow. */
  removeOld(limit: number, time: number, maxKept: number): void {
    this.#removeOld.run(limit, time, maxKept)
  }
}
