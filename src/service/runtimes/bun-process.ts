/** The service as a process on Bun. */
import { bunRuntime } from '../../process/runtimes/bun-runtime.ts'
import { runProcess } from '../../process/runtimes/run-process.ts'
import type { StopSignal } from '../../process/runtimes/stop-signal.ts'
import { serviceProgram } from '../startup/service-program.ts'

/** Runs the service. @param stopSignal absent in a worker thread. */
export function runOnBun(stopSignal: StopSignal | undefined): Promise<void> {
  return runProcess(bunRuntime(), serviceProgram, stopSignal)
}
