/** The parameters of `Cache-Status` for a request that memory could not answer: why it was forwarded, and how it ended. */
import type { Read } from '../../cache/read.ts'
import type { CacheStatus, ForwardReason } from '../fields/cache-status.ts'
import { matchesSelecting, type RequestHeader } from '../fields/vary.ts'
import type { Variants } from '../policy/variants.ts'
import { StoredResponse } from '../stored/stored-response.ts'
import type { CacheRequest, LoadReport, Stored } from './cache-request.ts'

/** The reason for calling the handler. @param now epoch ms. */
export function forwardReason(request: CacheRequest, now: number): ForwardReason {
  const { strategy, maxAgeMs, minFreshMs } = request.directives
  const { entry } = request.found
  if (strategy === 'bypass') return 'bypass'
  if (strategy === 'invalidate') return 'request'
  if (entry === undefined) return request.key === request.resource ? 'uri-miss' : 'vary-miss'
  if (!matchesRequest(entry.value, request.header)) return 'vary-miss'
  const limitsFreshness = maxAgeMs !== undefined || minFreshMs !== undefined
  return limitsFreshness && entry.freshUntil > now ? 'request' : 'stale'
}

/**
 * Describes the result of a request that no fresh entry in memory answered.
 * @param handlerStatus status of the handler's response, if this request called the handler itself.
 * @param hasWaited true if the request waited for a load that another request had started.
 */
export function describeForward(
  read: Read<Stored>,
  handlerStatus: number | undefined,
  fwd: ForwardReason,
  { status, detail }: Pick<LoadReport, 'status' | 'detail'>,
  hasWaited = read.outcome === 'coalesced',
): CacheStatus {
  const ttlMs = read.expiresInMs
  if (read.outcome === 'stale') {
    if (handlerStatus === undefined) return { hit: true, ttlMs }
    return { fwd: 'stale', fwdStatus: handlerStatus, ttlMs, detail: 'stale-if-error' }
  }
  return {
    fwd,
    fwdStatus: status,
    ...(read.kept ? { ttlMs, stored: true } : {}),
    collapsed: hasWaited,
    detail,
  }
}

/** True if the stored value is a response that matches this request. */
export function matchesRequest(
  stored: unknown,
  header: RequestHeader,
  codingsOf?: Variants['codingsOf'],
): stored is StoredResponse {
  return (
    stored instanceof StoredResponse && matchesSelecting(stored.selecting, header, stored.language, codingsOf)
  )
}
