/** The tags of an expiry in the tag table. */
import type { RemoteChange } from '../store.ts'

/** The empty name, which no tag has, stands for everything. */
export function expiredTags({ tags = [], everything = false }: RemoteChange): readonly string[] {
  return everything ? ['', ...tags] : tags
}
