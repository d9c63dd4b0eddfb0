/** Results of loads whose response is not stored: a response for one client, or an error. */
import type { Context } from 'hono'
import { loadedWithReport } from '../../../cache/http-reads.ts'
import type { Loaded, LoadedOptions } from '../../../cache/lifetime.ts'
import type { LoadReport, Stored } from '../cache-request.ts'

/** Statuses that concern one client. For these the stored response is not removed; otherwise any client could remove it. */
const ABOUT_THE_CLIENT = [401, 403, 407, 412, 416, 429]

/** Reasons against storing that concern one client only. For these too, the stored response is not removed. */
const CLIENT_REASONS = ['authorization', 'host']

/** Statuses that a stale response may replace (RFC 5861 §4). Any other 5xx is a failure too, but it is sent to the client. */
const REPLACEABLE = [500, 502, 503, 504]

/** @param stored the response to send, if it is not the handler's own in `c.res`. */
export function loadedForClient(status: number, report: LoadReport, stored?: Stored): Loaded<Stored> {
  const isAboutClient = CLIENT_REASONS.includes(report.detail ?? '') || ABOUT_THE_CLIENT.includes(status)
  const options = { keep: false, share: false, keepPrevious: isAboutClient, ...failureOptions(status) }
  return loadedWithReport<Stored>(stored, options, report)
}

/** Returns a failed load after which the next request calls the handler again without a pause. */
export function withoutPause({ value, options, report }: Loaded<Stored>): Loaded<Stored> {
  return loadedWithReport(value, { ...options, failurePauseMs: 0 }, report)
}

export function failureOptions(status: number): Pick<LoadedOptions, 'failed' | 'noStaleFallback'> {
  const failed = status >= 500
  return { failed, noStaleFallback: failed && !REPLACEABLE.includes(status) }
}

/**
 * Result of a load whose handler threw an error. The app's error handler has put its response into `c.res`.
 *
 * @throws the error, if every request that waits for this load must get it.
 */
export function loadedAfterThrow(c: Context, error: Error): Loaded<Stored> {
  const failed = c.res.status >= 500
  // The disconnected client may have caused the error. Other requests that wait for this load must not get such an error.
  const isForAll = !hasOwnResponse(error) && !c.req.raw.signal.aborted
  if (failed && isForAll) throw error
  // A status below 500, an HTTPException with its own response, or an aborted request concerns this client only.
  return loadedForClient(c.res.status, { detail: 'thrown' })
}

/** The response of an HTTPException can be read only once, so other requests that wait for this load must not get it. */
function hasOwnResponse(error: Error): boolean {
  return 'res' in error && error.res instanceof Response
}
