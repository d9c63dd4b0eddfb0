/** Decides whether the handler's response depends on request headers that nothing declares. */
import type { Context } from 'hono'
import type { About, Warning } from '../../../cache/events.ts'
import { type HeaderReads, watchHeaderReads } from '../../context/header-reads.ts'
import type { Directives } from '../../fields/cache-control.ts'
import { dependsOnForeignHost } from '../../policy/foreign-host.ts'
import { dependsOn, type ReadHeaders, undeclaredHeaders } from '../../policy/undeclared-headers.ts'
import type { CacheRequest } from '../cache-request.ts'
import type { Route } from '../route.ts'

type Request = Pick<CacheRequest, 'c' | 'header' | 'resource'>

/** The handler's response, before this cache added any header. */
export interface HandlerResponse {
  headers: Headers
  /** Directives from the handler's own headers. */
  directives: Directives
  reads: ReadHeaders
}

/**
 * Returns the reason why no other request may get the response, as the detail for `Cache-Status`; `undefined` if every
 * dependency is declared.
 */
export async function undeclaredDependency(
  route: Route,
  request: Request,
  { headers, directives, reads }: HandlerResponse,
): Promise<'host' | `depends-on-${string}` | undefined> {
  const { c, header, resource } = request
  const { url } = c.req
  const vary = headers.get('vary')
  const hostRequest = { headersRead: reads.names, host: header('host'), url }
  if (dependsOnForeignHost(hostRequest, vary)) return 'host'

  const undeclared = undeclaredHeaders(reads, header, {
    vary,
    allowOrigin: headers.get('access-control-allow-origin'),
    directives,
    ignored: route.ignoredHeaders,
    isHostInKey: route.keyOfUrl !== undefined || resource.includes(URL.parse(url)?.host ?? ''),
  })
  if (undeclared.length === 0) return undefined
  const ofKey = route.keyOfUrl === undefined ? (await readsOfKey(route, c)).names : undefined
  const first = undeclared.find(
    (name) => !(ofKey?.has(name) || (name === 'content-type' && isReadByValidator(c))),
  )
  return first === undefined ? undefined : dependsOn(first)
}

/**
 * True if a validator of Hono has read `Content-Type`. All of them read it, but only those of a body use it, and a GET has no
 * body.
 */
function isReadByValidator({ req }: Context): boolean {
  const hasRun = (target: string) => req.valid(target as never) !== undefined // `never`: this context declares no validator
  return ['query', 'param', 'header', 'cookie'].some(hasRun) && !['json', 'form'].some(hasRun)
}

/** Generates the key once more to find the headers that are part of it. Costs a call only after a load that read a header. */
async function readsOfKey({ keyOf }: Route, c: Context): Promise<HeaderReads> {
  const reads = watchHeaderReads(c.req)
  try {
    await keyOf(c)
  } catch {
    // The response was made under a key that was generated before. A header that was not read now counts as no part of it.
  } finally {
    reads.stop()
  }
  return reads
}

/** Largest number of different warnings of one `cached()`. Clients may choose the names of headers. */
const MAX_WARNINGS = 100

/** Emits each warning once per route. */
export class RouteWarnings {
  readonly #cache: Route['cache']
  readonly #emitted = new Set<string>()

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
}
