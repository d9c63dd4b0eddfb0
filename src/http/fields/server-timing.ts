/** `Server-Timing` (W3C): shows the outcome of a read and the duration of its load in the developer tools of browsers. */

/** Appends the header to a response that hitrate created. The headers of other responses may be immutable. */
export function addServerTiming(response: Response, outcome: string, loadMs?: number): void {
  response.headers.append('server-timing', serverTimingOf(outcome, loadMs))
}

export function serverTimingOf(outcome: string, loadMs?: number): string {
  const duration = loadMs === undefined ? '' : `;dur=${loadMs.toFixed(1)}`
  return `cache;desc=${outcome}${duration}`
}
