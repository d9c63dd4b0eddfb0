/** The rules by which a reader gets a stale entry in place of a failed load. */
import type { Entry } from '../../stores/entry.ts'
import type { Tiers } from '../tiers/tiers.ts'
import type { Failure } from './failure-pauses.ts'
import type { Reading } from './load-and-store.ts'

/** Returns the entry if this reader accepts its value. All readers of a key use the same value type. */
export function acceptedBy<T>(
  { options: { accept } }: Reading<T>,
  entry: Entry | undefined,
): Entry<T> | undefined {
  const typed = entry as Entry<T> | undefined
  return typed === undefined || accept === undefined || accept(typed.value) ? typed : undefined
}

/** Returns true if this reader may get an entry, which it accepts, in place of a load that failed in this way. */
export function mayReplace<T>(
  tiers: Tiers,
  { storeKey, options }: Reading<T>,
  entry: Entry<T>,
  failure: Failure,
): boolean {
  if (failure === 'final' || options.strategy === 'invalidate') return false
  if (options.standsIn?.(entry.value) === false) return false
  const anyAge = failure === 'thrown' && options.staleOnThrow === true
  return tiers.mayReplaceFailure(storeKey, entry, anyAge)
}
