/** Under which key a request's answer is kept. */
import type { Context } from 'hono'

/**
 * Makes a route's key. What the answer depends on belongs into it, or into `Vary`; GET and the methods that change the same
 * thing must get the same key. Where it gives a promise, every request waits for that.
 */
export type KeyGenerator = (c: Context) => string | Promise<string>

/**
 * The default key: scheme, host, path and query. GET and HEAD share it, and a POST to the same URL invalidates it.
 *
 * @param query the query parameters that count; others cannot make entries of their own. Default all.
 */
export function urlKey(query: readonly string[] | undefined): KeyGenerator {
  return (c) => keyOfUrl(c.req.url, query)
}

/** The default key of this URL. */
export function keyOfUrl(href: string, query: readonly string[] | undefined): string {
  const url = new URL(href)
  if (query !== undefined) {
    const counting = [...url.searchParams].filter(([name]) => query.includes(name))
    url.search = new URLSearchParams(counting).toString()
  }
  return url.origin + url.pathname + url.search
}
