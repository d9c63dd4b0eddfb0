/** What a client gets when a handler throws: never a stack trace, never a word of a backend. */
import type { Context, ErrorHandler } from 'hono'
import { HTTPException } from 'hono/http-exception'
import type { StatusCode } from 'hono/utils/http-status'
import { isInBackground } from '../../http/context/background-refresh.ts'
import { problem } from '../../http/endpoints/problem.ts'
import { RepositoryError } from '../users/repository.ts'

const RETRY_AFTER_SECONDS = 1

export interface FailedRequest {
  method: string
  path: string
  /** It was answered before, from the cache: its handler failed while it refreshed that answer. */
  isInBackground: boolean
}

/** @param onError told of what is not the client's fault. */
export function errorHandler(onError: (error: Error, request: FailedRequest) => void): ErrorHandler {
  function answerTo(error: Error, c: Context): Response {
    if (error instanceof HTTPException && error.status < 500) {
      const errors = error.status === 400 ? { errors: [{ field: 'body', message: error.message }] } : {}
      return problem(error.status, error.message, errors)
    }
    onError(error, { method: c.req.method, path: c.req.path, isInBackground: isInBackground(c) })
    if (error instanceof RepositoryError) {
      const headers = { 'retry-after': String(RETRY_AFTER_SECONDS), 'cache-control': 'no-store' }
      return problem(503, 'The users cannot be reached for the moment', { headers })
    }
    return problem(500, 'Something went wrong on our side', { headers: { 'cache-control': 'no-store' } })
  }

  return function handleError(error, c) {
    const { body, status, headers } = answerTo(error, c)
    // Through the context, so that it has the fields that middleware has set (Cache-Status).
    return c.newResponse(body, status as StatusCode, Object.fromEntries(headers))
  }
}
