/** The time that a piece of work takes at most, because the event loop and often other processes wait for its end. */
import type { Timing } from './timing.ts'

const SLICE_MS = 2

/** Starts a slice. The returned function returns true when it is over. */
export function startSlice({ timer }: Pick<Timing, 'timer'>): () => boolean {
  const end = timer() + SLICE_MS
  return () => timer() >= end
}
