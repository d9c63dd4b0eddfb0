/** The options of the proxy process: types and defaults. `proxyConfig` checks them. */

/** Options of `hitrate <upstream>`. Only `upstream` has no default. */
export interface ProxyOptions {
  /** URL of the upstream, `http:` or `https:`. Its path is put before the path of each request; it has no query and no user. */
  upstream: string
  /** Address to listen on. Default: `127.0.0.1`. Another address than loopback needs no token, but `/__hitrate` does. */
  host?: string | undefined
  /** Port to listen on; 0 selects a free port. Default: 8080. */
  port?: number | undefined
  /**
   * Lifetime in ms of successful responses about which the upstream says nothing: no `Cache-Control`, `Expires`, `Pragma` or
   * targeted field. Default: none, so such responses are stored only with a `Last-Modified` (RFC 9111 §4.2.2).
   */
  ttlMs?: number | undefined
  /** Time in ms for which a stored response may be sent stale while the upstream fails. Default: as the upstream says. */
  staleIfErrorMs?: number | undefined
  /** Removes `Cookie` of GET and HEAD requests, and `Set-Cookie` of their responses. Default: false. */
  stripCookies?: boolean | undefined
  /** URL of a Redis server that several proxies share. Default: none. Excludes `file`. */
  redisUrl?: string | undefined
  /** Path of a file for stored responses, which survive a restart. Default: none. Excludes `redisUrl`. */
  file?: string | undefined
  /** Number of threads that accept connections. Default: 1. */
  threads?: number | undefined
  /** Largest size of the stored responses in memory, in bytes, of all threads; `auto` takes half of the free memory. Default: 64 MiB. */
  maxBytes?: number | 'auto' | undefined
  /** Largest body that is stored, in bytes. Larger ones are sent without being stored. Default: 8 MiB. */
  maxBodyBytes?: number | undefined
  /**
   * Time in ms for the connection to the upstream and the header of its response, and then for each further piece of its body.
   * Default: 30,000.
   */
  timeoutMs?: number | undefined
  /** Token for `/__hitrate`: `Authorization: Bearer`, or the password of `Basic`. Default: none, so only loopback has access. */
  token?: string | undefined
  /**
   * Adds to the client's `X-Forwarded-*` and `Forwarded` instead of replacing them: a proxy stands before this one. Default: false.
   */
  trustForwarded?: boolean | undefined
  /** True for one log line per request. Default: false. */
  accessLog?: boolean | undefined
  /** Default: `info`. */
  logLevel?: 'debug' | 'info' | 'warning' | 'error' | undefined
  /** Time in ms for which the process goes on accepting connections after a signal. Default: 0. */
  shutdownDelayMs?: number | undefined
}

/** The defaults of the options that have a fixed one. */
export const PROXY_DEFAULTS = {
  host: '127.0.0.1',
  port: 8080,
  threads: 1,
  maxBytes: 64 * 2 ** 20,
  maxBodyBytes: 8 * 2 ** 20,
  timeoutMs: 30_000,
} as const satisfies Partial<ProxyOptions>
