/** The workload of every cache: the same values, keys, source and lifetime. */

export interface User {
  id: string
  name: string
  email: string
  visits: number
}

/** Visits of every user. A benchmark adds them up, so the sum shows that no read was left out. */
export const VISITS = 3

export function userOf(id: string): User {
  return { id, name: 'Ada Lovelace', email: 'ada@example.com', visits: VISITS }
}

/** The 16 keys of hits, read in turn (`i & 15`): with a single key, a compiler could move the read out of the loop. */
export const HOT: readonly string[] = Array.from({ length: 16 }, (_, i) => `user:hot-${i}`)

/** Limit of entries, for each cache that has one. */
export const MAX_ENTRIES = 1000

/** Options with which every cache is opened. */
export interface Opening {
  /** Source of the values. */
  load: (key: string) => Promise<User>
  /** Lifetime of the values: whole seconds, because some libraries have no shorter unit. */
  ttlMs: number
  /** Gives each value its own key as a tag. Off by default: in some libraries tags make every read slower. */
  tagged?: boolean
}

/** An open cache. `hit` and `lookup` contain their loops, so that a runtime compiles them for this library alone. */
export interface Opened {
  /** Reads the `HOT` keys in turn, and awaits each read. Returns the sum of the visits. */
  hit(times: number): Promise<number>
  /** Reads a key; loads it if it is not stored. */
  read(key: string): Promise<User | undefined>
  delete(key: string): unknown
  /** Undefined for a library without tags. */
  invalidateTag?(tag: string): unknown
  /** Reads the `HOT` keys synchronously, where the library can. Returns the sum of the visits. */
  lookup?(times: number): number
  /** Reads counted by the library's own metrics. */
  counted?(): number
}

/** A library in the fastest form that its documentation describes, in memory alone. */
export interface Library {
  /** Name and version. */
  name: string
  open(opening: Opening): Opened
}
