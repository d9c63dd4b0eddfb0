/** One log line for each request that was answered. */
import type { Logger } from '@logtape/logtape'
import type { AnsweredRequest } from '../answered-request.ts'

/**
 * Returns the part `onRequest` that writes the lines. They have a category of their own: see `openLog`.
 *
 * @param level `info` for `ACCESS_LOG=on`, otherwise `debug`.
 */
export function createAccessLog(log: Logger, level: 'info' | 'debug'): (request: AnsweredRequest) => void {
  const access = log.getChild(ACCESS)
  return function logRequest({ method, route, path, status, durationMs, bytes, ...request }) {
    const { client, requestId, traceId, outcome } = request
    // A member without a value is left out by JSON.
    access[level]('Request answered', {
      method,
      route,
      path,
      status,
      durationMs: Math.round(durationMs * 1000) / 1000,
      bytes,
      client,
      requestId,
      traceId,
      cache: outcome,
    })
  }
}

/** Category of the lines, below that of the service. */
export const ACCESS = 'access'
