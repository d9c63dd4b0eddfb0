/** The warnings of one `cached()`, each once per route. */
import type { About, Warning } from '../../../cache/events.ts'
import { hasAccessCheckBehind, wasRefused } from '../../context/access-checks.ts'
import type { CacheRequest } from '../cache-request.ts'
import type { Route } from '../route.ts'

/** Largest number of different warnings. Clients may choose the names of headers. */
const MAX_WARNINGS = 100

export class RouteWarnings {
  readonly #cache: Route['cache']
  readonly #emitted = new Set<string>()
  /** Routes whose middleware was checked. */
  readonly #checked = new Set<string>()

  constructor(cache: Route['cache']) {
    this.#cache = cache
  }

  /** @param error the error that caused it, if there is one. */
  emit(warning: Warning, about: About, error?: unknown): void {
    const id = `${warning} ${about.route}`
    if (this.#emitted.has(id) || this.#emitted.size >= MAX_WARNINGS) return
    this.#emitted.add(id)
    this.#cache.warn(warning, about, error)
  }

  /** Warns of middleware behind the cache that may refuse a request: known ones at once, others after they have refused one. */
  checkAccess({ c, about, earlier }: CacheRequest): void {
    const isFirst = !this.#checked.has(about.route) && this.#checked.size < MAX_WARNINGS
    if (isFirst) this.#checked.add(about.route)
    if (wasRefused(c) || (isFirst && hasAccessCheckBehind(c.req.matchedRoutes, earlier.index))) {
      this.emit('access-check-behind-cache', about)
    }
  }
}
