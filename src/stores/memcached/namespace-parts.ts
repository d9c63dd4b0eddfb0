/** The parts of a namespace that its operations share. */
import type { ItemKeys } from './items/item-keys.ts'
import type { LeaseTokens } from './items/lease-token.ts'
import type { SeenTags } from './seen-tags.ts'

export interface NamespaceParts {
  readonly keys: ItemKeys
  readonly tokens: LeaseTokens
  readonly seenTags: SeenTags
  /** Lifetime of a lease. */
  readonly leaseSeconds: number
}
