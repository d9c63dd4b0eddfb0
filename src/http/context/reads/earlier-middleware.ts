/**
 * Records on which request headers the variables depend that middleware before `cached()` sets. That middleware has run before
 * the cache sees a request, so the recording begins with a later request of the route.
 */
import type { Context, MiddlewareHandler } from 'hono'
import { handlersOf, type Matched, matchResultSymbol } from '../matched-handlers.ts'
import { type HeaderReads, watchHeaderReads } from './header-reads.ts'
import { watchVariables } from './variable-reads.ts'

/** Property of a context: the recording of its request. */
const RECORDING = Symbol('hitrate:recording')
type Recorded = Context & { [RECORDING]?: Recording }

/** Property of a wrapped middleware: the routes whose requests are recorded, each by its last handler. */
const ROUTES = Symbol('hitrate:recorded-routes')
type Wrapped = MiddlewareHandler & { [ROUTES]?: WeakSet<Matched> }

/** The run of one middleware up to its call of `next`. */
interface Run {
  headers: HeaderReads
  /** Names of the variables that it has read. */
  variables: Set<string>
}

/** The recording of the middleware that has run so far. */
export class Recording {
  readonly #runs: Run[] = []
  readonly #setters = new Map<string, Run>()
  #current: Run | undefined

  constructor(c: Context) {
    watchVariables(c, {
      onRead: (name) => this.#current?.variables.add(name),
      onSet: (name) => {
        if (this.#current !== undefined) this.#setters.set(name, this.#current)
      },
    })
  }

  start(c: Context): void {
    this.stop()
    this.#current = { headers: watchHeaderReads(c.req), variables: new Set() }
    this.#runs.push(this.#current)
  }

  stop(): void {
    this.#current?.headers.stop()
    this.#current = undefined
  }

  /** Number of middleware that was recorded. */
  get count(): number {
    return this.#runs.length
  }

  /** The dependencies of a variable. One that no recorded middleware has set may depend on all of it: one did not set it. */
  dependenciesOf(variable: string): { names: ReadonlySet<string>; all: boolean } {
    const names = new Set<string>()
    let all = false
    const runs = new Set(this.#settersOf(variable))
    for (const { headers, variables } of runs) {
      for (const one of headers.names) names.add(one)
      all ||= headers.all
      for (const one of variables) for (const setter of this.#settersOf(one)) runs.add(setter)
    }
    return { names, all }
  }

  #settersOf(variable: string): readonly Run[] {
    const setter = this.#setters.get(variable)
    return setter === undefined ? this.#runs : [setter]
  }
}

/** The middleware before one `cached()` in a request. */
export interface EarlierMiddleware {
  /** Place of the running handler among the matched ones: `cached()` itself, or a combination that contains it. */
  index: number
  /** The function of `cached()`. */
  self: object
  recording: Recording | undefined
}

/** The middleware that has run before `self`. Its recording, if there is one, ends here. */
export function earlierMiddleware(c: Context, self: object): EarlierMiddleware {
  const recording = (c as Recorded)[RECORDING]
  recording?.stop()
  return { index: c.req.routeIndex, self, recording }
}

/**
 * Records this middleware from now on, for all requests of the route. That includes the running handler if it is not `self`, but
 * a combination that contains it (`every`, `some`).
 *
 * @returns the number of recorded middleware; `undefined` if this version of Hono does not allow it.
 */
export function recordEarlier(c: Context, { index, self }: EarlierMiddleware): number | undefined {
  const symbol = matchResultSymbol(c.req)
  const handlers = symbol && handlersOf(c.req, symbol)
  const last = handlers?.at(-1)?.[0]
  if (symbol === undefined || handlers === undefined || last === undefined) return undefined
  const count = isSelf(handlers[index]?.[0][1], self) ? index : index + 1
  for (const [one] of handlers.slice(0, count)) routesOf(one, symbol).add(last)
  return count
}

function isSelf(route: object | undefined, self: object): boolean {
  return route !== undefined && 'handler' in route && route.handler === self
}

/** The routes whose requests are recorded; wraps the middleware if it is not wrapped yet. */
function routesOf(matched: Matched, symbol: symbol): WeakSet<Matched> {
  const handler: Wrapped = matched[0]
  if (handler[ROUTES] !== undefined) return handler[ROUTES]
  const routes = new WeakSet<Matched>()
  const wrapped: Wrapped = (c, next) => {
    const last = handlersOf(c.req, symbol)?.at(-1)?.[0]
    if (last === undefined || !routes.has(last)) return handler(c, next)
    const recorded: Recorded = c
    const recording = recorded[RECORDING] ?? new Recording(c)
    recorded[RECORDING] = recording
    recording.start(c)
    return handler(c, () => {
      recording.stop()
      return next()
    })
  }
  wrapped[ROUTES] = routes
  matched[0] = wrapped
  return routes
}
