/** One call for many keys: each key's load waits until every other one is known to need the call or not. */

import type { LoadContext } from '../read.ts'
import type { Called } from './call-loader.ts'

/** One key's part in a call for many. */
export interface Member {
  /** Needs the call, and gets what it brought for this key. Once the others were called, it is a call of its own. */
  call(context: LoadContext): Promise<Called>
  /** Does without it: the others need not wait. */
  spare(): void
}

export interface Batch {
  /** @param key as the caller knows it. */
  member(key: string): Member
  /** There will be no more members. */
  close(): void
}

/** What a call for many keys brought, key by key. Never rejects. */
export type CallMany = (keys: readonly string[], context: LoadContext) => Promise<(key: string) => Called>

export function createBatch(callMany: CallMany): Batch {
  /** Those that need the call, in the order of the keys; `undefined` while it is not known. */
  const parts = new Map<string, LoadContext | undefined>()
  const { promise: answers, resolve } = Promise.withResolvers<(key: string) => Called>()
  let undecided = 1 // the batch itself, until it is closed

  function decide(): void {
    if (--undecided > 0) return
    const needed = new Map<string, LoadContext>()
    for (const [key, context] of parts) if (context !== undefined) needed.set(key, context)
    if (needed.size > 0) resolve(callMany([...needed.keys()], together([...needed.values()])))
  }

  return {
    member(key) {
      let decided = false
      undecided++
      parts.set(key, undefined)
      return {
        async call(context) {
          if (decided) return (await callMany([key], context))(key)
          decided = true
          parts.set(key, context)
          decide()
          return (await answers)(key)
        },
        spare() {
          if (decided) return
          decided = true
          decide()
        },
      }
    },
    close: decide,
  }
}

/** The signal for all fires when nobody waits for any of them. */
function together(contexts: readonly LoadContext[]): LoadContext {
  const controller = new AbortController()
  let waitedFor = contexts.length
  for (const { signal } of contexts) {
    const left = () => {
      if (--waitedFor === 0) controller.abort(signal.reason)
    }
    if (signal.aborted) left()
    else signal.addEventListener('abort', left, { once: true })
  }
  return { signal: controller.signal, background: contexts.some(({ background }) => background) }
}
