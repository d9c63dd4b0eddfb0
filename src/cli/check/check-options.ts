/** The options of `hitrate check`. */

export interface CheckOptions {
  url: URL
  /** Headers of each request, with names in lower case. */
  headers: readonly (readonly [name: string, value: string])[]
  /** As the proxy's `--ttl`. */
  ttlMs: number | undefined
  /** As the proxy's `--strip-cookies`. */
  stripCookies: boolean
  /** Time limit of each request. */
  timeoutMs: number
}
