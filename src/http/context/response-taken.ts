/** Detects when a response has left the middleware chain, so that its context can be reused for a background refresh. */
import type { Context } from 'hono'
import { shadowProperty } from './shadow-property.ts'

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
  return Object.getOwnPropertyDescriptor(c, 'finalized')?.get !== undefined
}
