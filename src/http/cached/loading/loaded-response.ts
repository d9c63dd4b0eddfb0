/** Results of a handler's load that are not stored: for the client of this request alone, or errors. */
import type { Context } from 'hono'
import { loadedWithReport } from '../../../cache/http-reads.ts'
import type { Loaded, LoadedOptions } from '../../../cache/lifetime.ts'
import type { LoadReport, Stored } from '../cache-request.ts'

/** Statuses about one client. They leave the stored response in place: otherwise any client could remove it. */
const ABOUT_THE_CLIENT = [401, 403, 407, 412, 416, 429]

/** Reasons about one client: the same applies. */
const CLIENT_REASONS = ['authorization', 'host']

/** Statuses that a stale response may replace (RFC 5861 §4). Any other 5xx counts as failed too, but is the answer. */
const REPLACEABLE = [500, 502, 503, 504]

/** @param stored the response, if it is not the handler's own in `c.res`. */
export function loadedForClient(status: number, report: LoadReport, stored?: Stored): Loaded<Stored> {
  const isAboutClient = CLIENT_REASONS.includes(report.detail ?? '') || ABOUT_THE_CLIENT.includes(status)
  const options = { keep: false, share: false, keepPrevious: isAboutClient, ...failureOptions(status) }
  return loadedWithReport<Stored>(stored, options, report)
}

export function failureOptions(status: number): Pick<LoadedOptions, 'failed' | 'noStaleFallback'> {
  const failed = status >= 500
  return { failed, noStaleFallback: failed && !REPLACEABLE.includes(status) }
}

/**
 * The result after the handler threw: its error handler's response is in `c.res`.
 *
 * @throws the error, if it is one for all requests that wait for this load.
 */
export function loadedAfterThrow(c: Context, error: Error): Loaded<Stored> {
  const failed = c.res.status >= 500
  // A client that left may have aborted the handler: that is no failure for requests that wait for the same load.
  const isForAll = !hasOwnResponse(error) && !c.req.raw.signal.aborted
  if (failed && isForAll) throw error
  return loadedForClient(c.res.status, { detail: 'thrown' }) // such as an HTTPException: a response for one client
}

/** The response of an HTTPException can be read once, so requests that wait for the same load must not get it. */
function hasOwnResponse(error: Error): boolean {
  return 'res' in error && error.res instanceof Response
}
