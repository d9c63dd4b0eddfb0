/**
 * Calls the handler of `cached(options, handler)`. Hono calls a route of one function without its `compose`, which costs two
 * promises. The handler must still run as it does behind a middleware: its error becomes the response of the app's error handler
 * before the cache judges it.
 */
import type { Context, Next } from 'hono'
import type { RouterRoute } from 'hono/types'
import { setResponse } from './context-response.ts'
import { handlersOf, matchResultSymbol } from './matched-handlers.ts'
import type { whenResponseTaken } from './response-taken.ts'

/** A route handler. Hono checks its types where it is registered. */
export type OwnHandler = (c: Context, next: Next) => unknown

type ErrorHandler = (error: unknown) => unknown

interface Call {
  /** True until the function of the route has been called a second time, for the handler. */
  isPending?: boolean
  onError?: ErrorHandler
}

export class HandlerCalls {
  readonly #handler: OwnHandler
  readonly #self: object
  /** Property of a context. Each `cached()` has its own, because one may be the handler of another. */
  readonly #call = Symbol('hitrate:handler-call')

  /** @param self the function that is registered in Hono. */
  constructor(handler: OwnHandler, self: object) {
    this.#handler = handler
    this.#self = self
  }

  /** True if this call of the registered function is for the handler: see `nextOf`. */
  takeCall(c: Context): boolean {
    const call = this.#existing(c)
    if (call?.isPending !== true) return false
    call.isPending = false
    return true
  }

  /**
   * Returns the function that runs the handler and leaves its response in `c.res`. Returns `undefined` if other code than Hono
   * calls the registered function, such as `every` of `hono/combine`: the app's error handler is then out of reach.
   *
   * @param next the `next` of the registered function, for the handler.
   */
  nextOf(c: Context, next: Next): Next | undefined {
    const { matchedRoutes: routes, routeIndex: index } = c.req
    const route = routes[index]
    if (route === undefined) return undefined
    if (route.handler !== this.#self) {
      return originalOf(route) === this.#self ? () => this.#callComposed(c, next, route) : undefined
    }
    if (routes.length === 1) return () => this.#callAlone(c, next)
    return this.#repeat(c, index) ? () => this.#callRepeated(c, next) : undefined
  }

  /** Calls the handler. */
  call(c: Context, next: Next): unknown {
    return this.#handler(c, next)
  }

  /** Returns the function that runs the handler where `nextOf` returns none. An error of the handler rejects. */
  plainNext(c: Context, next: Next): Next {
    return async () => setUnlessFinalized(c, await this.#handler(c, next))
  }

  /**
   * Returns the promise of the registered function for Hono. If the function is the only one of the route, Hono chains `then` and
   * `catch` to the promise. The callback of that `catch` calls the app's error handler, which nothing else refers to.
   */
  observed<T>(c: Context, promise: Promise<T>): Promise<T> {
    const { matchedRoutes: routes } = c.req
    if (routes.length !== 1) return promise
    if (routes[0]?.handler !== this.#self) return takingLater(c, promise)
    const keep = (onError: ErrorHandler) => {
      this.#callOf(c).onError = onError
    }
    return Object.defineProperty(promise, 'then', { value: thenWith(promise, c, keep) })
  }

  /** Runs the handler of a route without other functions, as Hono's `compose` does. */
  async #callAlone(c: Context, next: Next): Promise<void> {
    let response: unknown
    try {
      response = await this.#handler(c, next)
    } catch (error) {
      await null // Hono chains `catch` after this turn, in which the handler may have thrown
      const onError = this.#existing(c)?.onError
      if (!(error instanceof Error) || onError === undefined) throw error
      c.error = error
      response = await onError(error)
      if (response instanceof Response) c.res = response
      return
    }
    setUnlessFinalized(c, response)
    if (!c.finalized) setResponse(c, await c.notFound())
  }

  /** Runs the handler through the function with which `app.route()` adds the error handler of a mounted app. */
  async #callComposed(c: Context, next: Next, { handler }: RouterRoute): Promise<void> {
    this.#callOf(c).isPending = true
    setUnlessFinalized(c, await handler(c, next))
  }

  /** Lets Hono call the registered function again as the next one: for the handler. Returns false if Hono does not allow it. */
  #repeat(c: Context, index: number): boolean {
    const symbol = matchResultSymbol(c.req)
    const handlers = symbol && handlersOf(c.req, symbol)
    const own = handlers?.[index]
    if (handlers === undefined || own === undefined) return false
    if (handlers[index + 1]?.[0] !== own[0]) handlers.splice(index + 1, 0, own)
    return true
  }

  async #callRepeated(c: Context, next: Next): Promise<void> {
    this.#callOf(c).isPending = true
    await next()
    if (this.takeCall(c)) throw new TypeError('cached: Hono has not called the handler')
  }

  #existing(c: Context): Call | undefined {
    return (c as Context & Record<symbol, Call | undefined>)[this.#call]
  }

  #callOf(c: Context): Call {
    const call = this.#existing(c) ?? {}
    ;(c as Context & Record<symbol, Call>)[this.#call] = call
    return call
  }
}

/** Hono ignores the response of a handler if the context has one already. */
function setUnlessFinalized(c: Context, response: unknown): void {
  if (response instanceof Response && !c.finalized) c.res = response
}

/** The function that the app has registered, if `app.route()` has wrapped it, once for each app around it. */
function originalOf({ handler }: RouterRoute): object {
  let original: object & { __COMPOSED_HANDLER?: object } = handler
  while (original.__COMPOSED_HANDLER !== undefined) original = original.__COMPOSED_HANDLER
  return original
}

/**
 * A `then` whose promise passes the first callback of its `catch` to `keep`, and sets `c.error` before it is called, as `compose`
 * does.
 */
function thenWith<T>(promise: Promise<T>, c: Context, keep: (onError: ErrorHandler) => void): unknown {
  return function observedThen(...callbacks: Parameters<Promise<T>['then']>) {
    const chained = Promise.prototype.then.apply(promise, callbacks)
    function observedCatch(onError: ErrorHandler) {
      keep(onError)
      return Promise.prototype.catch.call(chained, (error: unknown) => {
        if (error instanceof Error) c.error = error
        return onError(error)
      })
    }
    return Object.defineProperty(chained, 'catch', { value: observedCatch })
  }
}

/**
 * Reads the response as Hono does at the end of a chain of middleware, because Hono does not do so for a mounted app whose route
 * has one function. A background refresh waits for it: see {@link whenResponseTaken}.
 */
function takingLater<T>(c: Context, promise: Promise<T>): Promise<T> {
  const take = () => setTimeout(() => c.finalized && c.res, 0)
  promise.then(take, take)
  return promise
}
