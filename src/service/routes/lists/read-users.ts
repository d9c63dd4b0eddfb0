/** Handler that reads several users: by their ids, or one page of all users. */
import type { Handler } from 'hono'
import type { Cache } from '../../../cache/cache.ts'
import { httpReadsOf } from '../../../cache/http-reads.ts'
import { DeadlineError } from '../../../cache/loading/deadline-error.ts'
import { waitUntil } from '../../../http/context/execution-context.ts'
import { titledProblem } from '../../../http/endpoints/problem.ts'
import { purgeOf } from '../../../http/endpoints/purge-request.ts'
import { type CacheStatus, formatCacheStatus } from '../../../http/fields/cache-status.ts'
import { requestDirectives } from '../../../http/policy/request-directives.ts'
import { failedRequest, type ReportFailure, statusOfError } from '../error-handler.ts'
import { PAGES_TAG, userTag } from '../user-caching.ts'
import { type Selection, selectionOf } from '../user-requests.ts'
import { ListEntries, type ListEntriesOptions } from './list-entries.ts'
import { statusOfList } from './list-status.ts'
import { respondWithList } from './respond-with-list.ts'
import { readList } from './user-lists.ts'

export interface ReadUsersOptions extends ListEntriesOptions {
  /** Called for a failed load whose request gets stale users instead. The error handler reports the others. */
  onFailure: ReportFailure
}

/** `GET /users`. Requests may be conditional or for a range, and may have `only-if-cached` and `max-stale`. */
export function readUsers(options: ReadUsersOptions): Handler {
  const { cache, onFailure } = options
  const entries = new ListEntries(options)

  return async function readUsers(c) {
    const selection = selectionOf(c)
    const purge = purgeOf(c)
    if (purge !== undefined) {
      purge.reach(purgeTarget(cache, entries, selection))
      return c.body(null, 204)
    }
    const { strategy, maxStaleMs } = requestDirectives((name) => c.req.header(name), false)
    let failure: { error: unknown } | undefined
    try {
      const list = await readList(entries, selection, {
        strategy,
        ...(maxStaleMs === undefined ? {} : { maxStaleMs }),
        waitUntil: (work) => waitUntil(c, work),
        onFailure(error, isInBackground) {
          if (isInBackground) onFailure(error, failedRequest(c, true))
          else failure = { error }
        },
      })
      if (list === undefined) return gatewayTimeout(NOT_STORED, { detail: 'only-if-cached' })
      if (failure !== undefined) onFailure(failure.error, failedRequest(c, false))
      const status = statusOfList(list.reads, failure && statusOfError(failure.error))
      return await respondWithList(c, list, { status, selection, now: cache.now() })
    } catch (error) {
      if (error instanceof DeadlineError) return gatewayTimeout(LATE, { fwd: 'uri-miss', detail: 'timeout' })
      c.header('cache-status', formatCacheStatus({ fwd: cache.enabled ? 'uri-miss' : 'bypass' }))
      throw error
    }
  }
}

const NOT_STORED = 'Nothing stored can answer this only-if-cached request'
const LATE = 'The user database did not respond in time'

function gatewayTimeout(reason: string, status: CacheStatus): Response {
  const headers = { 'cache-status': formatCacheStatus(status), 'cache-control': 'no-store' }
  return titledProblem(504, 'Gateway Timeout', reason, undefined, headers)
}

/** A purge of the URL of a list removes the users of the list, and the ids of a page. */
function purgeTarget(cache: Cache, entries: ListEntries, selection: Selection) {
  const page = 'ids' in selection ? undefined : entries.peekPage(selection)
  const ids = 'ids' in selection ? selection.ids : (page?.ids.split(',') ?? [])
  return {
    cache,
    reads: httpReadsOf('readUsers', cache),
    keys: [],
    tags: [...('ids' in selection ? [] : [PAGES_TAG]), ...ids.filter((id) => id !== '').map(userTag)],
    isStored: page !== undefined || entries.hasUsers(ids),
    origins: [],
  }
}
