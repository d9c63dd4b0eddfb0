/** The rows that are served, in four sizes. */
import type { User } from '../../src/service/users/user.ts'

/** Bytes of the row as JSON, by its id. */
export const sizes = { tiny: 68, small: 150, large: 1200, huge: 16_000 }

export type Size = keyof typeof sizes

const rows: ReadonlyMap<string, User> = new Map(
  Object.entries(sizes).map(([id, bytes]) => [id, row(id, bytes)]),
)

/** The row of an id such as `tiny`, and of every id that begins with it and a hyphen, so that a load can use ever new URLs. */
export function rowOf(id: string): User | undefined {
  const end = id.indexOf('-')
  return rows.get(end === -1 ? id : id.slice(0, end))
}

export function pathOf(size: Size): string {
  return `/api/user/${size}`
}

function row(id: string, bytes: number): User {
  const user = { id, name: '', email: 'alice@example.com' }
  const room = bytes - JSON.stringify(user).length
  return { ...user, name: 'Alice Johnson '.repeat(room).slice(0, room) }
}
