/** Why a request went on to the handler and what came of it, for `Cache-Status`. */
import type { Read } from '../../cache/read.ts'
import type { CacheStatus, ForwardReason } from '../fields/cache-status.ts'
import { matchesSelecting, type RequestHeader } from '../fields/vary.ts'
import { StoredResponse } from '../stored/stored-response.ts'
import type { Kept, Question, Told } from './cache-request.ts'

/** @param before what was kept when the request came, fresh or stale. */
export function forwardOf(before: Read<Kept> | undefined, question: Question): ForwardReason {
  const { strategy, maxAgeMs, minFreshMs } = question.control
  if (strategy === 'bypass') return 'bypass'
  if (strategy === 'invalidate') return 'request'
  if (before === undefined) return question.key === question.resource ? 'uri-miss' : 'vary-miss'
  if (!isFor(before.value, question.header)) return 'vary-miss'
  const freshEnough = maxAgeMs !== undefined || minFreshMs !== undefined
  return freshEnough && before.expiresInMs > 0 ? 'request' : 'stale'
}

/** @param handlerStatus what this request's own handler answered, if it was asked. */
export function forwarded(
  read: Read<Kept>,
  handlerStatus: number | undefined,
  fwd: ForwardReason,
  { status, detail }: Told,
): CacheStatus {
  const ttlMs = read.expiresInMs
  if (read.outcome === 'stale') {
    if (handlerStatus === undefined) return { hit: true, ttlMs }
    return { fwd: 'stale', fwdStatus: handlerStatus, ttlMs, detail: 'stale-if-error' }
  }
  return {
    fwd,
    ...(status === undefined ? {} : { fwdStatus: status }),
    ...(read.kept ? { ttlMs, stored: true } : {}),
    collapsed: read.outcome === 'coalesced',
    ...(detail === undefined ? {} : { detail }),
  }
}

/** May it answer this request? Where a route shares its cache with data, a value under the same key may be no response. */
export function isFor(kept: Kept, header: RequestHeader): boolean {
  return kept instanceof StoredResponse && matchesSelecting(kept.selecting, header, kept.language)
}
