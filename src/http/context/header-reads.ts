/** Records which request headers the handler reads by name. */

/** Does the request have this header? The read is not recorded, because the cache makes it and not the handler. */
export function hasHeaderUnwatched(headers: Headers, name: string): boolean {
  const { has } = Object.getPrototypeOf(headers) as Headers // watchHeaderReads shadows it by an own property of the object
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
 * its cookie helpers call these. A copy of all headers, as a proxy makes it, reads none by name and is not recorded.
 */
export function watchHeaderReads(headers: Headers): HeaderReads {
  const names = new Set<string>()
  const { get, has } = headers
  const isWatchedAlready = Object.hasOwn(headers, 'get') // by an outer cache
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
          shadow(method as 'get' | 'has', previous) // the two keys above
        else Reflect.deleteProperty(headers, method)
      }
    },
  }
}
