/** The time that a scrape may wait for values, by the timeout that Prometheus sends. */

/** Longest margin for rendering, compressing and sending, in ms. */
const maxMarginMs = 500

/**
 * Returns the time to wait in ms: the scraper's timeout less half a second, or less a quarter of a timeout below two
 * seconds.
 * @param timeoutSeconds request header `X-Prometheus-Scrape-Timeout-Seconds`
 * @returns undefined if there is no valid timeout
 */
export function scrapeDeadlineMs(timeoutSeconds: string | undefined): number | undefined {
  if (timeoutSeconds === undefined || !/^\d+(\.\d+)?$/.test(timeoutSeconds)) return undefined
  const timeoutMs = Number(timeoutSeconds) * 1000
  return timeoutMs > 0 ? timeoutMs - Math.min(maxMarginMs, timeoutMs / 4) : undefined
}

/** @throws {RangeError} when the deadline is not a number from 0 */
export function checkDeadline(subject: string, deadlineMs: number | undefined): void {
  if (deadlineMs === undefined || deadlineMs >= 0) return
  throw new RangeError(`${subject}: deadlineMs must be a number of milliseconds from 0, got ${deadlineMs}`)
}
