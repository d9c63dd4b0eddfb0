/** Results of loads whose response is not stored: a response for one client, or an error. */
import type { Context } from 'hono'
import { loadedWithReport } from '../../../cache/http-reads.ts'
import type { Loaded, LoadedOptions } from '../../../cache/lifetime.ts'
import { rawProperty } from '../../context/reads/header-reads.ts'
import type { LoadReport, Stored } from '../cache-request.ts'

/** Statuses that concern one client. For these the stored response is not removed; otherwise any client could remove it. */
export const ABOUT_THE_CLIENT = [401, 403, 407, 412, 416, 429]

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

/** The result of a load whose response is lost or not needed. Requests that wait for it call the handler themselves. */
export function loadedForNobody(): Loaded<Stored> {
  return loadedWithReport<Stored>(undefined, { keep: false, share: false, keepPrevious: true }, {})
}

/**
 * Returns a failed load that says nothing about the handler: the next request calls the handler again without a pause, and no
 * waiting request gets the failure unless it is stored.
 */
export function withoutConsequence({ value, options, report }: Loaded<Stored>): Loaded<Stored> {
  const share = options.keep !== false && options.share !== false
  return loadedWithReport(value, { ...options, failurePauseMs: 0, share }, report)
}

export function failureOptions(status: number): Required<Pick<LoadedOptions, 'failed' | 'noStaleFallback'>> {
  return status < 500 ? NO_FAILURE : { failed: true, noStaleFallback: !REPLACEABLE.includes(status) }
}

const NO_FAILURE = { failed: false, noStaleFallback: false } as const

/** True if every request that waits for this load must get the error that the handler threw. */
export function isErrorForAll(c: Context, error: Error): boolean {
  // A status below 500 is no failure. The response of an HTTPException, and an error that the disconnected client may have
  // caused, are not for other requests.
  return c.res.status >= 500 && !hasOwnResponse(error) && !rawProperty(c.req, 'signal').aborted
}

/** The response of an HTTPException can be read only once, so only one error handler may get the error. */
function hasOwnResponse(error: Error): boolean {
  return 'res' in error && error.res instanceof Response
}
