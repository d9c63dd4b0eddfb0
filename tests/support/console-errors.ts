/** Collects what code writes to `console.error`. */

/** @returns the first argument of each call of `console.error` until the promise of `work` settles. */
export async function consoleErrors(work: () => unknown): Promise<unknown[]> {
  const lines: unknown[] = []
  const original = console.error
  console.error = (line: unknown) => void lines.push(line)
  try {
    await work()
  } finally {
    console.error = original
  }
  return lines
}
