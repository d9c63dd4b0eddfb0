/**
 * Removal of values when the file is too large, by SIEVE (Zhang et al., NSDI 2024): a hand moves from the oldest value to the
 * newest, removes those that were not read since it last passed, and begins again. All processes move the same hand.
 */
import type { Connection } from './file/connection.ts'
import { isDead } from './validity.ts'

/** Number of values at which the hand looks before the size is measured again. */
const STEP = 16

/**
 * Removes values until the pages in use are at most `maxBytes`, or the hand has looked at `limit` values. Part of a write
 * transaction.
 */
export function evict(connection: Connection, maxBytes: number, now: number, limit: number): void {
  if (connection.usedBytes <= maxBytes) return
  const { facts } = connection.tables
  let hand = Number(facts.get('hand') ?? 0)
  for (let looked = 0; looked < limit && connection.usedBytes > maxBytes; looked += STEP) {
    hand = moveHand(connection, hand, now)
  }
  facts.set('hand', hand)
}

/** Returns the id at which the hand stops; 0 if it has passed the newest value. */
function moveHand({ tables }: Connection, hand: number, now: number): number {
  const candidates = tables.entries.candidates(hand, STEP)
  const last = candidates.at(-1)?.id
  if (last === undefined) return 0
  for (const candidate of candidates) {
    if (candidate.isVisited === 0 || isDead(tables, candidate, now)) tables.entries.remove(candidate.id)
  }
  tables.entries.unvisit(hand, last)
  return last
}
