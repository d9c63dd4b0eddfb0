/** The state of one request in `cached()`, and the report of its load. */
import type { Context, Next } from 'hono'
import type { About } from '../../cache/events.ts'
import type { Found } from '../../cache/http-reads.ts'
import type { EarlierMiddleware } from '../context/reads/earlier-middleware.ts'
import type { RequestHeader } from '../fields/vary.ts'
import type { RequestDirectives } from '../policy/request-directives.ts'
import type { StoredResponse } from '../stored/stored-response.ts'

/** The value of a read: the stored response, or `undefined` if the response must not be stored. */
export type Stored = StoredResponse | undefined

/** Key and directives of a request, and the result of looking up the key. */
export interface CacheDemand {
  /** Key of the variant that the request selects among the variants recorded so far. */
  readonly key: string
  readonly directives: RequestDirectives
  /** The reason why the request bypasses the cache, for `Cache-Status`; `undefined` if it does not bypass it. */
  readonly bypassReason: string | undefined
  readonly found: Found<Stored>
}

/** A request that no fresh entry in memory could answer. */
export interface CacheRequest extends CacheDemand {
  readonly c: Context
  readonly next: Next
  /** The key without its variant. */
  readonly resource: string
  /** A copy of the request headers as they were received, because the handler may change the originals. */
  readonly header: RequestHeader
  /**
   * Response headers that outer middleware set. They are added to this response and never stored. `undefined` if none of the
   * outer middleware sets headers or responds by itself.
   */
  readonly outerHeaders: Headers | undefined
  /** True if `cached()` is the only middleware of the route. */
  readonly isAlone: boolean
  readonly about: About
  /** Tags by which a purge finds the response, unless they follow from the key. */
  readonly urlTags: readonly string[]
  readonly earlier: EarlierMiddleware
  /** False if the last response was of no use to other requests (hit-for-miss). This request then shares no load. */
  readonly shared: boolean
}

/** Facts that a load reports in addition to its response. */
export interface LoadReport {
  /** Status of the handler's response, if the client gets another status. */
  status?: number | undefined
  /** Token for the parameter `detail` of `Cache-Status`. */
  detail?: string | undefined
  /** True if this client gets the handler's own response in `c.res`: the value is a copy for the requests that wait. */
  isOwn?: true
  /** True if this client's request has made the streaming body: it gets the body also if the others must not. */
  isFirstReader?: true
  /** Response headers for this client only. They are never stored. */
  privateHeaders?: readonly [name: string, value: string][]
  /** Error of reading the handler's body after the client disconnected. It concerns this request only. */
  abortedBody?: { error: unknown }
}
