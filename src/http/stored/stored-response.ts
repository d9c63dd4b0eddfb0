/** A response as it is kept: text or bytes and plain fields, never a Response, from which every answer is made anew. */
import { sameEtag } from '../fields/conditional.ts'
import { APPENDED_TO, internalHeaders } from '../fields/internal-headers.ts'
import {
  type ByteRange,
  headersOf206,
  headersOf416,
  type Representation,
  sliceBody,
} from '../fields/range.ts'
import type { SelectingHeaders } from '../fields/vary.ts'
import { type Fields, hopByHopHeaders, storedHeaders } from './stored-headers.ts'
import type { SharedBody } from './streaming-body.ts'

export interface ResponseOptions {
  head: boolean
  /** The client has it already. */
  notModified: boolean
  /** The part that answers; default the whole. */
  part?: ByteRange | 'unsatisfiable' | undefined
  /** In ms; `undefined` when it has just been made: then there is no `Age`. */
  ageMs: number | undefined
  cacheStatus: string
}

/** What a 304 says of the entry (RFC 9110 §15.4.5). */
const ON_304 = [
  'cache-control',
  'cdn-cache-control',
  'content-location',
  'date',
  'etag',
  'expires',
  'vary',
  'age',
  'cache-status',
]

/** What a 416 says of the entry. */
const ON_416 = ['date', 'etag', 'vary', 'age', 'cache-status']

/** What a 304 cannot change (RFC 9111 §3.2). */
const ABOUT_THE_BODY = new Set(['content-length', 'content-encoding', 'content-range'])

/** All that makes a stored response. */
export interface StoredParts<Body extends StoredBody = StoredBody> {
  status: number
  /** What every answer has. */
  fields: Fields
  /** What the handler said to this cache alone: never sent. */
  ours: Fields
  cookies: readonly string[]
  body: Body
  /** What selects it among the answers of its resource; `undefined` where it does not vary. */
  selecting: SelectingHeaders | undefined
  /** The handler knows nothing of the tag: we have made it. */
  isTagOurs: boolean
}

/** Text or bytes; or both to come, for those who need not wait for all of it. */
type StoredBody = WholeBody | SharedBody
type WholeBody = string | Uint8Array<ArrayBuffer> | null

export class StoredResponse implements Representation {
  readonly status: number
  readonly etag: string | undefined
  readonly lastModified: string | undefined
  readonly date: string | undefined
  readonly selecting: SelectingHeaders | undefined
  readonly language: string | undefined
  /** Fields whose values belong after those that middleware around has given to the same name. */
  readonly appendedHeaders: readonly string[]
  /** Bytes of the body; `undefined` while it grows, or where there is none. */
  readonly length: number | undefined
  /** What it takes in memory. */
  readonly bytes: number
  readonly #body: StoredBody
  readonly #isTagOurs: boolean
  readonly #fields: Fields
  readonly #ours: Fields
  readonly #cookies: readonly string[]
  /** The last answer: within one second of `Age` it is the same for every hit. */
  #last: Answer | undefined

  constructor({ status, fields, ours, cookies, body, selecting, isTagOurs }: StoredParts) {
    this.status = status
    this.etag = fields.etag
    this.lastModified = fields['last-modified']
    this.date = fields.date
    this.selecting = selecting
    this.language = fields['content-language']
    this.appendedHeaders = ours[APPENDED_TO]?.split(',') ?? []
    this.length = isGrowing(body) || body === null ? undefined : Number(fields['content-length'])
    this.#fields = fields
    this.#ours = ours
    this.#cookies = cookies
    this.#body = body
    this.#isTagOurs = isTagOurs
    this.bytes = JSON.stringify([fields, ours, cookies, selecting]).length * 2 + sizeOfBody(body)
  }

  /** What the handler can be asked with, whether its answer is still this one; `undefined` when there is nothing. */
  get conditionalHeaders(): Fields | undefined {
    const validators: Record<string, string> = {}
    if (this.etag !== undefined && !this.#isTagOurs) validators['if-none-match'] = this.etag
    if (this.lastModified !== undefined) validators['if-modified-since'] = this.lastModified
    return Object.keys(validators).length === 0 ? undefined : validators
  }

  /**
   * The handler's fields as its 304 has updated them (RFC 9111 §3.2): all but those about the body. `undefined` when the 304
   * is about another answer than this (§4.3.4).
   */
  updatedHeaders(update: Headers): Headers | undefined {
    const tag = update.get('etag')
    if (tag !== null && this.etag !== undefined && !this.#isTagOurs && !sameEtag(tag, this.etag))
      return undefined
    const headers = new Headers({ ...this.#fields, ...this.#ours })
    if (this.#isTagOurs) headers.delete('etag')
    headers.delete('date') // of its last validation
    for (const cookie of update.has('set-cookie') ? [] : this.#cookies) headers.append('set-cookie', cookie)
    const dropped = hopByHopHeaders(update)
    for (const [name, value] of update) {
      if (dropped.has(name) || ABOUT_THE_BODY.has(name)) continue
      if (name === 'set-cookie') headers.append(name, value)
      else headers.set(name, value)
    }
    const appendedHeaders = this.appendedHeaders.filter((name) => !update.has(name))
    headers.delete(APPENDED_TO)
    if (appendedHeaders.length > 0) headers.set(APPENDED_TO, appendedHeaders.join())
    return headers
  }

  /** The same body with fields that {@link updatedHeaders} has given. @param now epoch ms. */
  withHeaders(headers: Headers, selecting: SelectingHeaders | undefined, now: number): StoredResponse {
    const fields = storedHeaders(headers, now)
    if (this.length !== undefined) fields['content-length'] = String(this.length)
    const isTagOurs = this.#isTagOurs && fields.etag === undefined
    if (isTagOurs && this.etag !== undefined) fields.etag = this.etag
    return new StoredResponse({
      status: this.status,
      fields,
      ours: internalHeaders(headers),
      cookies: headers.getSetCookie(),
      body: this.#body,
      selecting,
      isTagOurs,
    })
  }

  /** What it was made of. @throws {TypeError} while its body grows: until then it is not kept. */
  parts(): StoredParts<WholeBody> {
    const body = this.#body
    if (isGrowing(body)) throw new TypeError('A body that still grows is not kept')
    return {
      status: this.status,
      fields: this.#fields,
      ours: this.#ours,
      cookies: this.#cookies,
      body,
      selecting: this.selecting,
      isTagOurs: this.#isTagOurs,
    }
  }

  toResponse({ head, notModified, part, ageMs, cacheStatus }: ResponseOptions): Response {
    const ageSeconds = ageMs === undefined ? -1 : Math.max(0, Math.floor(ageMs / 1000))
    const { fields, init } = this.#answerOf(ageSeconds, cacheStatus)
    if (notModified) return this.#respond(null, { status: 304, headers: only(ON_304, fields) })
    if (part !== undefined) return this.#part(part, fields)
    if (head) return this.#respond(null, init)
    return this.#respond(isGrowing(this.#body) ? this.#body.stream() : this.#body, init)
  }

  #part(part: ByteRange | 'unsatisfiable', fields: Fields): Response {
    const { length = 0 } = this
    if (part === 'unsatisfiable') {
      const headers = { ...only(ON_416, fields), ...headersOf416(length) }
      return this.#respond(null, { status: 416, headers })
    }
    const body = isGrowing(this.#body) || this.#body === null ? null : sliceBody(this.#body, part)
    return this.#respond(body, { status: 206, headers: { ...fields, ...headersOf206(part, length) } })
  }

  #respond(body: WholeBody | ReadableStream<Uint8Array>, init: AnswerInit): Response {
    if (this.#cookies.length === 0) return new Response(body, init)
    const headers = new Headers(init.headers)
    for (const cookie of this.#cookies) headers.append('set-cookie', cookie)
    return new Response(body, { status: init.status, headers })
  }

  #answerOf(ageSeconds: number, cacheStatus: string): Answer {
    const last = this.#last
    if (last?.ageSeconds === ageSeconds && last.cacheStatus === cacheStatus) return last
    const before = this.#fields['cache-status']
    const fields: Record<string, string> = {
      ...this.#fields,
      // The handler's own caches stand before us (RFC 9211 §2).
      'cache-status': before === undefined ? cacheStatus : `${before}, ${cacheStatus}`,
    }
    if (ageSeconds >= 0) fields.age = String(ageSeconds)
    const headers = TAKES_HEADERS_WHOLE ? new Headers(fields) : fields
    this.#last = { ageSeconds, cacheStatus, fields, init: { status: this.status, headers } }
    return this.#last
  }
}

interface AnswerInit {
  status: number
  headers: Headers | Record<string, string>
}

/** An answer's fields, and the same as `new Response` takes them quickest. */
interface Answer {
  ageSeconds: number
  cacheStatus: string
  fields: Fields
  init: AnswerInit
}

/**
 * A Response that is part of the runtime copies a Headers in one go, in a third of the time that it takes for a record. One
 * that is written in JavaScript goes through them one by one, and for @hono/node-server a record is what it can write as
 * it is.
 */
const TAKES_HEADERS_WHOLE = Function.prototype.toString.call(Response).includes('[native code]')

function isGrowing(body: StoredBody): body is SharedBody {
  return body !== null && typeof body === 'object' && 'complete' in body
}

/** Text may take two bytes a character. */
function sizeOfBody(body: StoredBody): number {
  if (typeof body === 'string') return body.length * 2
  return body instanceof Uint8Array ? body.byteLength : 0
}

function only(names: readonly string[], fields: Fields): Record<string, string> {
  const chosen: Record<string, string> = {}
  for (const name of names) if (fields[name] !== undefined) chosen[name] = fields[name]
  return chosen
}
