/** The state of the invalidations from other processes, for the memory tier. */

/** The invalidations of other processes that share the remote tier. */
export interface MemorySync {
  /** Returns true while they arrive. */
  isCurrent: () => boolean
  /** Returns the sequence number of the last connection. Messages that concern older entries may be missing. */
  connectedAt: () => number
  /** Time for which memory serves an entry while they do not arrive, in ms. */
  maxUnsyncedMs: number
}
