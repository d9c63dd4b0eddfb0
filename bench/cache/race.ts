/**
 * Tests whether a library serves a value that it loaded before a delete. Prints the outcome of each library as JSON.
 *
 * The race: a read starts a load, and the load fetches the old value. The key is deleted, the source changes, and the load
 * ends. Two later reads are checked: one after the load has ended, and one between the delete and the end of the load.
 * For libraries with tags, the same race runs with a tag in place of the key.
 *
 *     node bench/cache/race.ts
 */
import assert from 'node:assert/strict'
import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import { now } from '../take-turns.ts'
import { type LibraryName, loadLibraries } from './libraries.ts'
import { type Library, type User, userOf } from './workload.ts'

/** The two ways to invalidate a value. */
type Invalidation = 'delete' | 'invalidateTag'

/** Values that the reads of a race returned. */
export interface Outcome {
  /** The read that started the load returned its value, not an error. */
  firstHasValue: boolean
  /** Reads after the end of the load: time until one returned the new value. */
  after: OldFor
  /** A read between the delete and the end of the load returned the old value. */
  duringIsOld: boolean
  /** As `after`, in a race with a read during the load. */
  afterDuring: OldFor
}

/** Milliseconds since the invalidation; 0 when the old value was never returned after the load. */
export type OldFor = number | 'ever'

export type Outcomes = Partial<Record<LibraryName, Partial<Record<Invalidation, Outcome>>>>

/** The shortest lifetime that all libraries support. */
const ttlMs = 1000

/** Pause between two steps, because some libraries compare times in milliseconds. */
const PAUSE_MS = 20

const outcomes: Outcomes = {}
await Promise.all(
  (await loadLibraries()).map(async ({ name, library }) => {
    outcomes[name] = Object.fromEntries(await Promise.all(invalidationsOf(library).map(outcomeOf(library))))
  }),
)
process.stdout.write(JSON.stringify(outcomes))
process.exit() // some libraries keep timers

function invalidationsOf(library: Library): Invalidation[] {
  const { invalidateTag } = library.open({ load: async (key) => userOf(key), ttlMs })
  return invalidateTag === undefined ? ['delete'] : ['delete', 'invalidateTag']
}

function outcomeOf(library: Library) {
  return async (invalidation: Invalidation): Promise<[Invalidation, Outcome]> => {
    const after = await race(library, invalidation, false)
    const during = await race(library, invalidation, true)
    return [
      invalidation,
      {
        firstHasValue: after.first === 'old',
        after: after.oldFor,
        duringIsOld: during.during === 'old',
        afterDuring: during.oldFor,
      },
    ]
  }
}

async function race(library: Library, invalidation: Invalidation, readDuring: boolean) {
  const key = 'user:1'
  const held = Promise.withResolvers<void>()
  let name = 'old'
  let loads = 0
  async function load() {
    const user = { ...userOf(key), name }
    if (++loads === 1) await held.promise
    return user
  }
  const opened = library.open({ load, ttlMs, tagged: invalidation === 'invalidateTag' })

  const first = nameIn(opened.read(key))
  while (loads === 0) await sleep(1)
  await sleep(PAUSE_MS)
  // The race ends the load only later: a delete that waits for it would never resolve.
  const ended = opened[invalidation]?.(key)
  assert.notEqual(
    await Promise.race([ended, sleep(500, 'waits')]),
    'waits',
    'the invalidation waits for the load to end',
  )
  const endedAt = now()
  name = 'new'
  const during = readDuring ? nameIn(opened.read(key)) : undefined
  await sleep(PAUSE_MS)
  held.resolve()
  const seen = { first: await first, during: await during }
  await sleep(PAUSE_MS) // some libraries store the value after they return it

  let oldFor: OldFor = 0
  while ((await nameIn(opened.read(key))) === 'old') {
    await sleep(10)
    oldFor = now() - endedAt
    if (oldFor > 3 * ttlMs) return { ...seen, oldFor: 'ever' as const }
  }
  return { ...seen, oldFor }
}

async function nameIn(read: Promise<User | undefined>): Promise<string | undefined> {
  try {
    return (await read)?.name
  } catch {
    return 'error' // the library aborts the load and rejects the reads that wait for it
  }
}
