/** Records which variables of the context (`c.set`, `c.get`, `c.var`) code reads and sets. */
import type { Context } from 'hono'
import { recordedCopy } from './recorded-copy.ts'

export interface VariableListener {
  /** @param isSet false if the variable is missing. */
  onRead(name: string, isSet: boolean): void
  onSet(name: string): void
}

/** The methods of a context that are replaced. Hono makes them properties of each context. */
type Methods = Record<'get' | 'set', (...args: unknown[]) => unknown> & { [INNER]?: Methods }

/** Property of the replaced methods' context: the methods as they were before. */
const INNER = Symbol('hitrate:methods')

/** Reports the reads and writes of variables until the returned function is called. */
export function watchVariables(c: Context, { onRead, onSet }: VariableListener): () => void {
  let isActive = true
  const context = c as unknown as Methods
  const inner: Methods = { get: context.get, set: context.set }
  if (context[INNER] !== undefined) inner[INNER] = context[INNER]
  const variables =
    Object.getOwnPropertyDescriptor(c, 'var') ??
    Object.getOwnPropertyDescriptor(Object.getPrototypeOf(c), 'var')

  context[INNER] = inner
  context.get = (...args) => {
    const value = inner.get(...args)
    if (isActive) onRead(String(args[0]), value !== undefined)
    return value
  }
  context.set = (...args) => {
    if (isActive) onSet(String(args[0]))
    return inner.set(...args)
  }
  Object.defineProperty(c, 'var', {
    configurable: true,
    get() {
      const copy = variables?.get?.call(c) as object // the getter of Hono copies all variables
      const onName = (name: string) => onRead(name, name in copy)
      return isActive ? recordedCopy(copy, onName, () => Object.keys(copy).forEach(onName)) : copy
    },
  })
  return () => {
    isActive = false
  }
}

/** Reads a variable for the cache itself. This read is not reported. */
export function readVariable(c: Context, name: string): unknown {
  let methods = c as unknown as Methods
  while (methods[INNER] !== undefined) methods = methods[INNER]
  return methods.get(name)
}
