/** The head of a response in the forms in which servers send it. Each form is made when it is first used. */
import { NOT_ON_304 } from '../../fields/conditional.ts'
import { headersOf416 } from '../../fields/range.ts'
import { Message, type MessageBody } from './message.ts'
import type { StoredHeaders } from './stored-headers.ts'

export interface HeadInit {
  status: number
  headers: Headers | Record<string, string>
}

export class Head {
  readonly status: number
  readonly ageSeconds: number
  readonly cacheStatus: string
  /** All headers but cookies. */
  readonly headers: StoredHeaders
  #init: HeadInit | undefined
  #message: Message | undefined

  constructor(status: number, headers: StoredHeaders, ageSeconds: number, cacheStatus: string) {
    this.status = status
    this.ageSeconds = ageSeconds
    this.cacheStatus = cacheStatus
    this.headers = headers
  }

  /** Status and headers, in the type that `new Response` copies fastest. */
  get init(): HeadInit {
    this.#init ??= {
      status: this.status,
      headers: COPIES_HEADERS_NATIVELY ? new Headers(this.headers) : this.headers,
    }
    return this.#init
  }

  /**
   * The head with its body, for servers that take no `Response`. Later calls return the message of the first one.
   *
   * @param added headers to send beside those of the head.
   */
  messageOf(body: MessageBody, cookies: readonly string[], added?: StoredHeaders): Message {
    this.#message ??= new Message(
      this.status,
      added === undefined ? this.headers : { ...this.headers, ...added },
      cookies,
      body,
    )
    return this.#message
  }

  headersOf304(): Record<string, string> {
    const headers = { ...this.headers }
    for (const name of NOT_ON_304) delete headers[name]
    return headers
  }

  /** @param length bytes of the complete body. */
  headersOf416(length: number): Record<string, string> {
    const headers: Record<string, string> = {}
    for (const name of KEPT_ON_416) {
      const value = this.headers[name]
      if (value !== undefined) headers[name] = value
    }
    return { ...headers, ...headersOf416(length) }
  }
}

/** Headers of the stored response that are also sent with a 416. */
const KEPT_ON_416 = ['date', 'etag', 'vary', 'age', 'cache-status']

/**
 * True for a native `Response`, which copies a `Headers` object in a third of the time that it needs for a record. The
 * `Response` of @hono/node-server is written in JavaScript: it copies the entries of a `Headers` one by one, but writes a record to the socket
 * unchanged.
 */
const COPIES_HEADERS_NATIVELY = Function.prototype.toString.call(Response).includes('[native code]')
