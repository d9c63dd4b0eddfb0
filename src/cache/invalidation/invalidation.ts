/** Messages between the instances of a cache. */

/** The unit of invalidation: one key (with its namespace), one tag, or everything. */
export type Invalidation = { key: string } | { tag: string } | 'everything'

/** Entries that are stale from now on: of one key (with its namespace), of one tag, or all. */
export type Expiry = { expiredKey: string } | { expiredTag: string } | 'everything expired'

/**
 * A message on an invalidation bus. `confirmedKey`, `confirmedTag`, `everything confirmed`: the shared tier has executed an earlier invalidation of this instance. `lost`: messages were lost, so everything
 * in memory is invalid; their senders have sent them to the shared tier.
 */
export type BusMessage =
  | Invalidation
  | 'lost'
  | Expiry
  | { confirmedKey: string }
  | { confirmedTag: string }
  | 'everything confirmed'
