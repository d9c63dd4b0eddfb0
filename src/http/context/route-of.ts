/** The pattern of the route that answers a request. */
import type { Context } from 'hono'
import type { RouterRoute } from 'hono/types'

/** Property of a context: the pattern that `setRoute` has set. */
const ROUTE = Symbol.for('hitrate:route')
type Named = Context & { [ROUTE]?: string }

/**
 * Sets the route that `measured` and `httpMetrics` report for this request. Useful where no route matches, such as a response 405,
 * and where one route serves several operations.
 *
 * @param pattern must come from a small set of texts, and never contain the path or an id: each is a series of its own.
 * @example
 * app.notFound((c) => {
 *   if (c.req.path.startsWith('/legacy/')) setRoute(c, '/legacy/*')
 *   return c.text('Not found', 404)
 * })
 */
export function setRoute(c: Context, pattern: string): void {
  ;(c as Named)[ROUTE] = pattern
}

/**
 * The pattern of the route that has answered, or that will answer if the running handler does not. If middleware has answered, it is
 * the most specific pattern from there up to the first handler. Returns `/*` if only middleware for all paths matched.
 *
 * @param routes `c.req.matchedRoutes`, which Hono copies for each caller. Hono's helper `routePath` is not used: it needs a symbol
 *   that differs between the CommonJS and the ESM build of `hono`, and an app may load both.
 * @param index place of the function that is running, or that ran last. Default: the one that Hono has called last.
 */
export function routeOf(
  c: Context,
  routes: readonly RouterRoute[] = c.req.matchedRoutes,
  index = c.req.routeIndex,
): string {
  return (c as Named)[ROUTE] ?? patternFrom(routes, index)
}

function patternFrom(routes: readonly RouterRoute[], index: number): string {
  let best = routes[index]
  if (best === undefined) return '/*'
  for (let i = index; ; i++) {
    const route = routes[i]
    const next = routes[i + 1]
    if (route === undefined || next === undefined || !factsOf(route).isMiddleware) return best.path
    if (isAsSpecific(factsOf(next), factsOf(best))) best = next
  }
}

/** Facts about a matched route, from its pattern and function. Stored per route, because requests share them. */
interface RouteFacts {
  /** True if the function may be middleware in front of another route. */
  isMiddleware: boolean
  /** Number of segments, without a wildcard at the end. */
  depth: number
  /** Number of segments that are parameters or wildcards. */
  variables: number
}

const known = new WeakMap<RouterRoute, RouteFacts>()

function factsOf(route: RouterRoute): RouteFacts {
  let facts = known.get(route)
  if (facts === undefined) {
    const segments = route.path.split('/')
    facts = {
      isMiddleware: isMiddleware(route),
      depth: segments.length - (route.path.endsWith('*') ? 1 : 0),
      variables: segments.filter((segment) => segment.startsWith(':') || segment === '*').length,
    }
    known.set(route, facts)
  }
  return facts
}

/**
 * Hono does not store whether a function was registered by `use` or by `all`. A handler takes the context alone, or has a route of
 * one method without a wildcard at its end.
 */
function isMiddleware({ method, path, handler }: RouterRoute): boolean {
  return (method === 'ALL' || path.endsWith('*')) && originalOf(handler).length > 1
}

type Handler = RouterRoute['handler'] & { __COMPOSED_HANDLER?: Handler }

/** Hono wraps the handlers of an app with an error handler of its own, and keeps the original in this property. */
function originalOf(handler: Handler): Handler {
  let original = handler
  while (original.__COMPOSED_HANDLER !== undefined) original = original.__COMPOSED_HANDLER
  return original
}

/** True if a pattern has more segments than another, or as many and no fewer that are literal. */
function isAsSpecific(pattern: RouteFacts, other: RouteFacts): boolean {
  return pattern.depth === other.depth ? pattern.variables <= other.variables : pattern.depth > other.depth
}
