/** The time after which a running load counts as lost. */
import type { InternalReadOptions } from '../http-reads.ts'

/**
 * A load without a result after this time counts as lost: its runtime may have been stopped, or its source may never answer.
 * Readers that already wait for it keep waiting, but no further reader joins it.
 */
const LOST_MS = 30_000

export type Limits = Pick<InternalReadOptions, 'loadTimeoutMs' | 'hardTimeoutMs'>

/** Time in ms after which a load counts as lost. The limits of its reader may be shorter or longer than the default. */
export function lostAfterMs({ loadTimeoutMs = Infinity, hardTimeoutMs = 0 }: Limits): number {
  if (loadTimeoutMs < Infinity) return loadTimeoutMs
  return hardTimeoutMs < Infinity ? Math.max(LOST_MS, hardTimeoutMs) : LOST_MS
}
