/** Lists of entity tags: the values of `If-Match` and `If-None-Match` (RFC 9110 §13.1). */

/** `*` stands for every current representation. */
export type EntityTags = '*' | readonly string[]

/**
 * One tag, up to the comma or the end after it. A tag may contain commas, but no quotes. An empty member is allowed (§5.6.1). Two
 * runs of blanks side by side would take a time that is the square of their length.
 */
const MEMBER = /[ \t]*(?:((?:W\/)?"[\x21\x23-\x7e\x80-\xff]*")[ \t]*)?(?:,|$)/y

/** Returns the tags of a list, or `undefined` when the value is malformed: also when it names no tag at all. */
export function parseEntityTags(value: string): EntityTags | undefined {
  if (value.trim() === '*') return '*'
  const tags: string[] = []
  for (let end = 0; end < value.length; end = MEMBER.lastIndex) {
    MEMBER.lastIndex = end
    const member = MEMBER.exec(value)
    if (member === null) return undefined
    if (member[1] !== undefined) tags.push(member[1])
  }
  return tags.length > 0 ? tags : undefined
}

/** Strong comparison (RFC 9110 §8.8.3.2): a weak tag equals no other. @param etag `undefined` without a representation. */
export function matchesStrongly(tags: EntityTags, etag: string | undefined): boolean {
  if (etag === undefined) return false
  return tags === '*' || (!isWeak(etag) && tags.includes(etag))
}

/** Weak comparison (RFC 9110 §8.8.3.2). @param etag `undefined` without a representation. */
export function matchesWeakly(tags: EntityTags, etag: string | undefined): boolean {
  if (etag === undefined) return false
  return tags === '*' || tags.some((tag) => opaque(tag) === opaque(etag))
}

function isWeak(tag: string): boolean {
  return tag.startsWith('W/')
}

function opaque(tag: string): string {
  return isWeak(tag) ? tag.slice(2) : tag
}
