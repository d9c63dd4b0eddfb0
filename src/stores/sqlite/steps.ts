/** Long changes as several short transactions, so that they do not block the event loop or other processes for long. */

import type { SharedFile } from './file/shared-file.ts'
import type { Tables } from './tables/schema.ts'
import type { Patience } from './timing/patience.ts'
import { startSlice } from './timing/slice.ts'
import type { Timing } from './timing/timing.ts'

export type Step = (tables: Tables) => void

/** Runs the steps in their order. */
export async function runSteps(
  file: SharedFile,
  timing: Timing,
  patience: Patience,
  steps: readonly Step[],
): Promise<void> {
  let next = 0
  while (next < steps.length) {
    if (next > 0) await timing.turn()
    next = await file.run(patience, (connection) =>
      connection.write((tables) => runSlice(tables, timing, steps, next)),
    )
  }
}

/** Returns the index of the first step that is left. */
function runSlice(tables: Tables, timing: Timing, steps: readonly Step[], first: number): number {
  const isOver = startSlice(timing)
  let next = first
  do steps[next++]?.(tables)
  while (next < steps.length && !isOver())
  return next
}
