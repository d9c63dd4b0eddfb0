/** The answer of the remote tier to a read that must load otherwise. */
import type { Entry } from '../../stores/entry.ts'
import type { Lease } from '../remote/lease.ts'

/** The result of asking the remote tier before a load. */
export interface Acquired {
  /** The entry in the remote tier, usable or not; `undefined` if there is none. */
  entry: Entry | undefined
  /** True if the reader uses the entry, so that no load is needed. */
  isUsable: boolean
  /** True if another process has loaded the entry while this read waited for it. */
  waited: boolean
  /** The right to store the loaded value; `undefined` if it can be stored in memory only. */
  lease: Lease | undefined
  /** True if the tier gave no answer. */
  failed: boolean
}

export const NOTHING_ACQUIRED: Acquired = {
  entry: undefined,
  isUsable: false,
  waited: false,
  lease: undefined,
  failed: false,
}

export interface AcquireOptions {
  /** Id of the value that this process has already, and that is not good enough. */
  known: string | undefined
  /** True if no stored value is good enough. */
  replaces: boolean
  /** True if the reader will store the value that it loads, and may wait for another process that loads it. */
  lease: boolean
  /** Tags that the value will have, as far as they are known before the load. */
  tags: readonly string[] | undefined
  /** Returns true if the reader uses the entry instead of loading. */
  isUsable: (entry: Entry, waited: boolean) => boolean
  signal: AbortSignal
  /** Called when the read begins to wait for another process. */
  onWait: (() => void) | undefined
}
