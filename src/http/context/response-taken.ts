/** Detects when a response has left the middleware chain, so that its context can be reused for a background refresh. */
import type { Context } from 'hono'
import { shadowProperty } from './shadow-property.ts'

/** Property of a context: the number of calls that wait for its response. */
const WAITS = Symbol.for('hitrate:waits-for-response')
type Watched = Context & { [WAITS]?: number }

/**
 * Upper bound of the wait, in ms. Needed if the chain threw a value that is not an `Error`: Hono then never reads the response.
 */
const MAX_WAIT_MS = 10_000

/**
 * Resolves once Hono has taken the response out of the context. Outer middleware may use the context long after an inner one has
 * returned, and Hono has no hook for the end of the chain. At the end `#dispatch` in hono-base reads `finalized` and, in the same
 * turn, `res`; no other part of Hono does. Middleware that reads both in one turn is mistaken for Hono.
 *
 * @param onUse called when other code reads or sets the response before.
 */
export function whenResponseTaken(c: Context, onUse: () => void = () => {}): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const watched: Watched = c
  watched[WAITS] = (watched[WAITS] ?? 0) + 1
  const response = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(c), 'res')
  let finalized = c.finalized
  let hasReadFinalized = false

  Object.defineProperty(c, 'finalized', {
    configurable: true,
    enumerable: true,
    get() {
      hasReadFinalized = true
      queueMicrotask(() => {
        hasReadFinalized = false
      })
      return finalized
    },
    set(value: boolean) {
      finalized = value
    },
  })
  const restoreRes = shadowProperty(c, 'res', {
    ...response,
    get() {
      if (hasReadFinalized) resolve()
      else onUse()
      return response?.get?.call(c)
    },
    set(value: Response | undefined) {
      onUse()
      response?.set?.call(c, value)
    },
  })
  const timer = setTimeout(resolve, MAX_WAIT_MS)

  return promise.finally(() => {
    clearTimeout(timer)
    watched[WAITS] = (watched[WAITS] ?? 1) - 1
    restoreRes()
    Object.defineProperty(c, 'finalized', {
      configurable: true,
      enumerable: true,
      writable: true,
      value: finalized,
    })
  })
}

/** True while {@link whenResponseTaken} waits. */
export function isResponseWatched(c: Context): boolean {
  return ((c as Watched)[WAITS] ?? 0) > 0
}
