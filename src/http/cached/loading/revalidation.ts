/** Revalidation of a stored response with the handler's 304 (RFC 9111 §4.3). */
import { headersOf304, setResponse } from '../../context/context-response.ts'
import { matchesSelecting, type RequestHeader } from '../../fields/vary.ts'
import { removeAddedDirectives } from '../../policy/added-directives.ts'
import type { PolicyOptions } from '../../policy/storage-policy.ts'
import { StoredResponse } from '../../stored/stored-response.ts'
import type { CacheRequest } from '../cache-request.ts'

/** The stored response, if it answers this request and has a validator that the handler knows. */
export function revalidatable(stored: unknown, header: RequestHeader): StoredResponse | undefined {
  const isForRequest = stored instanceof StoredResponse && matchesSelecting(stored.selecting, header)
  return isForRequest && stored.conditionalHeaders !== undefined ? stored : undefined
}

/**
 * Replaces the handler's 304 by the head of the response that it confirms: the stored one, with the headers of the 304. The body
 * stays with `stored`.
 *
 * @returns false when the 304 names another ETag than the handler was asked about. It cannot be trusted then: the stored
 *   response answers this request, and is not stored any longer.
 */
export function applyNotModified(
  { c, outerHeaders }: CacheRequest,
  stored: StoredResponse,
  policy: PolicyOptions,
): boolean {
  const setsCacheControl = c.res.headers.has('cache-control')
  const headers = stored.updatedHeaders(headersOf304(c.res.headers, outerHeaders))
  if (headers === undefined) return false
  if (!setsCacheControl) removeAddedDirectives(headers, policy)
  setResponse(c, new Response(null, { status: stored.status, headers }))
  return true
}
