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
  for (let i = index; isMiddleware(routes[i]); i++) {
    const next = routes[i + 1]
    if (next !== undefined && isAsSpecific(next.path, best.path)) best = next
  }
  return best.path
}

/**
 * True if the function may be middleware in front of another route. Hono does not store whether a function was registered by `use`
 * or by `all`. A handler takes the context alone, or has a route of one method without a wildcard at its end.
 */
function isMiddleware(route: RouterRoute | undefined): boolean {
  if (route === undefined || (route.method !== 'ALL' && !route.path.endsWith('*'))) return false
  const original = originalOf(route.handler)
  return original.length > 1 && !isMounted(original)
}

type Handler = RouterRoute['handler'] & { __COMPOSED_HANDLER?: Handler }

/** Hono wraps the handlers of an app with an error handler of its own, and keeps the original in this property. */
function originalOf(handler: Handler): Handler {
  let original = handler
  while (original.__COMPOSED_HANDLER !== undefined) original = original.__COMPOSED_HANDLER
  return original
}

const mounted = new WeakMap<Handler, boolean>()

/** True for the function of `app.mount()` and of `hono/mount`, which takes `next` but answers by itself. */
function isMounted(handler: Handler): boolean {
  let result = mounted.get(handler)
  if (result === undefined) {
    // The call of the mounted app: `application(replace ? replace(c.req.raw) : rewrite(c), ...optionsOf(c))`.
    result = /\.req\.raw\)(?:\s*:[^,]*)?,\s*\.\.\./.test(Function.prototype.toString.call(handler))
    mounted.set(handler, result)
  }
  return result
}

/** True if `pattern` is at least as specific as `other`: it has more segments, or as many and no fewer that are literal. */
function isAsSpecific(pattern: string, other: string): boolean {
  const depth = depthOf(pattern) - depthOf(other)
  return depth === 0 ? variablesIn(pattern) <= variablesIn(other) : depth > 0
}

/** Number of segments, without a wildcard at the end. */
function depthOf(pattern: string): number {
  return pattern.split('/').length - (pattern.endsWith('*') ? 1 : 0)
}

/** Number of segments that are parameters or wildcards. */
function variablesIn(pattern: string): number {
  return pattern.split('/').filter((segment) => segment.startsWith(':') || segment === '*').length
}
