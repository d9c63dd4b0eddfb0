/** What is every cache asked for here? The same values under the same keys, from the same source, for the same time. */

export interface User {
  id: string
  name: string
  email: string
  visits: number
}

/** Every user has come so often: what the reads of a benchmark add up to shows that none was left out. */
export const VISITS = 3

export function userOf(id: string): User {
  return { id, name: 'Ada Lovelace', email: 'ada@example.com', visits: VISITS }
}

/** The 16 keys that are always there, read in turn (`i & 15`): of one alone a compiler finds that nothing changes. */
export const HOT: readonly string[] = Array.from({ length: 16 }, (_, i) => `user:hot-${i}`)

/** No cache may hold more, where it can be told so. */
export const ROOM = 1000

/** What each cache is opened with. */
export interface Opening {
  /** Where values come from. */
  load: (key: string) => Promise<User>
  /** How long they live; whole seconds, since some libraries know nothing shorter. */
  ttlMs: number
  /** Each value gets its own key as a tag. Left out by default: some libraries pay for tags with every read. */
  tagged?: boolean
}

/** A cache at work. `hit` and `lookup` have their loops inside: a runtime compiles them for this one library. */
export interface Opened {
  /** Reads the `HOT` keys in turn, one awaited read after the other. Gives the sum of the visits. */
  hit(times: number): Promise<number>
  /** Reads a key, loading it where it is not kept. */
  read(key: string): Promise<User | undefined>
  delete(key: string): unknown
  /** Where the library has tags. */
  invalidateTag?(tag: string): unknown
  /** Reads the `HOT` keys without a promise, where the library can. Gives the sum of the visits. */
  lookup?(times: number): number
  /** The reads that the library's own metrics have counted. */
  counted?(): number
}

/** A library, as its documentation says to use it where speed counts: in memory alone. */
export interface Library {
  /** With its version. */
  name: string
  open(opening: Opening): Opened
}
