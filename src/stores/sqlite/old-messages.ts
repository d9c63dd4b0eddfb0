/** Decides which messages are removed. A subscriber that has missed one sees that, and connects anew. */
import type { Tables } from './tables/schema.ts'

/** Messages are removed after this time in ms, or when this number of newer ones exists. */
const KEEP_MS = 60_000
const MAX_MESSAGES = 50_000

/** The time while the file is too large, so that values have the room. Subscribers look many times in it. */
const KEEP_IF_FULL_MS = 2000

export interface Age {
  /** Time of day, epoch ms. */
  readonly now: number
  /** True if the file is too large. */
  readonly isFull: boolean
}

export function hasOldMessages({ messages }: Tables, age: Age): boolean {
  const sentAt = messages.oldestSentAt()
  return sentAt !== undefined && sentAt < oldBefore(age)
}

/** Removes the old messages among the oldest `limit` ones. */
export function removeOldMessages({ messages }: Tables, age: Age, limit: number): void {
  messages.removeOld(limit, oldBefore(age), MAX_MESSAGES)
}

function oldBefore({ now, isFull }: Age): number {
  return now - (isFull ? KEEP_IF_FULL_MS : KEEP_MS)
}
