/** Decides whether a value is valid: by the changes of its namespace and of its tags since its lease was granted. */
import type { Candidate, Made } from './tables/entries.ts'
import type { NamespaceRow } from './tables/namespaces.ts'
import type { Tables } from './tables/schema.ts'
import type { Tags } from './tables/tags.ts'

/** The time from which a value is stale, epoch ms; `null` if there is none. */
export type Validity = 'invalid' | number | null

export function validityOf(tags: Tags, space: NamespaceRow, { seq, expiredAt, tags: names }: Made): Validity {
  if (seq < space.floor) return 'invalid'
  if (seq === space.seq) return expiredAt // nothing has changed
  let at = space.expirySeq > seq ? earliest(expiredAt, space.expiredAt) : expiredAt
  if (names === '') return at
  for (const name of names.split(' ')) {
    const tag = tags.find(space.id, name)
    if (tag === undefined) continue
    if (tag.seq > seq) return 'invalid'
    if (tag.expirySeq > seq) at = earliest(at, tag.expiredAt)
  }
  return at
}

/** Returns true if a stored value cannot be read any more. */
export function isDead({ namespaces, tags }: Tables, value: Candidate, now: number): boolean {
  const space = namespaces.findById(value.ns)
  return value.until <= now || space === undefined || validityOf(tags, space, value) === 'invalid'
}

function earliest(a: number | null, b: number): number {
  return a === null ? b : Math.min(a, b)
}
