/** `Server-Timing` (W3C): shows the outcome of a read and the duration of its load in the developer tools of browsers. */

/** Appends the header to a response that hitrate created. The headers of other responses may be immutable. */
export function addServerTiming(response: Response, outcome: string, loadMs?: number): void {
  const duration = loadMs === undefined ? '' : `;dur=${loadMs.toFixed(1)}`
  response.headers.append('server-timing', `cache;desc=${outcome}${duration}`)
}
