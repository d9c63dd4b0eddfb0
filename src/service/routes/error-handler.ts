/** Creates the response to a request whose handler throws. It contains neither a stack trace nor a message of a backend. */
import type { Context, ErrorHandler } from 'hono'
import { HTTPException } from 'hono/http-exception'
import type { StatusCode } from 'hono/utils/http-status'
import { isInBackground } from '../../http/context/background-refresh.ts'
import { problem } from '../../http/endpoints/problem.ts'
import { loggedIdsOf } from '../../process/ids/set-request-ids.ts'
import { RepositoryError } from '../users/repository.ts'

const RETRY_AFTER_SECONDS = 1

export interface FailedRequest {
  method: string
  path: string
  /** The ids of the request: `requestId` and `traceId`, if it has them. */
  ids: ReturnType<typeof loggedIdsOf>
  /** True if the handler failed in a background refresh, after the client got a stale response. */
  isInBackground: boolean
}

/** Describes the request of this context, for a report of its failure. */
export function failedRequest(c: Context, isInBackground: boolean): FailedRequest {
  return { method: c.req.method, path: c.req.path, ids: loggedIdsOf(c), isInBackground }
}

/** Reports an error that is not the client's fault. */
export type ReportFailure = (error: unknown, request: FailedRequest) => void

/** Returns the status of the response to a request that failed with this error of the repository or of the program. */
export function statusOfError(error: unknown): 500 | 503 {
  return error instanceof RepositoryError ? 503 : 500
}

/** @param onError is called for every error that is not the client's fault. */
export function errorHandler(onError: ReportFailure): ErrorHandler {
  function problemOf(error: Error, c: Context): Response {
    if (error instanceof HTTPException && error.status < 500) {
      const errors = error.status === 400 ? { errors: [{ field: 'body', message: error.message }] } : {}
      return problem(error.status, error.message, errors)
    }
    onError(error, failedRequest(c, isInBackground(c)))
    if (statusOfError(error) === 503) {
      const headers = { 'retry-after': String(RETRY_AFTER_SECONDS), 'cache-control': 'no-store' }
      return problem(503, 'The user database is unavailable', { headers })
    }
    return problem(500, 'Internal server error', { headers: { 'cache-control': 'no-store' } })
  }

  return function handleError(error, c) {
    const { body, status, headers } = problemOf(error, c)
    // c.newResponse adds the headers that middleware has already set, for example Cache-Status.
    return c.newResponse(body, status as StatusCode, Object.fromEntries(headers))
  }
}
