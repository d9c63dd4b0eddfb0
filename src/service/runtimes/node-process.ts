/** The service as a process on Node. */
import { nodeRuntime } from '../../process/runtimes/node-runtime.ts'
import { runProcess } from '../../process/runtimes/run-process.ts'
import type { StopSignal } from '../../process/runtimes/stop-signal.ts'
import { serviceProgram } from '../startup/service-program.ts'

/** Runs the service. @param stopSignal absent in a worker thread. */
export function runOnNode(stopSignal: StopSignal | undefined): Promise<void> {
  return runProcess(nodeRuntime(), serviceProgram, stopSignal)
}
