/**
 * The cache without HTTP: a typed entity, many keys in one call, a deadline, retries, and invalidation.
 *
 *   in this repository:  bun examples/data-cache.ts
 *   in your project:     npm install hitrate zod && node data-cache.ts
 */
import { createCache, keyOf, memoryStore } from 'hitrate'
import * as z from 'zod'

const cache = createCache({
  memory: memoryStore({ maxBytes: 16 * 1024 * 1024 }),
  onEvent(event) {
    if (event.type === 'load') console.log('    load:', event.result)
  },
})

/** Stands for a database. */
const rows = new Map([
  ['ada', { id: 'ada', name: 'Ada', team: 'engine' }],
  ['grace', { id: 'grace', name: 'Grace', team: 'compiler' }],
])
let failures = 1

const users = cache.entity({
  name: 'user',
  schema: z.object({ id: z.string(), name: z.string(), team: z.string() }),
  ttlMs: 60_000,
  absentTtlMs: 5000, // a user that does not exist
  staleIfErrorMs: 3_600_000, // the stored user, while the database is down
  hardTimeoutMs: 2000,
  retry: { attempts: 3, baseMs: 10, retryable: (error) => error instanceof Error },
  tags: (user) => [keyOf('team', user.team)],
  async load(id) {
    if (failures-- > 0) throw new Error('connection reset')
    return rows.get(id) ?? null
  },
  async loadMany(ids) {
    return new Map(ids.map((id) => [id, rows.get(id) ?? null]))
  },
})

console.log('one user; the first attempt fails')
console.log((await users.get('ada'))?.name)

console.log('many users; one call for the missing ones')
const many = await users.getMany(['ada', 'grace', 'nobody'])
console.log(many.map((user) => user?.name ?? 'absent').join(', '))

console.log('again: all from memory')
for (const id of ['ada', 'grace', 'nobody']) console.log(id, (await users.read(id)).outcome)

console.log('after a write')
rows.set('ada', { id: 'ada', name: 'Ada Lovelace', team: 'engine' })
await users.forget('ada')
console.log((await users.get('ada'))?.name)

console.log('a tag ends every user of a team')
await cache.invalidateTags([keyOf('team', 'compiler')])
console.log('ada:', users.has('ada'), 'grace:', users.has('grace'))

/* Output:
one user; the first attempt fails
    load: error
    load: ok
Ada
many users; one call for the missing ones
    load: ok
Ada, Grace, absent
again: all from memory
ada hit
grace hit
nobody hit
after a write
    load: ok
Ada Lovelace
a tag ends every user of a team
ada: true grace: false
*/
