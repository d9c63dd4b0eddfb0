/** A worker that writes cells continuously, while the test's thread reads them. */
import { parentPort, workerData } from 'node:worker_threads'
import { add, addSmall, writeFloat, writeStamped } from '../../../src/metrics/memory/cells.ts'

/** The worker's task. The test sets `signal[0]` to 1 to start it; the worker sets it to 2 at the end. */
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
