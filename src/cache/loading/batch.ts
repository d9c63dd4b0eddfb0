/** Combines the loads of many keys into one call. The call starts when every key has joined it or left it. */

import type { LoadContext } from '../read.ts'
import { onAbort } from '../timing/on-abort.ts'
import type { Called } from './call-loader.ts'
import type { RunningLoad, RunningLoads } from './running-loads.ts'

/** One key of a {@link Batch}: it joins the common call or leaves it. */
export interface Member {
  /**
   * Joins the common call, and resolves to its result for this key. If the member has already joined or left, the key gets a
   * separate call.
   */
  call(context: LoadContext): Promise<Called>
  /** Leaves the common call, so that the other keys do not wait for this one. */
  skip(): void
  /** If the result has no value for the key, this is final: the key is not loaded again. */
  acceptsAbsence: true
}

/** Calls the loader for many keys. Resolves to a function that returns the result of a key. Never rejects. */
export type CallMany = (keys: readonly string[], context: LoadContext) => Promise<(key: string) => Called>

export class Batch {
  readonly #callMany: CallMany
  readonly #running: RunningLoads
  /** The loads of the keys that joined: the common call belongs to all of them. */
  readonly #loads: RunningLoad[] = []
  /** Contexts of the keys that joined, in the order of the read; `undefined` for a key that left or is undecided. */
  readonly #contexts = new Map<string, LoadContext | undefined>()
  readonly #results = Promise.withResolvers<(key: string) => Called>()
  /** Number of members that have neither joined nor left, plus one until the batch is closed. */
  #undecided = 1

  constructor(callMany: CallMany, running: RunningLoads) {
    this.#callMany = callMany
    this.#running = running
  }

  /** @param key the caller's key, without the namespace. */
  member(key: string): Member {
    this.#undecided++
    this.#contexts.set(key, undefined)
    let isDecided = false

    /** Returns false if the member has already joined or left. */
    const decide = (context?: LoadContext): boolean => {
      if (isDecided) return false
      isDecided = true
      if (context !== undefined) this.#loads.push(...this.#running.current())
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

  /** Must be called after the last `member`; the common call cannot start before. */
  close(): void {
    this.#decide()
  }

  #decide(): void {
    if (--this.#undecided > 0) return
    const needed = new Map<string, LoadContext>()
    for (const [key, context] of this.#contexts) if (context !== undefined) needed.set(key, context)
    if (needed.size === 0) return
    const callMany = (keys: readonly string[]) => this.#callMany(keys, sharedContext([...needed.values()]))
    this.#results.resolve(this.#running.run([...new Set(this.#loads)], callMany, [...needed.keys()]))
  }
}

/** Returns the context of the common call. Its signal aborts when the signals of all keys have aborted. */
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
