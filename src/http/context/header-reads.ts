/** Records which request headers the handler reads by name. */
import { shadowProperty } from './shadow-property.ts'

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
  const restores = (['get', 'has'] as const).map((method) => {
    const read: (name: string) => unknown = headers[method]
    const value = (name: string) => {
      names.add(String(name).toLowerCase())
      return read.call(headers, name)
    }
    return shadowProperty(headers, method, { value, writable: true })
  })
  return {
    names,
    stop() {
      for (const restore of restores) restore()
    },
  }
}
