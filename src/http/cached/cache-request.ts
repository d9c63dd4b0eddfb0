/** One request as its cache sees it, and what its own load has to say beside the answer. */
import type { Context, Next } from 'hono'
import type { About } from '../../cache/events.ts'
import type { RequestHeader } from '../fields/vary.ts'
import type { RequestDirectives } from '../policy/request-directives.ts'
import type { StoredResponse } from '../stored/stored-response.ts'

/** What is kept under a key; `undefined` where nothing may be. */
export type Kept = StoredResponse | undefined

export interface Question {
  readonly c: Context
  readonly next: Next
  /** The key of its variant; another one once it is known what the resource varies by. */
  key: string
  /** The key without its variant. */
  readonly resource: string
  /** The request's fields as they came: what is behind the cache may change them. */
  readonly header: RequestHeader
  readonly control: RequestDirectives
  /** What middleware around the cache had set before: this request's own, on its answer but never in an entry. */
  readonly around: Headers
  readonly about: About
  /** The last answer was of no use to others: it waits for nobody's, and nobody for its own. */
  readonly alone: boolean
}

export interface Told {
  /** The handler was asked. */
  asked: boolean
  /** What it answered, where the client gets another status. */
  status?: number
  /** A word for `Cache-Status`. */
  detail?: string
  /** Fields of this client alone, which no entry has. */
  own?: [name: string, value: string][]
  /** Its client has gone, and the handler's body broke off: that is an error here alone. */
  broken?: { error: unknown }
}
