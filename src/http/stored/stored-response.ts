/** A stored response: plain headers and a body of text or bytes, from which a new `Response` is made for each request. */
import { heapModelOf } from '../../heap/heap-model.ts'
import { sameEtag } from '../fields/conditional.ts'
import { APPENDED_TO, internalHeaders } from '../fields/internal-headers.ts'
import { type ByteRange, headersOf206, type Representation, sliceBody } from '../fields/range.ts'
import type { SelectingHeaders } from '../fields/vary.ts'
import { cutBody } from './cut-body.ts'
import { Head, type HeadInit } from './heads/head.ts'
import { bytesOfText, bytesOfTextBody } from './heads/heap-bytes.ts'
import type { Message, MessageBody } from './heads/message.ts'
import {
  bytesOfOwnValues,
  type OwnValues,
  ownLength,
  ownValue,
  ownValuesOf,
  withOwnValues,
} from './heads/own-values.ts'
import type { RecentHeads } from './heads/recent-heads.ts'
import {
  type DatedHead,
  type HeadParts,
  type SharedHead,
  SharedHeads,
  shareOf,
} from './heads/shared-heads.ts'
import { hopByHopHeaders, type StoredHeaders, storedHeaders } from './heads/stored-headers.ts'
import { SharedBody } from './streaming-body.ts'

export interface ResponseOptions {
  /** True if the request has the method HEAD. */
  head: boolean
  /** True if the client's conditions require a 304. */
  notModified: boolean
  /** The range to send. Default: the complete body. */
  part?: ByteRange | 'unsatisfiable' | undefined
  /** Age in ms; `undefined` for a response that was created just now and gets no `Age`. */
  ageMs: number | undefined
  /** This cache's member of `Cache-Status`. */
  cacheStatus: string
  /** True if this request has made the streaming body. */
  isFirstReader?: boolean | undefined
  /** Stores the headers of the response for further hits within the second. Default: they are not stored. */
  recent?: RecentHeads | undefined
}

/** The parts of a stored response. */
export interface StoredParts<Body extends StoredBody = StoredBody> extends HeadParts {
  readonly body: Body
}

/** A complete body, or one that is still streaming. */
type StoredBody = CompleteBody | SharedBody
type CompleteBody = MessageBody

/** A cache may hold a million, so that each property counts. */
export class StoredResponse implements Representation {
  readonly etag: string | undefined
  readonly #body: StoredBody
  readonly #dated: DatedHead
  readonly #own: OwnValues

  /** @param heads the heads that responses share. Default: shared with no other response. */
  constructor(parts: StoredParts, heads = new SharedHeads()) {
    const { headers, internal, body } = parts
    this.etag = headers.etag
    this.#body = body
    this.#dated = heads.of(parts)
    this.#own = ownValuesOf(headers, internal, lengthOf(body))
  }

  get #head(): SharedHead {
    return this.#dated.head
  }

  get status(): number {
    return this.#head.status
  }

  get date(): string | undefined {
    return this.#dated.date
  }

  /** Bytes of the complete body; `undefined` without a body, or while a body of unknown length is streaming. */
  get length(): number | undefined {
    if (this.#body === null) return undefined
    return ownLength(this.#own, this.#head.headers, lengthOf(this.#body))
  }

  /**
   * True if `toMessage` can be called: not while the body is streaming, and not for a body without `Content-Type`, to which some
   * servers and constructors of `Response` add a type of their own.
   */
  get hasMessage(): boolean {
    if (this.#body instanceof SharedBody) return false
    return this.#body === null || this.#head.headers['content-type'] !== undefined
  }

  /** True if the body has ended, or there is none. */
  get isComplete(): boolean {
    return !(this.#body instanceof SharedBody)
  }

  get lastModified(): string | undefined {
    return ownValue(this.#own, 'last-modified')
  }

  get selecting(): SelectingHeaders | undefined {
    return this.#head.selecting
  }

  get language(): string | undefined {
    return this.#head.headers['content-language']
  }

  /** Names of headers whose stored value is appended to the value from outer middleware. */
  get appendedHeaders(): readonly string[] {
    return this.#head.appendedHeaders
  }

  get acceptRanges(): string | undefined {
    return this.#head.headers['accept-ranges']
  }

  /** Size in memory, in bytes. */
  get bytes(): number {
    const own =
      bytesOfBody(this.#body, this.length) + bytesOfText(this.etag ?? '') + bytesOfOwnValues(this.#own)
    return OBJECT_BYTES + own + shareOf(this.#dated)
  }

  /** Conditional request headers with which the handler can revalidate this response; `undefined` without a validator. */
  get conditionalHeaders(): StoredHeaders | undefined {
    const conditions: Record<string, string> = {}
    if (this.etag !== undefined && !this.#head.hasGeneratedEtag) conditions['if-none-match'] = this.etag
    if (this.lastModified !== undefined) conditions['if-modified-since'] = this.lastModified
    return Object.keys(conditions).length === 0 ? undefined : conditions
  }

  /**
   * The handler's headers, updated by those of its 304 (RFC 9111 §3.2), except for headers that describe the body. Returns
   * `undefined` when the 304 has the entity tag of another response (RFC 9111 §4.3.4).
   */
  updatedHeaders(update: Headers): Headers | undefined {
    const etag = update.get('etag')
    const { hasGeneratedEtag, cookies } = this.#head
    const isComparable = etag !== null && this.etag !== undefined && !hasGeneratedEtag
    if (isComparable && !sameEtag(etag, this.etag)) return undefined
    const headers = new Headers({ ...this.#headers(), ...this.#internal() })
    if (hasGeneratedEtag) headers.delete('etag')
    headers.delete('date') // replaced by the date of the 304, or by the time of the revalidation
    for (const cookie of update.has('set-cookie') ? [] : cookies) headers.append('set-cookie', cookie)
    const hopByHop = hopByHopHeaders(update)
    for (const [name, value] of update) {
      if (hopByHop.has(name) || BODY_HEADERS.has(name)) continue
      if (name === 'set-cookie') headers.append(name, value)
      else headers.set(name, value)
    }
    const appendedTo = this.appendedHeaders.filter((name) => !update.has(name))
    headers.delete(APPENDED_TO)
    if (appendedTo.length > 0) headers.set(APPENDED_TO, appendedTo.join())
    return headers
  }

  /**
   * The same body with other headers.
   *
   * @param headers as {@link updatedHeaders} returns them.
   * @param now epoch ms.
   * @param heads as in the constructor.
   */
  withHeaders(
    headers: Headers,
    selecting: SelectingHeaders | undefined,
    now: number,
    heads = new SharedHeads(),
  ): StoredResponse {
    const stored = storedHeaders(headers, heads.dateAt(now))
    if (this.length !== undefined) stored['content-length'] = String(this.length)
    const hasGeneratedEtag = this.#head.hasGeneratedEtag && stored.etag === undefined
    if (hasGeneratedEtag && this.etag !== undefined) stored.etag = this.etag
    const parts = {
      status: this.status,
      headers: stored,
      internal: internalHeaders(headers),
      cookies: headers.getSetCookie(),
      body: this.#body,
      selecting,
      hasGeneratedEtag,
    }
    return new StoredResponse(parts, heads)
  }

  /** The parts for a codec. @throws {TypeError} while the body is streaming; such a response is not stored yet. */
  parts(): StoredParts<CompleteBody> {
    const body = this.#completeBody()
    const { status, cookies, selecting, hasGeneratedEtag } = this.#head
    const [headers, internal] = [this.#headers(), this.#internal()]
    return { status, headers, internal, cookies, body, selecting, hasGeneratedEtag }
  }

  toResponse(options: ResponseOptions): Response {
    const { head, notModified, part, ageMs, cacheStatus, isFirstReader, recent } = options
    const made = this.#headFor(ageMs, cacheStatus, recent)
    if (notModified) return this.#respond(null, { status: 304, headers: made.headersOf304() })
    if (part !== undefined) return this.#respondWithPart(part, made, isFirstReader)
    // A head of one response is not worth its own `Headers`.
    const init = recent === undefined ? { status: this.status, headers: made.headers } : made.init
    if (head) return this.#respond(null, init)
    const body = this.#body
    return this.#respond(body instanceof SharedBody ? body.stream(isFirstReader) : body, init)
  }

  /**
   * The response to a GET without conditions and range, for servers that take no `Response`.
   *
   * @param added headers to send beside the stored ones. A route always passes the same.
   * @throws {TypeError} while the body is streaming.
   */
  toMessage(
    { ageMs, cacheStatus, recent }: Pick<ResponseOptions, 'ageMs' | 'cacheStatus' | 'recent'>,
    added?: StoredHeaders,
  ): Message {
    const { cookies } = this.#head
    return this.#headFor(ageMs, cacheStatus, recent).messageOf(this.#completeBody(), cookies, added)
  }

  #respondWithPart(
    part: ByteRange | 'unsatisfiable',
    made: Head,
    isFirstReader: boolean | undefined,
  ): Response {
    const { length = 0 } = this
    if (part === 'unsatisfiable') {
      return this.#respond(null, { status: 416, headers: made.headersOf416(length) })
    }
    const body = this.#body
    const cut =
      body instanceof SharedBody ? cutBody(body.stream(isFirstReader), part) : body && sliceBody(body, part)
    return this.#respond(cut, { status: 206, headers: { ...made.headers, ...headersOf206(part, length) } })
  }

  #respond(body: CompleteBody | ReadableStream<Uint8Array>, init: HeadInit): Response {
    const { cookies } = this.#head
    if (cookies.length === 0) return new Response(body, init)
    const headers = new Headers(init.headers)
    for (const cookie of cookies) headers.append('set-cookie', cookie)
    return new Response(body, { status: init.status, headers })
  }

  #completeBody(): CompleteBody {
    if (this.#body instanceof SharedBody) throw new TypeError('The body of the response is still streaming')
    return this.#body
  }

  #headFor(ageMs: number | undefined, cacheStatus: string, recent: RecentHeads | undefined): Head {
    const ageSeconds = ageMs === undefined ? -1 : Math.max(0, Math.floor(ageMs / 1000))
    const last = recent?.find(this, ageSeconds, cacheStatus)
    if (last !== undefined) return last
    const headers = this.#headers()
    const ofHandler = headers['cache-status']
    // This cache's member is the last one, because caches closer to the origin come first (RFC 9211 §2).
    headers['cache-status'] = ofHandler === undefined ? cacheStatus : `${ofHandler}, ${cacheStatus}`
    if (ageSeconds >= 0) headers.age = String(ageSeconds)
    const made = new Head(this.status, headers, ageSeconds, cacheStatus)
    recent?.add(this, made)
    return made
  }

  /** The headers that are sent with every response. */
  #headers(): Record<string, string> {
    const headers: Record<string, string> = { ...this.#head.headers }
    if (this.etag !== undefined) headers.etag = this.etag
    if (this.date !== undefined) headers.date = this.date
    if (this.length !== undefined) headers['content-length'] = String(this.length)
    return this.#own === undefined ? headers : withOwnValues(headers, this.#own)
  }

  #internal(): StoredHeaders {
    return this.#own === undefined
      ? this.#head.internal
      : withOwnValues({ ...this.#head.internal }, this.#own)
  }
}

/** The length of a complete ASCII text, or of bytes. */
function lengthOf(body: StoredBody): number | undefined {
  if (typeof body === 'string') return body.length
  return body instanceof Uint8Array ? body.byteLength : undefined
}

/** Headers that describe the stored body. A 304 must not change them (RFC 9111 §3.2). */
const BODY_HEADERS = new Set(['content-length', 'content-encoding', 'content-range'])

const heap = heapModelOf()

const OBJECT_BYTES = heap.object(4)

/** A text with as many bytes as characters is not searched for wide ones. */
function bytesOfBody(body: StoredBody, length: number | undefined): number {
  if (typeof body === 'string') return bytesOfTextBody(body, body.length === length)
  return body instanceof Uint8Array ? heap.ownView(body.byteLength) : 0
}
