/** Results of writes and invalidations. */

export interface InvalidateResult {
  /**
   * True if the other instances and the remote tier have it. False if it will be repeated: until then, other processes may serve
   * the old value. Always true without a remote tier and a bus.
   */
  readonly confirmed: boolean
}

export interface DeleteResult extends InvalidateResult {
  /** Number of keys that had an entry in memory. */
  readonly removed: number
}

export interface WriteResult extends InvalidateResult {
  /**
   * True if the value is stored in a tier. False if its lifetime has already passed, it is too large, or another process has
   * written or invalidated the key meanwhile.
   */
  readonly kept: boolean
}
