/** One call for many keys: it starts once it is known which of them need it. */
import type { LoadContext } from '../read.ts'
import type { Called } from './call-loader.ts'
import { onAbort } from './on-abort.ts'

/** One key's part in a call for many. */
export interface Member {
  /** Joins the call, and resolves to its result for this key. After the call has started, the key is called by itself. */
  call(context: LoadContext): Promise<Called>
  /** Leaves the call: the other keys need not wait for this one. */
  skip(): void
  /** A value that is missing from the result is the answer. */
  acceptsAbsence: true
}

/** The result of a call for many keys, by key. Never rejects. */
export type CallMany = (keys: readonly string[], context: LoadContext) => Promise<(key: string) => Called>

export class Batch {
  readonly #callMany: CallMany
  /** The keys that need the call, in the order of the read; `undefined` while a key is undecided. */
  readonly #contexts = new Map<string, LoadContext | undefined>()
  readonly #results = Promise.withResolvers<(key: string) => Called>()
  /** Members that have not decided yet, and the batch itself until it is closed. */
  #undecided = 1

  constructor(callMany: CallMany) {
    this.#callMany = callMany
  }

  /** @param key the caller's key, without the namespace. */
  member(key: string): Member {
    this.#undecided++
    this.#contexts.set(key, undefined)
    let isDecided = false

    /** Returns false if the member has decided before. */
    const decide = (context?: LoadContext): boolean => {
      if (isDecided) return false
      isDecided = true
      this.#contexts.set(key, context)
      this.#decide()
      return true
    }

    return {
      call: async (context) => {
        const results = decide(context) ? this.#results.promise : this.#callMany([key], context)
        return (await results)(key)
      },
      skip: () => void decide(),
      acceptsAbsence: true,
    }
  }

  /** No more members will be added. */
  close(): void {
    this.#decide()
  }

  #decide(): void {
    if (--this.#undecided > 0) return
    const needed = new Map<string, LoadContext>()
    for (const [key, context] of this.#contexts) if (context !== undefined) needed.set(key, context)
    if (needed.size === 0) return
    this.#results.resolve(this.#callMany([...needed.keys()], sharedContext([...needed.values()])))
  }
}

/** The context of the one call: its signal aborts when the signals of all keys have aborted. */
function sharedContext(contexts: readonly LoadContext[]): LoadContext {
  const controller = new AbortController()
  let waiting = contexts.length
  for (const { signal } of contexts) {
    onAbort(signal, () => {
      if (--waiting === 0) controller.abort(signal.reason)
    })
  }
  return { signal: controller.signal, background: contexts.some(({ background }) => background) }
}
