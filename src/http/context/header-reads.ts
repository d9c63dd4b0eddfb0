/** Which of a request's fields does some code ask for by name? */

/** Is it there? Asked so that whoever watches does not hear of it: a cache's own question is not its handler's. */
export function hasHeaderUnwatched(headers: Headers, name: string): boolean {
  const { has } = Object.getPrototypeOf(headers) as Headers // what a watcher has put in its way is the object's own
  return has.call(headers, name)
}

export interface HeaderReads {
  /** In lower case. */
  readonly names: ReadonlySet<string>
  /** Puts back what was there before. */
  stop(): void
}

/**
 * Watches a request's `Headers` until it is stopped: `get` and `has`, which is how Hono's `c.req.header(name)` and its cookie
 * helpers ask. Code that copies all fields, as a proxy does, asks for none by name.
 */
export function watchHeaderReads(headers: Headers): HeaderReads {
  const names = new Set<string>()
  const { get, has } = headers
  const isWatched = Object.hasOwn(headers, 'get') // by another around this one
  const shadow = (name: 'get' | 'has', value: (field: string) => unknown) =>
    Object.defineProperty(headers, name, { value, configurable: true, writable: true })

  shadow('get', (field) => {
    names.add(String(field).toLowerCase())
    return get.call(headers, field)
  })
  shadow('has', (field) => {
    names.add(String(field).toLowerCase())
    return has.call(headers, field)
  })

  return {
    names,
    stop() {
      for (const [name, value] of Object.entries({ get, has })) {
        if (isWatched)
          shadow(name as 'get' | 'has', value) // the two keys above
        else Reflect.deleteProperty(headers, name)
      }
    },
  }
}
