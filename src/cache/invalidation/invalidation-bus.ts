/** The same cache in the other threads of this process: what one of them invalidates, none of them serves again. */
import type { Invalidation } from './marks.ts'

/**
 * How one thread's cache tells the others, through memory that they share.
 *
 * They belong to one cache: the same in every thread, with the same namespace. A second cache needs invalidationBus of its own,
 * since each of two would miss what the other took, and would forget tags that are not its own.
 */
export interface InvalidationBus {
  /** Tells the others, who know once it returns: every `take` that begins there afterwards has it. Waits for nobody. */
  publish(marks: readonly Invalidation[]): void
  /**
   * Calls `forget` for what the others have told since the last call; for `everything` where it cannot say any more what it
   * was. The cache asks before each answer, so finding nothing must cost next to nothing: one atomic load.
   */
  take(forget: (mark: Invalidation) => void): void
}
