/**
 * Entry of the service on Bun. The process and each of its threads start with this file. It listens for signals before it loads the
 * rest.
 */
import { watchStopSignal } from '../../process/runtimes/stop-signal.ts'

const stopSignal = Bun.isMainThread ? watchStopSignal() : undefined
// Not awaited, because Bun's bytecode has no top-level await.
void import('./bun-process.ts').then(({ runOnBun }) => runOnBun(stopSignal))
