/** Loads of several ids in one call, for as long as the cache reads each key by itself. */
import type { LoadContext } from './read.ts'

/** An id that is not in the map has no value. */
export type LoadMany<Id, Answer> = (
  ids: readonly Id[],
  context: LoadContext,
) => ReadonlyMap<Id, Answer> | Promise<ReadonlyMap<Id, Answer>>

/**
 * A loader of one id whose calls of the same turn become one call of `loadMany`. The signal of that call fires when nobody
 * waits for any of its ids any more; its failure is a failure of each.
 */
export function loadsInOneCall<Id, Answer>(
  loadMany: LoadMany<Id, Answer>,
  keyOfId: (id: Id) => string,
): (id: Id, context: LoadContext) => Promise<Answer | null> {
  let waiting: { id: Id; context: LoadContext }[] = []
  let answers: Promise<Map<string, Answer>> | undefined

  function callForAll(): Promise<Map<string, Answer>> {
    const batch = waiting
    waiting = []
    answers = undefined
    return answersOf(batch)
  }

  async function answersOf(batch: readonly { id: Id; context: LoadContext }[]): Promise<Map<string, Answer>> {
    const ids = batch.map(({ id }) => id)
    const found = await loadMany(ids, contextOfAll(batch.map(({ context }) => context)))
    if (!(found instanceof Map)) throw new TypeError('a load of many must give a Map, from ids to values')
    // By key: an id that is a list or an object comes back as another one.
    return new Map([...found].map(([id, answer]) => [keyOfId(id), answer]))
  }

  return async function loadWithOthers(id, context) {
    waiting.push({ id, context })
    answers ??= Promise.resolve().then(callForAll)
    return (await answers).get(keyOfId(id)) ?? null
  }
}

function contextOfAll(contexts: readonly LoadContext[]): LoadContext {
  const controller = new AbortController()
  function leave(signal: AbortSignal): void {
    if (contexts.every((each) => each.signal.aborted)) controller.abort(signal.reason)
  }
  for (const { signal } of contexts) {
    if (signal.aborted) leave(signal)
    else signal.addEventListener('abort', () => leave(signal), { once: true })
  }
  return { signal: controller.signal, background: contexts.every(({ background }) => background) }
}
