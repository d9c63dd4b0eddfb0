/**
 * Stops a server without losing a request.
 *
 * A listener that closes resets the connections that wait to be accepted. Clients that get `Connection: close` connect anew at
 * once, so there would always be some. Therefore the responses are held while the listener closes: a client that waits for a
 * response opens no connection. They are sent once no listener of the process is open.
 */
import type { Draining } from './draining.ts'
import type { Server } from './server.ts'

/** The two steps of a stop. Between them, the other threads close their listeners. */
export interface ServerStop {
  /** Holds the responses, and closes the listener once no further request arrives, or after {@link MAX_HOLD_MS}. */
  closeListener(): Promise<void>
  /**
   * Sends the responses. Resolves when all connections are closed: each one after its response, or after a silence of
   * {@link QUIET_MS}.
   */
  finish(): Promise<void>
}

export interface Waits {
  /** Resolves after `ms` milliseconds. */
  pause: (ms: number) => Promise<void>
  /** Resolves after the connections and requests that the system has ready were received. */
  loopTurns: () => Promise<void>
}

/** Time in ms without a new request after which no client counts as about to send one. */
export const QUIET_MS = 100

/** Longest time in ms for which responses are held. New clients may arrive without end. */
export const MAX_HOLD_MS = 1000

export function createServerStop(
  server: Server,
  draining: Draining,
  { pause, loopTurns }: Waits,
): ServerStop {
  let closed = Promise.resolve()

  return {
    async closeListener() {
      draining.begin()
      for (let heldMs = 0; heldMs < MAX_HOLD_MS; heldMs += QUIET_MS) {
        const { received } = draining
        await pause(QUIET_MS)
        await loopTurns()
        if (draining.received === received) break
      }
      closed = server.stop()
    },

    async finish() {
      draining.release()
      let isClosed = false
      const ended = closed.then(() => {
        isClosed = true
      })
      await draining.whenIdle()
      for (let received = -1; !isClosed; ) {
        if (draining.received === received && !server.isSending()) break
        received = draining.received
        await Promise.race([ended, pause(QUIET_MS)])
        await loopTurns()
        await draining.whenIdle()
      }
      server.kill()
    },
  }
}

/**
 * Resolves after two turns of the event loop. The first one accepts connections, the second one reads their requests. A timer
 * alone may be due before both, after code that blocked the thread.
 */
export async function loopTurns(): Promise<void> {
  for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve))
}
