/** The context of a load whose signal most loaders never read: the signal is made when it is read for the first time. */
import type { InternalLoadContext } from '../http-reads.ts'

export class LazyLoadContext implements InternalLoadContext {
  declare readonly signal: AbortSignal
  readonly key: string
  readonly background = false
  readonly #storedValue: (() => unknown) | undefined
  #controller: AbortController | undefined

  /** @param storedValue as in {@link InternalLoadContext}. Default: there is no stored value. */
  constructor(key: string, storedValue?: () => unknown) {
    this.key = key
    this.#storedValue = storedValue
    Object.defineProperty(this, 'signal', LazyLoadContext.#signal)
  }

  /** A property of the object itself, because a loader may copy its context by a spread. */
  static readonly #signal = {
    enumerable: true,
    get(this: LazyLoadContext): AbortSignal {
      this.#controller ??= new AbortController()
      return this.#controller.signal
    },
  }

  storedValue(): unknown {
    return this.#storedValue?.()
  }

  /** Aborts the signal, also if it is read later. */
  abort(reason: unknown): void {
    this.#controller ??= new AbortController()
    this.#controller.abort(reason)
  }
}
