/** The entity of the tests: users, and a database of them that records its queries. */
import * as z from 'zod'

export const User = z.object({ id: z.string(), name: z.string(), role: z.string().default('guest') })
export type User = z.output<typeof User>

/** Rows by id, and the ids of each query. */
export function database(rows: Record<string, z.input<typeof User>> = { ada: { id: 'ada', name: 'Ada' } }) {
  const queries: string[] = []
  return {
    rows,
    queries,
    find(id: string) {
      queries.push(id)
      return Promise.resolve(rows[id] ?? null)
    },
    findMany(ids: readonly string[]) {
      queries.push(ids.join('+'))
      const found = ids.flatMap((id) => rows[id] ?? []).reverse() // in any order, as a database returns them
      return Promise.resolve(new Map(found.map((row) => [row.id, row])))
    },
  }
}
