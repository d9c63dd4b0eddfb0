/** Lists an error and its causes. */

/** Longest chain. A chain that is longer, or leads back to itself, is cut. */
const MAX_ERRORS = 8

/** Returns the error, its cause, the cause of that, and so on. Only the last one can be something else than an `Error`. */
export function errorChain(error: unknown): unknown[] {
  const chain: unknown[] = [error]
  for (let last = error; chain.length < MAX_ERRORS; chain.push(last)) {
    if (!(last instanceof Error) || last.cause === undefined) return chain
    last = last.cause
  }
  return chain
}
