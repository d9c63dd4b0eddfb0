/**
 * Does a library go on serving what it loaded before a delete? Prints as JSON what became of each library's race.
 *
 * A read begins, and its load has fetched the old value when the key is deleted and the source changes; then the load
 * ends. What does the next reader get, and for how long is it old? And what does a reader get who came after the delete,
 * while that load was still under way? The same with a tag in place of the key, where the library has tags.
 *
 *     node bench/cache/race.ts
 */
import assert from 'node:assert/strict'
import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import { now } from '../take-turns.ts'
import { type LibraryName, loadLibraries } from './libraries.ts'
import { type Library, type User, userOf } from './workload.ts'

/** How a library ends what it has. */
type Ending = 'delete' | 'invalidateTag'

/** What became of those who read. */
export interface Outcome {
  /** Who came before the delete and waited for the load got its value, not an error. */
  firstIsAnswered: boolean
  /** Came when the load had ended: for how long it, and whoever came after it, got the old value. */
  after: OldFor
  /** Came while the load was under way, and got the old value. */
  duringIsOld: boolean
  /** As `after`, when there was such a reader. */
  afterDuring: OldFor
}

/** In ms. */
export type OldFor = number | 'ever'

export type Outcomes = Partial<Record<LibraryName, Partial<Record<Ending, Outcome>>>>

/** The shortest time to live that all libraries know. */
const ttlMs = 1000

/** Between any two steps: some libraries compare times in milliseconds. */
const PAUSE_MS = 20

const outcomes: Outcomes = {}
await Promise.all(
  (await loadLibraries()).map(async ({ name, library }) => {
    outcomes[name] = Object.fromEntries(await Promise.all(endingsOf(library).map(outcomeOf(library))))
  }),
)
process.stdout.write(JSON.stringify(outcomes))
process.exit() // some libraries keep timers

function endingsOf(library: Library): Ending[] {
  const { invalidateTag } = library.open({ load: async (key) => userOf(key), ttlMs })
  return invalidateTag === undefined ? ['delete'] : ['delete', 'invalidateTag']
}

function outcomeOf(library: Library) {
  return async (ending: Ending): Promise<[Ending, Outcome]> => {
    const after = await race(library, ending, false)
    const during = await race(library, ending, true)
    return [
      ending,
      {
        firstIsAnswered: after.first === 'old',
        after: after.oldFor,
        duringIsOld: during.during === 'old',
        afterDuring: during.oldFor,
      },
    ]
  }
}

async function race(library: Library, ending: Ending, readDuring: boolean) {
  const key = 'user:1'
  const held = Promise.withResolvers<void>()
  let name = 'old'
  let loads = 0
  async function load() {
    const user = { ...userOf(key), name }
    if (++loads === 1) await held.promise
    return user
  }
  const opened = library.open({ load, ttlMs, tagged: ending === 'invalidateTag' })

  const first = nameIn(opened.read(key))
  while (loads === 0) await sleep(1)
  await sleep(PAUSE_MS)
  // What waits for the load cannot be told that it is over.
  const ended = opened[ending]?.(key)
  assert.notEqual(await Promise.race([ended, sleep(500, 'waits')]), 'waits', 'it waits for the load to end')
  const endedAt = now()
  name = 'new'
  const during = readDuring ? nameIn(opened.read(key)) : undefined
  await sleep(PAUSE_MS)
  held.resolve()
  const seen = { first: await first, during: await during }
  await sleep(PAUSE_MS) // some libraries keep it behind the answer

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
    return 'error' // the library stops its load, and whoever waits for it
  }
}
