/** Records which request headers the handler reads by name. */

/** True if the request has this header. This read is not recorded, because the cache makes it and not the handler. */
export function hasHeaderUnwatched(headers: Headers, name: string): boolean {
  // The original method: watchHeaderReads replaces it on the object, not on the prototype.
  const { has } = Object.getPrototypeOf(headers) as Headers
  return has.call(headers, name)
}

export interface HeaderReads {
  /** Header names in lower case. */
  readonly names: ReadonlySet<string>
  /** Restores the methods that {@link watchHeaderReads} replaced. */
  stop(): void
}

/**
 * Records the names passed to `get` and `has` of a request's `Headers` until `stop` is called. Hono's `c.req.header(name)` and
 * its cookie helpers call these. Copying all headers, as proxies do, reads no header by name and is not recorded.
 */
export function watchHeaderReads(headers: Headers): HeaderReads {
  const names = new Set<string>()
  const { get, has } = headers
  const isWatchedAlready = Object.hasOwn(headers, 'get') // true if an outer cache has replaced the methods
  const shadow = (method: 'get' | 'has', value: (header: string) => unknown) =>
    Object.defineProperty(headers, method, { value, configurable: true, writable: true })

  shadow('get', (header) => {
    names.add(String(header).toLowerCase())
    return get.call(headers, header)
  })
  shadow('has', (header) => {
    names.add(String(header).toLowerCase())
    return has.call(headers, header)
  })

  return {
    names,
    stop() {
      for (const [method, previous] of Object.entries({ get, has })) {
        if (isWatchedAlready)
          shadow(method as 'get' | 'has', previous) // Object.entries widens its two keys to string
        else Reflect.deleteProperty(headers, method)
      }
    },
  }
}
