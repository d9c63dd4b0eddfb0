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

/** The listeners to the variables of one context. */
class Watch implements VariableListener {
  readonly get: (name: unknown) => unknown
  readonly set: (name: unknown, value: unknown) => void
  #listeners: readonly VariableListener[] = []

  /** @param context the context, whose methods have not been replaced yet. */
  constructor({ get, set }: Watched) {
    this.get = get
    this.set = set
  }

  add(listener: VariableListener): void {
    this.#listeners = [...this.#listeners, listener]
  }

  onRead(name: string, isSet: boolean): void {
    for (const listener of this.#listeners) listener.onRead(name, isSet)
  }

  onSet(name: string): void {
    for (const listener of this.#listeners) listener.onSet(name)
  }
}

/** The methods are properties of each context, so they can be replaced there. */
interface Watched {
  get: Watch['get']
  set: Watch['set']
  [WATCH]?: Watch
}

/** Reports the reads and writes of variables from now on. */
export function watchVariables(c: Context, listener: VariableListener): void {
  const watch = (c as unknown as Watched)[WATCH] ?? startWatch(c)
  watch.add(listener)
}

/** Reads a variable for the cache itself. This read is not reported. */
export function readVariable(c: Context, name: string): unknown {
  const context = c as unknown as Watched
  return (context[WATCH] ?? context).get(name)
}

/** Replaces the methods and the property `var` of the context. They stay replaced. */
function startWatch(c: Context): Watch {
  const context = c as unknown as Watched
  const watch = new Watch(context)
  context[WATCH] = watch
  context.get = (name) => {
    const value = watch.get(name)
    watch.onRead(String(name), value !== undefined)
    return value
  }
  context.set = (name, value) => {
    watch.onSet(String(name))
    watch.set(name, value)
  }
  Object.defineProperty(c, 'var', WATCHED_VAR)
  return watch
}

/** One descriptor for all contexts: with a getter of its own, each would have a hidden class of its own, which is slow. */
const WATCHED_VAR: PropertyDescriptor & ThisType<Context & { [WATCH]: Watch }> = {
  configurable: true,
  get() {
    const copy = Reflect.get(Object.getPrototypeOf(this), 'var', this) as object // Hono copies all variables
    const watch = this[WATCH]
    const onName = (name: string) => watch.onRead(name, name in copy)
    return recordedCopy(copy, onName, () => Object.keys(copy).forEach(onName))
  },
}
