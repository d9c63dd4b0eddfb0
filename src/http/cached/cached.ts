/** `cached()`: a shared HTTP cache as Hono middleware, or as a handler that contains the handler behind it. */
import type { Context, MiddlewareHandler, Next } from 'hono'
import { aFunction, requireValid } from '../../options.ts'
import { HandlerCalls, type OwnHandler } from '../context/own-handler.ts'
import { setsNoHeaders } from '../context/sets-no-headers.ts'
import { withSyncAnswer } from '../context/sync-answer.ts'
import type { CachedOptions } from './options.ts'
import { createRoute } from './route.ts'
import { RouteServer } from './route-server.ts'

export type { CachedOptions, CompareResponses } from './options.ts'

/**
 * Creates a shared cache in front of a handler (RFC 9111). Lifetimes come from the response headers and from `targetedControl`.
 * Every response shows in `Cache-Status` (RFC 9211) how the cache handled the request.
 *
 * @throws {TypeError} naming the option that does not exist or cannot be used.
 * @example
 * const cache = createCache({ memory: memoryStore() })
 * app.get('/rates', cached({ cache, targetedControl: 'max-age=60' }), (c) => c.json(rates()))
 */
export function cached(options: CachedOptions): MiddlewareHandler
/**
 * Creates a handler that has the cache in front of it. Responses are the same as with `cached(options)` before the handler; a hit
 * takes less time where the route has no other middleware, because Hono then calls the handler without promises.
 *
 * The handler must be registered in an app. If other code calls it, such as `every` of `hono/combine`, it caches nothing.
 * TypeScript does not infer the types of the path and of the environment for `handler`: declare `c` as `Context<Env, '/users/:id'>`
 * if it needs them. The type of the response reaches clients of `hono/client`.
 *
 * @throws {TypeError} as above, and when `handler` is no function.
 * @example
 * app.get('/rates', cached({ cache, targetedControl: 'max-age=60' }, (c) => c.json(rates())))
 */
export function cached<RouteHandler extends OwnHandler>(
  options: CachedOptions,
  handler: RouteHandler,
): RouteHandler
export function cached(options: CachedOptions, handler?: OwnHandler): MiddlewareHandler {
  const route = createRoute(options)
  if (handler !== undefined) requireValid('cached: handler', handler, aFunction)
  const calls = handler && new HandlerCalls(handler, cached)
  const server = new RouteServer(route, cached, calls)

  function cached(c: Context, next: Next): unknown {
    if (calls?.takeCall(c)) return calls.call(c, next)
    const response = server.serve(c, next)
    return calls !== undefined && response instanceof Promise ? calls.observed(c, response) : response
  }

  // A `keyGenerator` may be slow and must run once per request, so only routes with the default key serve synchronously.
  if (options.keyGenerator === undefined) {
    withSyncAnswer(cached, (c, routes) => server.serveSynchronously(c, routes))
  }
  // A handler of one parameter ends the search for the route of a request: see `routeOf`.
  if (calls !== undefined) Object.defineProperty(cached, 'length', { value: 1 })
  return setsNoHeaders(cached) as MiddlewareHandler // Hono accepts a synchronous result, but the type allows only promises
}
