/** A response as it is kept: text or bytes and plain fields, never a Response, from which every answer is made anew. */

import * as z from 'zod'
import type { Codec } from '../cache/codec.ts'
import { OUR_FIELD } from './cache-policy.ts'
import { etagOf, type Validators } from './conditional.ts'

import type { Selecting } from './vary.ts'

export interface AnswerOptions {
  head: boolean
  /** The client has it already. */
  notModified: boolean
  /** In ms; `undefined` when it has just been made: then there is no `Age`. */
  ageMs: number | undefined
  cacheStatus: string
}

/** Fields of one connection (RFC 9110 §7.6.1), of our own, and those that are made anew for every answer. */
const NOT_KEPT = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authentication-info',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  OUR_FIELD,
  'cache-tag',
  'age',
  'content-length',
  'set-cookie',
])

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

export class StoredResponse implements Validators {
  readonly status: number
  readonly etag: string | undefined
  readonly lastModified: string | undefined
  readonly selecting: Selecting | undefined
  /** What it takes in memory. */
  readonly bytes: number
  readonly #body: string | Uint8Array<ArrayBuffer> | null
  readonly #fields: Readonly<Record<string, string>>
  readonly #cookies: readonly string[]
  /** The fields of the last answer: within one second of `Age` they are the same for every hit. */
  #last: { ageSeconds: number; cacheStatus: string; fields: Record<string, string> } | undefined

  constructor(
    status: number,
    fields: Record<string, string>,
    cookies: string[],
    body: string | Uint8Array<ArrayBuffer> | null,
    selecting: Selecting | undefined,
  ) {
    this.status = status
    this.etag = fields.etag
    this.lastModified = fields['last-modified']
    this.selecting = selecting
    this.#fields = fields
    this.#cookies = cookies
    this.#body = body
    this.bytes =
      JSON.stringify([fields, cookies, selecting]).length * 2 + (body === null ? 0 : body.length * 2)
  }

  /** All that makes it, for {@link storedResponses}. */
  parts(): Parts {
    // JSON would drop a selecting field that the request did not have, and then the answer would fit every request.
    const selecting =
      this.selecting && Object.entries(this.selecting).map(([name, value]) => [name, value ?? null] as const)
    return { head: [this.status, this.#fields, this.#cookies, selecting ?? null], body: this.#body }
  }

  answer({ head, notModified, ageMs, cacheStatus }: AnswerOptions): Response {
    const ageSeconds = ageMs === undefined ? -1 : Math.max(0, Math.floor(ageMs / 1000))
    const fields = this.#fieldsOf(ageSeconds, cacheStatus)
    if (notModified) return this.#respond(null, 304, only(ON_304, fields))
    return this.#respond(head ? null : this.#body, this.status, fields)
  }

  #respond(
    body: string | Uint8Array<ArrayBuffer> | null,
    status: number,
    fields: Record<string, string>,
  ): Response {
    if (this.#cookies.length === 0) return new Response(body, { status, headers: fields })
    const headers = new Headers(fields)
    for (const cookie of this.#cookies) headers.append('set-cookie', cookie)
    return new Response(body, { status, headers })
  }

  #fieldsOf(ageSeconds: number, cacheStatus: string): Record<string, string> {
    const last = this.#last
    if (last?.ageSeconds === ageSeconds && last.cacheStatus === cacheStatus) return last.fields
    const before = this.#fields['cache-status']
    const fields: Record<string, string> = {
      ...this.#fields,
      // The handler's own caches stand before us (RFC 9211 §2).
      'cache-status': before === undefined ? cacheStatus : `${before}, ${cacheStatus}`,
    }
    if (ageSeconds >= 0) fields.age = String(ageSeconds)
    this.#last = { ageSeconds, cacheStatus, fields }
    return fields
  }
}

type Selected = (readonly [string, string | null])[]

interface Parts {
  head: [number, Readonly<Record<string, string>>, readonly string[], Selected | null]
  body: string | Uint8Array<ArrayBuffer> | null
}

/** In a remote tier: the length of a JSON head (4 bytes, big-endian), the head, which ends with the body's kind, the body. */
export const storedResponses: Codec<StoredResponse | undefined> = {
  encode(stored) {
    if (stored === undefined) return new Uint8Array()
    const { head, body } = stored.parts()
    const kind = body === null ? 'none' : typeof body === 'string' ? 'text' : 'bytes'
    const headBytes = new TextEncoder().encode(JSON.stringify([...head, kind]))
    const bodyBytes = typeof body === 'string' ? new TextEncoder().encode(body) : (body ?? new Uint8Array())
    const bytes = new Uint8Array(4 + headBytes.length + bodyBytes.length)
    new DataView(bytes.buffer).setUint32(0, headBytes.length)
    bytes.set(headBytes, 4)
    bytes.set(bodyBytes, 4 + headBytes.length)
    return bytes
  },
  decode(bytes) {
    try {
      const end = 4 + new DataView(bytes.buffer, bytes.byteOffset).getUint32(0)
      const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
      const head = HEAD.parse(JSON.parse(text.decode(bytes.subarray(4, end))))
      const [status, fields, cookies, selected, kind] = head
      const selecting =
        selected && Object.fromEntries(selected.map(([name, value]) => [name, value ?? undefined]))
      const rest = bytes.slice(end)
      const body = kind === 'none' ? null : kind === 'text' ? text.decode(rest) : rest
      if (body !== null && BODILESS.includes(status)) return undefined
      // Throws for what is no field: answering with it would.
      new Headers([
        ...Object.entries(fields),
        ...cookies.map((cookie): [string, string] => ['set-cookie', cookie]),
      ])
      return new StoredResponse(status, fields, cookies, body, selecting ?? undefined)
    } catch {
      return undefined // cut, or not ours: as good as nothing
    }
  },
}

/** Statuses whose responses cannot have a body: making one throws. */
const BODILESS = [204, 205, 304]

/** What comes out of a tier that others can write to is checked like any input. */
const HEAD = z.tuple([
  z.int().min(200).max(599),
  z.record(z.string(), z.string()),
  z.array(z.string()),
  z.array(z.tuple([z.string(), z.string().nullable()])).nullable(),
  z.enum(['none', 'text', 'bytes']),
])

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
  const dropped = connectionFields(headers)
  const fields: Record<string, string> = {}
  for (const [name, value] of headers) if (!NOT_KEPT.has(name) && !dropped.has(name)) fields[name] = value
  fields.date ??= new Date(now).toUTCString()
  if (bytes !== null) {
    // HEAD through Hono would lose the length on Bun and Node.
    fields['content-length'] = String(bytes.byteLength)
    if (status === 200) fields.etag ??= await etagOf(bytes)
  }
  return new StoredResponse(
    status,
    fields,
    headers.getSetCookie(),
    bytes && bodyOf(bytes, headers),
    selecting,
  )
}

/** The handler's headers, without what is for us alone. */
export function withoutOurs(headers: Headers): Headers {
  const theirs = new Headers(headers)
  theirs.delete(OUR_FIELD)
  theirs.delete('cache-tag')
  return theirs
}

function connectionFields(headers: Headers): Set<string> {
  const members = headers.get('connection')?.split(',') ?? []
  return new Set(members.map((name) => name.trim().toLowerCase()))
}

const TEXT = /^(?:text\/|application\/(?:[\w.-]+\+)?(?:json|xml|javascript)\b)/i
const OTHER_CHARSET = /charset\s*=\s*"?(?!utf-?8\b)/i

/** A string answers fastest on every runtime; it must give back the same bytes. */
function bodyOf(bytes: Uint8Array<ArrayBuffer>, headers: Headers): string | Uint8Array<ArrayBuffer> {
  const type = headers.get('content-type') ?? ''
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
