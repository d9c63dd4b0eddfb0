/** A worker that writes cells as fast as it can, while the test's thread watches them. */
import { parentPort, workerData } from 'node:worker_threads'
import { add, addSmall, writeFloat, writeStamped } from '../../../src/metrics/memory/cells.ts'

/** What the worker is to do: `signal[0]` becomes 1 when it may begin, and 2 when it has ended. */
export type WriterTask = {
  signal: Int32Array
  ints: Int32Array
  at: number
  rounds: number
} & (
  | { kind: 'integer'; steps: readonly number[] }
  | { kind: 'float'; values: readonly number[] }
  | { kind: 'stamped'; values: readonly number[]; stamps: readonly number[] }
)

const task: WriterTask = workerData
parentPort?.postMessage('ready')
Atomics.wait(task.signal, 0, 0)
for (let round = 0; round < task.rounds; round++) write(task)
Atomics.store(task.signal, 0, 2)

function write(task: WriterTask): void {
  const { ints, at } = task
  if (task.kind === 'float') for (const value of task.values) writeFloat(ints, at, value)
  else if (task.kind === 'stamped')
    task.values.forEach((value, i) => {
      writeStamped(ints, at, value, task.stamps[i] ?? 0)
    })
  else for (const step of task.steps) step > 0x7fffffff ? add(ints, at, step) : addSmall(ints, at, step)
}
