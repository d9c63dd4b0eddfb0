/** The signals that stop the process. */
import process from 'node:process'

export interface StopSignal {
  /** The first signal; `undefined` before it. */
  readonly name: NodeJS.Signals | undefined
  /** Resolves with the first signal. */
  readonly received: Promise<NodeJS.Signals>
}

/**
 * Listens for SIGTERM and SIGINT. The second signal ends the process at once with 1. The listeners stay registered, because
 * without a listener the operating system kills the process, which then has no exit code; as the first process of a container it
 * would not even get the signal.
 */
export function watchStopSignal(): StopSignal {
  const received = Promise.withResolvers<NodeJS.Signals>()
  let name: NodeJS.Signals | undefined
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (name !== undefined) process.exit(1)
      name = signal
      received.resolve(signal)
    })
  }
  return {
    get name() {
      return name
    },
    received: received.promise,
  }
}
