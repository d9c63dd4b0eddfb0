/** Deletes more keys than one step may process without holding the event loop. */
import type { CacheCore } from '../core.ts'
import type { KeySpace } from '../key-spaces.ts'
import type { DeleteResult } from '../results.ts'
import { byTimers } from '../timing/schedule.ts'

/** Number of keys up to which a deletion is one step. */
export const MAX_AT_ONCE = 256

type Core = Pick<CacheCore, 'name' | 'log' | 'sync' | 'emit' | 'emitTier'>

/**
 * Deletes the keys. Reads and loads find all of them deleted from the call on, although their entries leave memory in steps, between
 * which the event loop runs.
 *
 * @throws {TypeError} when a key is not valid; then nothing is deleted.
 */
export async function deleteInSteps(
  { name, log, sync, emit, emitTier }: Core,
  keys: readonly string[],
  space: KeySpace,
): Promise<DeleteResult> {
  const deletion = log.beginDeletion(keys, space)
  const confirmations = [sync.publishKeys(keys, space)]
  let count = 0
  let removed = 0
  try {
    do await nextTurn()
    while (deletion.list())
    let sent = Promise.resolve(true)
    for (
      let step = sync.deleteStep(deletion, sent);
      step !== undefined;
      step = sync.deleteStep(deletion, sent)
    ) {
      for (const wasStored of step.removed) emitTier('memory', 'delete', wasStored ? 'ok' : 'absent')
      count += step.removed.length
      removed += step.removed.filter(Boolean).length
      sent = step.isConfirmed
      confirmations.push(sent)
      await nextTurn()
    }
  } finally {
    log.endDeletion(deletion)
  }
  emit({ type: 'invalidation', cache: name, scope: 'key', count })
  return { removed, confirmed: !(await Promise.all(confirmations)).includes(false) }
}

/** Waits until the event loop has run other work. Uses the runtime's timers even if the application sets its own. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => byTimers(resolve, 0))
}
