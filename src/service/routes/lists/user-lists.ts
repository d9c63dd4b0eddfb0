/** Puts lists of users together from the entries of the users. */
import type { Read } from '../../../cache/read.ts'
import type { User } from '../../users/user.ts'
import type { Page, Selection } from '../user-requests.ts'
import type { ListEntries, ListReadOptions } from './list-entries.ts'

/** A list, and the reads that it was made from. */
export interface UserList {
  body: { users: User[]; missing: string[] } | { users: User[]; total: number; next: string | null }
  reads: Read<unknown>[]
}

/** Reads a list. Resolves to `undefined` when `options.strategy` is `fresh` and a part is not stored. */
export function readList(
  entries: ListEntries,
  selection: Selection,
  options: ListReadOptions,
): Promise<UserList | undefined> {
  return 'ids' in selection
    ? readByIds(entries, selection.ids, options)
    : readPage(entries, selection, options)
}

async function readByIds(
  entries: ListEntries,
  ids: readonly string[],
  options: ListReadOptions,
): Promise<UserList | undefined> {
  const found = await entries.readUsers(ids, options)
  const reads = found.map(({ read }) => read)
  if (reads.some(({ value }) => value === undefined)) return undefined
  const missing = found.flatMap(({ id, read }) => (read.value === null ? [id] : []))
  return { body: { users: usersOf(reads), missing }, reads }
}

async function readPage(
  entries: ListEntries,
  page: Page,
  options: ListReadOptions,
): Promise<UserList | undefined> {
  const pageRead = await entries.readPage(page, options)
  const content = pageRead.value
  if (content === undefined) return undefined
  const ids = content.ids === '' ? [] : content.ids.split(',')
  const found = await entries.readUsers(ids, options)
  const userReads = found.map(({ read }) => read)
  if (userReads.some(({ value }) => value === undefined)) return undefined
  const next = content.hasNext ? (ids.at(-1) ?? null) : null
  // A user that was deleted after its page had been read is left out.
  return {
    body: { users: usersOf(userReads), total: content.total, next },
    reads: [pageRead, ...userReads],
  }
}

function usersOf(reads: readonly Read<User | null | undefined>[]): User[] {
  return reads.flatMap(({ value }) => value ?? [])
}
