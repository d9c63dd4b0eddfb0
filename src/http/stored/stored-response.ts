/** A stored response: plain headers and a body of text or bytes, from which a new `Response` is made for each request. */
import { NOT_ON_304, sameEtag } from '../fields/conditional.ts'
import { APPENDED_TO, internalHeaders } from '../fields/internal-headers.ts'
import {
  type ByteRange,
  headersOf206,
  headersOf416,
  parseLength,
  type Representation,
  sliceBody,
} from '../fields/range.ts'
import type { SelectingHeaders } from '../fields/vary.ts'
import { cutBody } from './cut-body.ts'
import { hopByHopHeaders, type StoredHeaders, storedHeaders } from './stored-headers.ts'
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
}

/** The parts of a stored response. */
export interface StoredParts<Body extends StoredBody = StoredBody> {
  status: number
  /** Headers sent with every response. */
  headers: StoredHeaders
  /** Headers for this cache only. They are never sent. */
  internal: StoredHeaders
  cookies: readonly string[]
  body: Body
  /** The request headers that select this response; `undefined` without `Vary`. */
  selecting: SelectingHeaders | undefined
  /** True if hitrate generated the entity tag. Only hitrate has this tag, so the handler cannot compare it. */
  hasGeneratedEtag: boolean
}

/** A complete body, or one that is still streaming. */
type StoredBody = CompleteBody | SharedBody
type CompleteBody = string | Uint8Array<ArrayBuffer> | null

export class StoredResponse implements Representation {
  readonly status: number
  readonly etag: string | undefined
  readonly lastModified: string | undefined
  readonly date: string | undefined
  readonly selecting: SelectingHeaders | undefined
  readonly language: string | undefined
  /** Names of headers whose stored value is appended to the value from outer middleware. */
  readonly appendedHeaders: readonly string[]
  readonly acceptRanges: string | undefined
  /** Bytes of the complete body; `undefined` without a body, or while a body of unknown length is streaming. */
  readonly length: number | undefined
  /** Size in memory, in bytes. */
  readonly bytes: number
  readonly #parts: StoredParts
  /** Headers of the last response. Hits within the same second share them, because their `Age` is the same. */
  #lastHead: Head | undefined

  constructor(parts: StoredParts) {
    const { status, headers, internal, cookies, body, selecting } = parts
    this.#parts = parts
    this.status = status
    this.etag = headers.etag
    this.lastModified = headers['last-modified']
    this.date = headers.date
    this.selecting = selecting
    this.language = headers['content-language']
    this.appendedHeaders = internal[APPENDED_TO]?.split(',') ?? []
    this.acceptRanges = headers['accept-ranges']
    this.length = body === null ? undefined : parseLength(headers['content-length'])
    const characters = charactersOf(headers, internal, selecting) + cookies.join().length
    this.bytes = 2 * characters + sizeOfBody(body)
  }

  /** Conditional request headers with which the handler can revalidate this response; `undefined` without a validator. */
  get conditionalHeaders(): StoredHeaders | undefined {
    const conditions: Record<string, string> = {}
    if (this.etag !== undefined && !this.#parts.hasGeneratedEtag) conditions['if-none-match'] = this.etag
    if (this.lastModified !== undefined) conditions['if-modified-since'] = this.lastModified
    return Object.keys(conditions).length === 0 ? undefined : conditions
  }

  /**
   * The handler's headers, updated by those of its 304 (RFC 9111 §3.2), except for headers that describe the body. Returns
   * `undefined` when the 304 has the entity tag of another response (RFC 9111 §4.3.4).
   */
  updatedHeaders(update: Headers): Headers | undefined {
    const etag = update.get('etag')
    const isComparable = etag !== null && this.etag !== undefined && !this.#parts.hasGeneratedEtag
    if (isComparable && !sameEtag(etag, this.etag)) return undefined
    const headers = new Headers({ ...this.#parts.headers, ...this.#parts.internal })
    if (this.#parts.hasGeneratedEtag) headers.delete('etag')
    headers.delete('date') // replaced by the date of the 304, or by the time of the revalidation
    for (const cookie of update.has('set-cookie') ? [] : this.#parts.cookies)
      headers.append('set-cookie', cookie)
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
   */
  withHeaders(headers: Headers, selecting: SelectingHeaders | undefined, now: number): StoredResponse {
    const stored = storedHeaders(headers, now)
    if (this.length !== undefined) stored['content-length'] = String(this.length)
    const hasGeneratedEtag = this.#parts.hasGeneratedEtag && stored.etag === undefined
    if (hasGeneratedEtag && this.etag !== undefined) stored.etag = this.etag
    return new StoredResponse({
      ...this.#parts,
      headers: stored,
      internal: internalHeaders(headers),
      cookies: headers.getSetCookie(),
      selecting,
      hasGeneratedEtag,
    })
  }

  /** The parts for a codec. @throws {TypeError} while the body is streaming; such a response is not stored yet. */
  parts(): StoredParts<CompleteBody> {
    const { body } = this.#parts
    if (body instanceof SharedBody)
      throw new TypeError('A response cannot be encoded while its body is streaming')
    return { ...this.#parts, body }
  }

  toResponse({ head, notModified, part, ageMs, cacheStatus, isFirstReader }: ResponseOptions): Response {
    const ageSeconds = ageMs === undefined ? -1 : Math.max(0, Math.floor(ageMs / 1000))
    const { headers, init } = this.#headFor(ageSeconds, cacheStatus)
    if (notModified) return this.#respond(null, { status: 304, headers: headersOf304(headers) })
    if (part !== undefined) return this.#respondWithPart(part, headers, isFirstReader)
    if (head) return this.#respond(null, init)
    const { body } = this.#parts
    return this.#respond(body instanceof SharedBody ? body.stream(isFirstReader) : body, init)
  }

  #respondWithPart(
    part: ByteRange | 'unsatisfiable',
    headers: StoredHeaders,
    isFirstReader: boolean | undefined,
  ): Response {
    const { length = 0 } = this
    if (part === 'unsatisfiable') {
      return this.#respond(null, {
        status: 416,
        headers: { ...pick(HEADERS_OF_416, headers), ...headersOf416(length) },
      })
    }
    const { body } = this.#parts
    const cut =
      body instanceof SharedBody ? cutBody(body.stream(isFirstReader), part) : body && sliceBody(body, part)
    return this.#respond(cut, { status: 206, headers: { ...headers, ...headersOf206(part, length) } })
  }

  #respond(body: CompleteBody | ReadableStream<Uint8Array>, init: HeadInit): Response {
    if (this.#parts.cookies.length === 0) return new Response(body, init)
    const headers = new Headers(init.headers)
    for (const cookie of this.#parts.cookies) headers.append('set-cookie', cookie)
    return new Response(body, { status: init.status, headers })
  }

  #headFor(ageSeconds: number, cacheStatus: string): Head {
    const last = this.#lastHead
    if (last?.ageSeconds === ageSeconds && last.cacheStatus === cacheStatus) return last
    const ofHandler = this.#parts.headers['cache-status']
    const headers: Record<string, string> = {
      ...this.#parts.headers,
      // This cache's member is the last one, because caches closer to the origin come first (RFC 9211 §2).
      'cache-status': ofHandler === undefined ? cacheStatus : `${ofHandler}, ${cacheStatus}`,
    }
    if (ageSeconds >= 0) headers.age = String(ageSeconds)
    const init = { status: this.status, headers: COPIES_HEADERS_NATIVELY ? new Headers(headers) : headers }
    this.#lastHead = { ageSeconds, cacheStatus, headers, init }
    return this.#lastHead
  }
}

interface HeadInit {
  status: number
  headers: Headers | Record<string, string>
}

/** The headers of a response twice: as a record, and in the type that `new Response` copies fastest. */
interface Head {
  ageSeconds: number
  cacheStatus: string
  headers: StoredHeaders
  init: HeadInit
}

/**
 * True for a native `Response`, which copies a `Headers` object in a third of the time that it needs for a record. The
 * `Response` of @hono/node-server is written in JavaScript: it copies the entries of a `Headers` one by one, but writes a record to the socket
 * unchanged.
 */
const COPIES_HEADERS_NATIVELY = Function.prototype.toString.call(Response).includes('[native code]')

/** Headers of the stored response that are also sent with a 416. */
const HEADERS_OF_416 = ['date', 'etag', 'vary', 'age', 'cache-status']

/** Headers that describe the stored body. A 304 must not change them (RFC 9111 §3.2). */
const BODY_HEADERS = new Set(['content-length', 'content-encoding', 'content-range'])

/** Size in memory, in bytes. A string may take two bytes per character. */
function sizeOfBody(body: StoredBody): number {
  if (typeof body === 'string') return body.length * 2
  return body instanceof Uint8Array ? body.byteLength : 0
}

/** Number of characters of all names and values. Each pair counts as 6 more, for its place in the record. */
function charactersOf(...records: readonly (SelectingHeaders | undefined)[]): number {
  let characters = 0
  for (const record of records) {
    for (const name in record) characters += name.length + (record[name]?.length ?? 0) + 6
  }
  return characters
}

function headersOf304(headers: StoredHeaders): Record<string, string> {
  const sent = { ...headers }
  for (const name of NOT_ON_304) delete sent[name]
  return sent
}

function pick(names: readonly string[], headers: StoredHeaders): Record<string, string> {
  const picked: Record<string, string> = {}
  for (const name of names) if (headers[name] !== undefined) picked[name] = headers[name]
  return picked
}
