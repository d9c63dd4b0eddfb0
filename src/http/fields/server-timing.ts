/** `Server-Timing` (W3C): how a read ended and how long its load took, for browsers' developer tools. */

/** Adds it to an answer of our own. */
export function addServerTiming(answer: Response, outcome: string, loadMs?: number): void {
  const duration = loadMs === undefined ? '' : `;dur=${loadMs.toFixed(1)}`
  answer.headers.append('server-timing', `cache;desc=${outcome}${duration}`)
}
