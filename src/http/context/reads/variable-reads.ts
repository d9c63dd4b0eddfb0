/** Records which variables of the context (`c.set`, `c.get`, `c.var`) code reads and sets. */
import type { Context } from 'hono'
import { recordedCopy } from './recorded-copy.ts'

export interface VariableListener {
  /** @param isSet false if the variable is missing. */
  onRead(name: string, isSet: boolean): void
  onSet(name: string): void
}

/** Property of a context: the listeners to its variables, and its methods as Hono made them. */
const WATCH = Symbol('hitrate:variables')

interface Watch extends VariableListener {
  readonly listeners: Set<VariableListener>
  readonly get: (name: unknown) => unknown
  readonly set: (name: unknown, value: unknown) => void
}

/** The methods are properties of each context, so they can be replaced there. */
interface Watched {
  get: Watch['get']
  set: Watch['set']
  [WATCH]?: Watch
}

/** Reports the reads and writes of variables until the returned function is called. */
export function watchVariables(c: Context, listener: VariableListener): () => void {
  const { listeners } = (c as unknown as Watched)[WATCH] ?? startWatch(c)
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** Reads a variable for the cache itself. This read is not reported. */
export function readVariable(c: Context, name: string): unknown {
  const context = c as unknown as Watched
  return (context[WATCH] ?? context).get(name)
}

/** Replaces the methods and the property `var` of the context. They stay replaced. */
function startWatch(c: Context): Watch {
  const context = c as unknown as Watched
  const { get, set } = context
  const listeners = new Set<VariableListener>()
  const watch: Watch = {
    listeners,
    get,
    set,
    onRead(name, isSet) {
      for (const listener of listeners) listener.onRead(name, isSet)
    },
    onSet(name) {
      for (const listener of listeners) listener.onSet(name)
    },
  }
  context[WATCH] = watch
  context.get = (name) => {
    const value = get(name)
    watch.onRead(String(name), value !== undefined)
    return value
  }
  context.set = (name, value) => {
    watch.onSet(String(name))
    set(name, value)
  }
  Object.defineProperty(c, 'var', WATCHED_VAR)
  return watch
}

/** One descriptor for all contexts: with a getter of its own, each would have a hidden class of its own, which is slow. */
const WATCHED_VAR: PropertyDescriptor & ThisType<Context & { [WATCH]: Watch }> = {
  configurable: true,
  get() {
    const copy = Reflect.get(Object.getPrototypeOf(this), 'var', this) as object // Hono copies all variables
    const { listeners, onRead } = this[WATCH]
    if (listeners.size === 0) return copy
    const onName = (name: string) => onRead(name, name in copy)
    return recordedCopy(copy, onName, () => Object.keys(copy).forEach(onName))
  },
}
