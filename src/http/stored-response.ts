/** A response as it is kept: text or bytes and plain fields, never a Response, from which every answer is made anew. */
import { OUR_FIELD } from './cache-policy.ts'
import { etagOf, sameTag } from './conditional.ts'
import type { GrowingBody } from './growing-body.ts'
import { type ByteRange, cut, partFields, unsatisfiableFields, type Whole } from './range.ts'
import type { Selecting } from './vary.ts'

export interface AnswerOptions {
  head: boolean
  /** The client has it already. */
  notModified: boolean
  /** The part that answers; default the whole. */
  part?: ByteRange | 'unsatisfiable' | undefined
  /** In ms; `undefined` when it has just been made: then there is no `Age`. */
  ageMs: number | undefined
  cacheStatus: string
}

/** Beside {@link connectionFields}: fields of one connection (RFC 9110 §7.6.1), and those that are made anew for every answer. */
const NOT_KEPT = new Set([
  'keep-alive',
  'proxy-authenticate',
  'proxy-authentication-info',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'age',
  'content-length',
  'set-cookie',
])

/** Said to us alone: kept, since a later 304 need not repeat it, but never sent. */
const OURS = [OUR_FIELD, 'cache-tag']

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

/** Text or bytes; or both to come, for those who need not wait for all of it. */
type StoredBody = WholeBody | GrowingBody
type WholeBody = string | Uint8Array<ArrayBuffer> | null

export class StoredResponse implements Whole {
  readonly status: number
  readonly etag: string | undefined
  readonly lastModified: string | undefined
  readonly date: string | undefined
  readonly selecting: Selecting | undefined
  readonly language: string | undefined
  /** Bytes of the body; `undefined` while it grows, or where there is none. */
  readonly length: number | undefined
  /** What it takes in memory. */
  readonly bytes: number
  readonly #body: StoredBody
  /** The handler knows nothing of the tag: we have made it. */
  readonly #isTagOurs: boolean
  readonly #fields: Readonly<Record<string, string>>
  readonly #ours: Readonly<Record<string, string>>
  readonly #cookies: readonly string[]
  /** The last answer: within one second of `Age` it is the same for every hit. */
  #last: Answer | undefined

  constructor(
    status: number,
    fields: Record<string, string>,
    cookies: string[],
    body: StoredBody,
    selecting: Selecting | undefined,
    isTagOurs: boolean,
    ours: Record<string, string> = {},
  ) {
    this.status = status
    this.etag = fields.etag
    this.lastModified = fields['last-modified']
    this.date = fields.date
    this.selecting = selecting
    this.language = fields['content-language']
    this.length = isGrowing(body) || body === null ? undefined : Number(fields['content-length'])
    this.#fields = fields
    this.#ours = ours
    this.#cookies = cookies
    this.#body = body
    this.#isTagOurs = isTagOurs
    this.bytes = JSON.stringify([fields, ours, cookies, selecting]).length * 2 + sizeOfBody(body)
  }

  /** What the handler can be asked with, whether its answer is still this one; `undefined` when there is nothing. */
  get validators(): Readonly<Record<string, string>> | undefined {
    const validators: Record<string, string> = {}
    if (this.etag !== undefined && !this.#isTagOurs) validators['if-none-match'] = this.etag
    if (this.lastModified !== undefined) validators['if-modified-since'] = this.lastModified
    return Object.keys(validators).length === 0 ? undefined : validators
  }

  /**
   * The handler's fields as its 304 has updated them (RFC 9111 §3.2): all but those about the body. `undefined` when the 304
   * is about another answer than this (§4.3.4).
   */
  updatedBy(update: Headers): Headers | undefined {
    const tag = update.get('etag')
    if (tag !== null && this.etag !== undefined && !this.#isTagOurs && !sameTag(tag, this.etag))
      return undefined
    const headers = new Headers({ ...this.#fields, ...this.#ours })
    if (this.#isTagOurs) headers.delete('etag')
    headers.delete('date') // of its last validation
    for (const cookie of update.has('set-cookie') ? [] : this.#cookies) headers.append('set-cookie', cookie)
    const dropped = connectionFields(update)
    for (const [name, value] of update) {
      if (dropped.has(name) || ABOUT_THE_BODY.has(name)) continue
      if (name === 'set-cookie') headers.append(name, value)
      else headers.set(name, value)
    }
    return headers
  }

  /** The same body with fields that {@link updatedBy} has given. */
  withFields(headers: Headers, selecting: Selecting | undefined, now: number): StoredResponse {
    const fields = keptFields(headers, now)
    if (this.length !== undefined) fields['content-length'] = String(this.length)
    const isTagOurs = this.#isTagOurs && fields.etag === undefined
    if (isTagOurs && this.etag !== undefined) fields.etag = this.etag
    const cookies = headers.getSetCookie()
    return new StoredResponse(this.status, fields, cookies, this.#body, selecting, isTagOurs, oursOf(headers))
  }

  /** All that makes it, for {@link storedResponses}. */
  parts(): Parts {
    if (isGrowing(this.#body)) throw new TypeError('A body that still grows is not kept')
    // JSON would drop a selecting field that the request did not have, and then the answer would fit every request.
    const selecting =
      this.selecting && Object.entries(this.selecting).map(([name, value]) => [name, value ?? null] as const)
    const head: Head = [
      this.status,
      this.#fields,
      this.#cookies,
      selecting ?? null,
      this.#isTagOurs,
      this.#ours,
    ]
    return { head, body: this.#body }
  }

  answer({ head, notModified, part, ageMs, cacheStatus }: AnswerOptions): Response {
    const ageSeconds = ageMs === undefined ? -1 : Math.max(0, Math.floor(ageMs / 1000))
    const { fields, init } = this.#answerOf(ageSeconds, cacheStatus)
    if (notModified) return this.#respond(null, { status: 304, headers: only(ON_304, fields) })
    if (part !== undefined) return this.#part(part, fields)
    if (head) return this.#respond(null, init)
    return this.#respond(isGrowing(this.#body) ? this.#body.stream() : this.#body, init)
  }

  #part(part: ByteRange | 'unsatisfiable', fields: Record<string, string>): Response {
    const { length = 0 } = this
    if (part === 'unsatisfiable') {
      const headers = { ...only(ON_416, fields), ...unsatisfiableFields(length) }
      return this.#respond(null, { status: 416, headers })
    }
    const body = isGrowing(this.#body) || this.#body === null ? null : cut(this.#body, part)
    return this.#respond(body, { status: 206, headers: { ...fields, ...partFields(part, length) } })
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
    for (const name of OURS) delete fields[name]
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
  fields: Record<string, string>
  init: AnswerInit
}

/**
 * A Response that is part of the runtime copies a Headers in one go, in a third of the time that it takes for a record. One
 * that is written in JavaScript goes through them one by one, and for @hono/node-server a record is what it can write as
 * it is.
 */
const TAKES_HEADERS_WHOLE = Function.prototype.toString.call(Response).includes('[native code]')

function isGrowing(body: StoredBody): body is GrowingBody {
  return body !== null && typeof body === 'object' && 'whole' in body
}

/** Text may take two bytes a character. */
function sizeOfBody(body: StoredBody): number {
  if (typeof body === 'string') return body.length * 2
  return body instanceof Uint8Array ? body.byteLength : 0
}

type Selected = (readonly [string, string | null])[]

type Fields = Readonly<Record<string, string>>

/** Status, fields, cookies, what selected it, whether its tag is ours, and the fields that are. */
type Head = [number, Fields, readonly string[], Selected | null, boolean, Fields]

interface Parts {
  head: Head
  body: WholeBody
}

/**
 * What is kept of a response whose body has been read. Adds `ETag`, `Date` and `Content-Length` where they are missing.
 *
 * @param now epoch ms.
 */
export async function storeResponse(
  status: number,
  headers: Headers,
  bytes: Uint8Array<ArrayBuffer> | null,
  selecting: Selecting | undefined,
  now: number,
): Promise<StoredResponse> {
  const fields = keptFields(headers, now)
  const isTagOurs = bytes !== null && status === 200 && fields.etag === undefined
  if (isTagOurs) fields.etag = await etagOf(bytes)
  // HEAD through Hono would lose the length on Bun and Node.
  if (bytes !== null) fields['content-length'] = String(bytes.byteLength)
  const body = bytes && bodyOf(bytes, headers)
  const cookies = headers.getSetCookie()
  return new StoredResponse(status, fields, cookies, body, selecting, isTagOurs, oursOf(headers))
}

/** What answers until all of a response has come: its own length if it says one, and no tag of ours. */
export function growingResponse(
  status: number,
  headers: Headers,
  body: GrowingBody,
  selecting: Selecting | undefined,
  now: number,
): StoredResponse {
  const fields = keptFields(headers, now)
  const length = headers.get('content-length')
  if (length !== null && /^\d+$/.test(length)) fields['content-length'] = length
  return new StoredResponse(status, fields, headers.getSetCookie(), body, selecting, false)
}

function keptFields(headers: Headers, now: number): Record<string, string> {
  const dropped = connectionFields(headers)
  const fields: Record<string, string> = {}
  for (const [name, value] of headers) {
    if (!NOT_KEPT.has(name) && !OURS.includes(name) && !dropped.has(name)) fields[name] = value
  }
  fields.date ??= new Date(now).toUTCString()
  return fields
}

function oursOf(headers: Headers): Record<string, string> {
  return Object.fromEntries([...headers].filter(([name]) => OURS.includes(name)))
}

/** The handler's headers, without what is for us alone. */
export function withoutOurs(headers: Headers): Headers {
  const theirs = new Headers(headers)
  for (const name of OURS) theirs.delete(name)
  return theirs
}

/** `Connection` and what it lists: none of it may meet fields of another answer. */
function connectionFields(headers: Headers): Set<string> {
  const members = headers.get('connection')?.split(',') ?? []
  return new Set(['connection', ...members.map((name) => name.trim().toLowerCase())])
}

/** Larger text is kept as bytes: another copy would cost more than a string saves. */
const MAX_TEXT_BYTES = 64 * 1024
const TEXT = /^(?:text\/|application\/(?:[\w.-]+\+)?(?:json|xml|javascript)\b)/i
const OTHER_CHARSET = /charset\s*=\s*"?(?!utf-?8\b)/i

/** A string answers fastest on every runtime; it must give back the same bytes. */
function bodyOf(bytes: Uint8Array<ArrayBuffer>, headers: Headers): string | Uint8Array<ArrayBuffer> {
  const type = headers.get('content-type') ?? ''
  if (bytes.byteLength > MAX_TEXT_BYTES) return bytes
  if (headers.has('content-encoding') || !TEXT.test(type) || OTHER_CHARSET.test(type)) return bytes
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return bytes // not UTF-8 whatever it says: kept as it is
  }
}

function only(names: readonly string[], fields: Record<string, string>): Record<string, string> {
  const chosen: Record<string, string> = {}
  for (const name of names) if (fields[name] !== undefined) chosen[name] = fields[name]
  return chosen
}
