/** Lists keys of a map while entries are stored and removed. */

/** Returns the keys that start with `prefix`, one by one and without a copy. It ends after as many keys as the map had at first. */
export function* keysWithPrefix(
  places: ReadonlyMap<string, unknown>,
  prefix: string,
): Generator<string, void> {
  let left = places.size // a key that is stored again comes last, so the caller may store each key
  for (const key of places.keys()) {
    if (left-- === 0) return
    if (key.startsWith(prefix)) yield key
  }
}
