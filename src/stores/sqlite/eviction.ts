/**
 * Removal of values when the file is too large. A hand moves from the oldest value to the newest, and removes those that were not
 * read since it last passed: as CLOCK, but the others keep their places, because a new place would write their bytes again. A
 * round ends at the value that was the newest at its beginning, so that it ends although new values are stored meanwhile. All
 * processes move the same hand.
 */
import type { Connection } from './file/connection.ts'

/** Number of values that are read at a time. */
const STEP = 16

export interface EvictionLimits {
  /** Size of the pages in use. */
  readonly maxBytes: number
  /** Number of values at which the hand looks, about. */
  readonly looks: number
  /** Returns true when the time is over. Default: there is no limit. */
  readonly isOver?: () => boolean
}

/** Removes values until the pages in use are at most `maxBytes`, or another limit is reached. Part of a write transaction. */
export function evict(
  connection: Connection,
  { maxBytes, looks, isOver = () => false }: EvictionLimits,
): void {
  const isDone = () => connection.usedBytes <= maxBytes || isOver()
  for (let looked = 0; looked < looks && !isDone(); looked += STEP) moveHand(connection, isDone)
}

/** Looks at one value at least. */
function moveHand({ tables: { entries, facts } }: Connection, isDone: () => boolean): void {
  const from = Number(facts.get('hand') ?? 0)
  const candidates = entries.candidates(from, Number(facts.get('roundEnd') ?? 0), STEP)
  if (candidates.length === 0) facts.set('roundEnd', entries.newest())
  let hand = 0
  for (const candidate of candidates) {
    hand = candidate.id
    if (candidate.isVisited === 0) entries.remove(hand)
    if (isDone()) break
  }
  entries.unvisit(from, hand)
  facts.set('hand', hand)
}
