/** Revalidation of a stored response with the handler's 304 (RFC 9111 §4.3). */
import { headersOf304, setResponse } from '../../context/context-response.ts'
import { matchesSelecting, type RequestHeader } from '../../fields/vary.ts'
import { removeAddedDirectives } from '../../policy/added-directives.ts'
import type { PolicyOptions } from '../../policy/storage-policy.ts'
import { StoredResponse } from '../../stored/stored-response.ts'
import type { CacheRequest } from '../cache-request.ts'

/** Returns the stored response if it matches this request and has a validator that the handler set itself. */
export function revalidatable(stored: unknown, header: RequestHeader): StoredResponse | undefined {
  const isForRequest = stored instanceof StoredResponse && matchesSelecting(stored.selecting, header)
  return isForRequest && stored.conditionalHeaders !== undefined ? stored : undefined
}

/**
 * Replaces the handler's 304 in `c.res` by a response without a body. It has the status of the stored response, and the stored
 * headers as updated by the 304. The body stays in `stored`.
 *
 * @returns false if the 304 has another ETag than the stored response, and so cannot be trusted. The caller must then use the
 *   stored response for this request only, and remove it from the cache.
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
