/**
 * Removal of values when the file is too large. A hand moves from the oldest value to the newest, and removes those that were not
 * read since it last passed: as CLOCK, but the others keep their places, because a new place would write their bytes again. A
 * round ends at the value that was the newest at its beginning, so that it ends although new values are stored meanwhile. All
 * processes move the same hand.
 */
import type { Connection } from './file/connection.ts'
import { isDead } from './validity.ts'

/** Number of values that are read at a time. */
const STEP = 16

/**
 * Removes values until the pages in use are at most `maxBytes`, or the hand has looked at about `limit` values. Part of a write
 * transaction.
 */
export function evict(connection: Connection, maxBytes: number, now: number, limit: number): void {
  const isTooLarge = () => connection.usedBytes > maxBytes
  for (let looked = 0; looked < limit && isTooLarge(); looked += STEP) moveHand(connection, now, isTooLarge)
}

function moveHand({ tables }: Connection, now: number, isTooLarge: () => boolean): void {
  const { entries, facts } = tables
  const from = Number(facts.get('hand') ?? 0)
  const candidates = entries.candidates(from, Number(facts.get('roundEnd') ?? 0), STEP)
  if (candidates.length === 0) facts.set('roundEnd', entries.newest())
  let hand = 0
  for (const candidate of candidates) {
    if (!isTooLarge()) break
    hand = candidate.id
    if (candidate.isVisited === 0 || isDead(tables, candidate, now)) entries.remove(hand)
  }
  entries.unvisit(from, hand)
  facts.set('hand', hand)
}
