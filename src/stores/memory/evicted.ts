/** The entries that a new one evicts, as a linked list. */
import type { EvictionReason } from '../store.ts'

/** An evicted entry, and those that were evicted after it: mostly there is one, for which a list would be a second object. */
export interface Evicted {
  readonly key: string
  readonly reason: EvictionReason
  next: Evicted | undefined
}
