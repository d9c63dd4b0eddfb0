/** A map that strangers may fill without end: beyond its bounds it forgets what was set first. */

export interface BoundedMap<V> {
  readonly size: number
  get(key: string): V | undefined
  /** Sets it anew: it is the youngest then. */
  set(key: string, value: V): void
  delete(key: string): void
}

export interface BoundedMapOptions<V> {
  /** How many characters are remembered in all. */
  maxLength: number
  /** How many entries. Default: no bound of their own. */
  maxEntries?: number
  /** The characters of one entry. A value that is changed must be deleted before, and set again. Default: those of its key. */
  lengthOf?: (key: string, value: V) => number
}

export function createBoundedMap<V>(options: BoundedMapOptions<V>): BoundedMap<V> {
  const { maxLength, maxEntries = Number.POSITIVE_INFINITY, lengthOf = (key) => key.length } = options
  const entries = new Map<string, V>()
  let length = 0

  function forget(key: string): void {
    const value = entries.get(key)
    if (value === undefined) return
    entries.delete(key)
    length -= lengthOf(key, value)
  }

  return {
    get size() {
      return entries.size
    },
    get: (key) => entries.get(key),
    set(key, value) {
      forget(key)
      entries.set(key, value)
      length += lengthOf(key, value)
      for (const oldest of entries.keys()) {
        if (length <= maxLength && entries.size <= maxEntries) break
        forget(oldest)
      }
    },
    delete: forget,
  }
}
