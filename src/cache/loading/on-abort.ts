/** Listens for the abort of a signal. */

/**
 * Calls `run` when the signal aborts: at once, if it has already.
 *
 * @returns a function that ends the listening.
 */
export function onAbort(signal: AbortSignal, run: () => void): () => void {
  if (signal.aborted) run()
  else signal.addEventListener('abort', run, { once: true })
  return () => signal.removeEventListener('abort', run)
}
