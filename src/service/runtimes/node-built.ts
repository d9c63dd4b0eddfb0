/** Entry of the built service on Node, and of `node.ts`. It listens for signals before it loads the rest. */
import { isMainThread } from 'node:worker_threads'
import { watchStopSignal } from '../../process/runtimes/stop-signal.ts'

const stopSignal = isMainThread ? watchStopSignal() : undefined
const { runOnNode } = await import('./node-process.ts')
await runOnNode(stopSignal)
