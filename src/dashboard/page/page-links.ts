/** The URLs that the page uses. They are relative, so that it works below any path, and behind a proxy that strips a prefix. */

export interface PageLinks {
  readonly css: string
  readonly js: string
  /** With `?since=<epoch ms>`, the history has only samples that are newer than that. */
  readonly data: string
  /**
   * Endpoint of purges, a POST. It takes JSON as `purge()` does (with the token as Bearer token), or a form with the fields `kind`
   * (`urls`, `tags`, `prefixes` or `all`), `value` (one item per line), `soft` (`on`) and `token`, and answers a form with a page.
   */
  readonly purge: string
  /** Endpoint of the app's buttons, a POST with the position of the button in `?button=`. It leads back to the page. Default: no buttons. */
  readonly control?: string
  /** URL of a cached route, which a page without reads proposes to request. */
  readonly example?: string
}
