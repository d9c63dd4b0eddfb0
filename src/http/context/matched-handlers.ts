/** The handlers that Hono has matched to a request, in the order in which it calls them. */
import type { HonoRequest, MiddlewareHandler } from 'hono'

/** A matched handler in the router: Hono calls the function in the first place. Requests to one route share it. */
export type Matched = [handler: MiddlewareHandler, route: object]

/** The property that holds the result of the router. Hono exports it only to itself. */
export function matchResultSymbol(req: HonoRequest): symbol | undefined {
  for (let owner: unknown = req; owner instanceof Object; owner = Object.getPrototypeOf(owner)) {
    const symbols = Object.getOwnPropertySymbols(owner)
    const found = symbols.find((symbol) => handlersOf(req, symbol)?.every(([handler]) => isMatched(handler)))
    if (found !== undefined) return found
  }
  return undefined
}

/** The handlers in the result of the router, each with its parameters. */
export function handlersOf(req: HonoRequest, symbol: symbol): [Matched, unknown][] | undefined {
  const result = (req as HonoRequest & Record<symbol, unknown>)[symbol]
  const handlers: unknown = Array.isArray(result) ? result[0] : undefined
  return Array.isArray(handlers) && handlers.every(Array.isArray)
    ? (handlers as [Matched, unknown][])
    : undefined
}

function isMatched(value: unknown): boolean {
  return Array.isArray(value) && typeof value[0] === 'function' && typeof value[1] === 'object'
}
