/** Listens for the abort of a signal. */

/**
 * Calls `run` when the signal aborts, or at once if it has already aborted.
 *
 * @returns a function that removes the listener.
 */
export function onAbort(signal: AbortSignal, run: () => void): () => void {
  if (signal.aborted) run()
  else signal.addEventListener('abort', run, { once: true })
  return () => signal.removeEventListener('abort', run)
}
