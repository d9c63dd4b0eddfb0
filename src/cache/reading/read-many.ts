/** Many reads in one call: each key is a read of its own, and all missing keys share one load. */
import type { Found } from '../http-reads.ts'
import { Batch, type CallMany, type Member } from '../loading/batch.ts'
import type { RunningLoads } from '../loading/running-loads.ts'
import type { Read } from '../read.ts'
import type { Ending } from './read-result.ts'

/**
 * Completes the reads of all keys. Rejects with the first error, in the order of the keys, after every read has settled.
 *
 * @param found the look-ups of all keys, each key once.
 * @param complete completes the read of one key, as a member of the shared load.
 */
export async function readManyWith<T>(
  found: readonly Found<T>[],
  callMany: CallMany,
  running: RunningLoads,
  complete: (one: Found<T>, member: (background: boolean) => Member) => Ending<T> | Promise<Ending<T>>,
): Promise<Map<string, Read<T | undefined>>> {
  const foreground = new Batch(callMany, running)
  const background = new Batch(callMany, running) // for the refreshes of values that were served
  const pending = found.map((one) =>
    complete(one, (isBackground) => (isBackground ? background : foreground).member(one.key)),
  )
  foreground.close()
  background.close()
  const endings = await Promise.all(pending) // never rejects, because a failed read is an `Ending` too
  return new Map(
    endings.map((ending) => {
      if (!ending.ok) throw ending.error
      return [ending.key, ending.read]
    }),
  )
}
