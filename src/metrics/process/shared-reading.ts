/** Lets several metrics use one reading, where a reading is slow or the metrics must agree. */

/**
 * Returns a function that makes readers of parts of a reading. A reader that is called again has begun a new scrape, so
 * `read` is called again; until then all readers use the same reading.
 */
export function sharedReading<T>(read: () => T): <V>(pick: (reading: T) => V) => () => V {
  let current: { readonly reading: T } | undefined
  const served = new Set<() => unknown>()

  return (pick) => {
    function part(): ReturnType<typeof pick> {
      if (current === undefined || served.has(part)) {
        current = undefined // if `read` throws, the next reader calls it again
        served.clear()
        current = { reading: read() }
      }
      served.add(part)
      return pick(current.reading)
    }
    return part
  }
}
