/** Comma-separated header values (RFC 9110 §5.6.1), for lists whose members contain no quotes. */

/** The members without the white space around them. Empty members are ignored. */
export function listMembers(value: string | null | undefined): string[] {
  const members = value?.split(',').map((member) => member.trim())
  return members?.filter(Boolean) ?? []
}

/** True for a header name in lower case. The wildcard `*` is no name, although the grammar of names allows this character. */
export function isHeaderName(member: string): boolean {
  return /^[!#$%&'+\-.^_`|~0-9a-z]+$/.test(member)
}
