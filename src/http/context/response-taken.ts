/** When has an answer left the middleware chain, so that its context may be used for something else? */
import type { Context } from 'hono'

/** A chain that has thrown what is no Error never gives its answer out. */
const LATEST_MS = 10_000

/**
 * Resolves when Hono has taken the answer out of the context. Middleware around may be busy with it long after an inner
 * one has returned, and Hono tells nobody when the last is done. But then it reads `finalized` and at once `res`
 * (`#dispatch` in hono-base), which it does nowhere else; middleware that does so too is taken for it.
 */
export function whenResponseTaken(c: Context): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const response = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(c), 'res')
  let finalized = c.finalized
  let asked = false

  Object.defineProperty(c, 'finalized', {
    configurable: true,
    enumerable: true,
    get() {
      asked = true
      queueMicrotask(() => {
        asked = false
      })
      return finalized
    },
    set(value: boolean) {
      finalized = value
    },
  })
  Object.defineProperty(c, 'res', {
    ...response,
    get() {
      if (asked) resolve()
      return response?.get?.call(c)
    },
  })
  const timer = setTimeout(resolve, LATEST_MS)

  return promise.finally(() => {
    clearTimeout(timer)
    Reflect.deleteProperty(c, 'res')
    Object.defineProperty(c, 'finalized', {
      configurable: true,
      enumerable: true,
      writable: true,
      value: finalized,
    })
  })
}
