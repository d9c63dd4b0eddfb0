/** The rows that are served: what a table has, as small and as large as such things are. */
import type { User } from '../../src/service/users/user.ts'

/** By id: how many bytes the row takes as JSON. */
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
