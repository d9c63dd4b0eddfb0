/** A map for keys that clients choose: beyond its bounds it evicts the entries that were set first. */

export interface BoundedMap<V> {
  readonly size: number
  get(key: string): V | undefined
  /** Makes the entry the newest. */
  set(key: string, value: V): void
  delete(key: string): void
}

export interface BoundedMapOptions<V> {
  /** Largest number of characters of all entries together. */
  maxLength: number
  /** Largest number of entries. Default: unlimited. */
  maxEntries?: number
  /**
   * Number of characters of one entry. Must return the same number while the entry is in the map, so delete an entry before its
   * value changes, and set it again. Default: the length of the key.
   */
  lengthOf?: (key: string, value: V) => number
}

export function createBoundedMap<V>(options: BoundedMapOptions<V>): BoundedMap<V> {
  const { maxLength, maxEntries = Number.POSITIVE_INFINITY, lengthOf = (key) => key.length } = options
  const entries = new Map<string, V>()
  let length = 0

  function remove(key: string): void {
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
      remove(key)
      entries.set(key, value)
      length += lengthOf(key, value)
      for (const oldest of entries.keys()) {
        if (length <= maxLength && entries.size <= maxEntries) break
        remove(oldest)
      }
    },
    delete: remove,
  }
}
