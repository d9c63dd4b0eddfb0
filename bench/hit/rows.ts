/** The rows that are served, in two typical sizes. */
import type { User } from '../../src/service/users/user.ts'

/** Bytes of the row as JSON, by its id. */
export const sizes = { small: 150, large: 1200 }

export type Size = keyof typeof sizes

export const rows: ReadonlyMap<string, User> = new Map(
  Object.entries(sizes).map(([id, bytes]) => [id, row(id, bytes)]),
)

export function pathOf(size: Size): string {
  return `/api/user/${size}`
}

function row(id: string, bytes: number): User {
  const user = { id, name: '', email: 'alice@example.com' }
  const room = bytes - JSON.stringify(user).length
  return { ...user, name: 'Alice Johnson '.repeat(room).slice(0, room) }
}
