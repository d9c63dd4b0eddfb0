/**
 * Selects the entries to evict. Entries are in slots 0 to n-1 without gaps. A removed entry leaves a hole, which is filled at once:
 * by a new entry (`add`) or by the last one (`move`).
 */
export interface EvictionPolicy {
  /** Memory of the policy's own tables, by their capacity. */
  readonly bytes: number
  /** True if `add` needs the hash of the key. */
  readonly usesHash: boolean
  /** A look-up found nothing. */
  miss(): void
  /** A look-up found the entry. */
  use(slot: number): void
  /**
   * An entry was stored in a slot that is empty, or follows the last one.
   *
   * @param hash `keyHash` of the key, if the policy uses it. @param bytes size of the entry, in bytes.
   */
  add(slot: number, hash: number, bytes: number): void
  /** The entry was replaced by a newer one of the same key. */
  update(slot: number, bytes: number): void
  /**
   * Returns the estimated share of the newest look-ups that were for the entry, from 0 to 1; 0 if it had only one. Absent if the policy
   * does not know it.
   */
  shareAt?(slot: number): number
  /** Returns the slot of the entry to evict. There must be an entry. */
  victim(): number
  /** The entry was removed. */
  remove(slot: number, removal: Removal): void
  /** The entry of the last slot moves to an empty one. */
  move(from: number, to: number): void
  /** All entries were removed. */
  clear(): void
}

/** `evicted`: selected by `victim`. `expired`: its lifetime ended. `deleted`: deleted, invalidated or replaced. */
export type Removal = 'evicted' | 'expired' | 'deleted'
