/** A bounded map for keys that clients choose. A full map evicts the entries that were set the longest time ago. */

export interface BoundedMap<V> {
  readonly size: number
  get(key: string): V | undefined
  /** Sets the entry and makes it the newest, so that it is evicted last. */
  set(key: string, value: V): void
  delete(key: string): void
}

export interface BoundedMapOptions<V> {
  /** Largest number of characters of all entries together. */
  maxLength: number
  /** Largest number of entries. Default: no limit. */
  maxEntries?: number
  /**
   * Number of characters of one entry. It must not change while the entry is in the map: delete the entry, change its value,
   * and set it again. Default: the length of the key.
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
