/** The state of one request in `cached()`, and the report of its load. */
import type { Context, Next } from 'hono'
import type { About } from '../../cache/events.ts'
import type { Found } from '../../cache/http-reads.ts'
import type { RequestHeader } from '../fields/vary.ts'
import type { RequestDirectives } from '../policy/request-directives.ts'
import type { StoredResponse } from '../stored/stored-response.ts'

/** The value stored under a key; `undefined` for a response that must not be stored. */
export type Stored = StoredResponse | undefined

/** Key and directives of a request, and the look-up of the key. */
export interface CacheDemand {
  /** The key of the request's variant, as far as the variants are known. */
  readonly key: string
  readonly directives: RequestDirectives
  /** Reason for bypassing the cache, for `Cache-Status`. */
  readonly bypassReason: string | undefined
  readonly found: Found<Stored>
}

/** A request that no fresh entry in memory could answer. */
export interface CacheRequest extends CacheDemand {
  readonly c: Context
  readonly next: Next
  /** The key without its variant. */
  readonly resource: string
  /** The request headers as they were received: the handler may change them. */
  readonly header: RequestHeader
  /** Response headers set by outer middleware: for this response, and never stored. */
  readonly outerHeaders: Headers
  readonly about: About
  /** False: the last response was of no use to other requests (hit-for-miss), so this request shares no load. */
  readonly shared: boolean
}

/** Report of the handler's load, besides the response. */
export interface LoadReport {
  /** The handler's status, where the client gets another one. */
  status?: number
  /** A word for `Cache-Status`. */
  detail?: string
  /** Headers for this client alone, which are not stored. */
  privateHeaders?: readonly [name: string, value: string][]
  /** The client has left and the handler's body broke off: an error for this request alone. */
  abortedBody?: { error: unknown }
}
