/** A handler that responds long after a time limit of 1 ms, also on a machine that is busy. */

/** Resolves after 1 s. The timer does not keep the process running, because no test waits for it. */
export function muchLater(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1000).unref())
}
