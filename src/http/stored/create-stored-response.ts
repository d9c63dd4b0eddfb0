/**
 * Creates a stored response from a handler's response: its headers, an entity tag, and the body in the type that is sent
 * fastest.
 */
import { nodeByteLength } from '../../node-builtins.ts'
import { etagOf, etagOfText } from '../fields/conditional.ts'
import { internalHeaders } from '../fields/internal-headers.ts'
import type { SelectingHeaders } from '../fields/vary.ts'
import { SharedHeads } from './heads/shared-heads.ts'
import { type PlainHeaders, storedHeaders } from './heads/stored-headers.ts'
import { StoredResponse } from './stored-response.ts'
import type { SharedBody } from './streaming-body.ts'
import { utf8 } from './utf-8.ts'

/** A response without its body. */
export interface ResponseHead {
  status: number
  headers: Headers
  /** The request headers that select this response; `undefined` without `Vary`. */
  selecting: SelectingHeaders | undefined
}

/**
 * Creates a stored response with a complete body. Adds `ETag`, `Date`, `Content-Length` and
 * `Accept-Ranges` if they are missing.
 *
 * @param bytes the body; `null` if the response has none.
 * @param now epoch ms.
 * @param heads the heads that the responses of the route share. Default: shared with no other response.
 */
export async function createStoredResponse(
  { status, headers, selecting }: ResponseHead,
  bytes: Uint8Array<ArrayBuffer> | null,
  now: number,
  heads = new SharedHeads(),
): Promise<StoredResponse> {
  const stored = storedHeaders(headers, heads.dateAt(now))
  const hasGeneratedEtag = bytes !== null && status === 200 && stored.etag === undefined
  if (hasGeneratedEtag) stored.etag = await etagOf(bytes)
  if (bytes !== null && status === 200) stored['accept-ranges'] ??= 'bytes'
  // Without this header, Hono on Bun and Node would omit the length from the response to HEAD.
  if (bytes !== null) stored['content-length'] = String(bytes.byteLength)
  const parts = {
    status,
    headers: stored,
    internal: internalHeaders(headers),
    cookies: headers.getSetCookie(),
    body: bytes && storedBody(bytes, headers),
    selecting,
    hasGeneratedEtag,
  }
  return new StoredResponse(parts, heads)
}

/** A response whose body is a text. */
export interface PlainResponse {
  status: number
  headers: PlainHeaders
  /** `Cache-Control`, if it is not the one in `headers`. */
  cacheControl: string | null
  text: string
}

/**
 * Creates the same stored response as {@link createStoredResponse}, synchronously. Returns `undefined` if the body is larger than
 * `maxBytes`, would not be stored as a text, or cannot be hashed synchronously.
 *
 * @param now epoch ms.
 */
export function createTextResponse(
  { status, headers: { sent, internal }, cacheControl, text }: PlainResponse,
  maxBytes: number,
  now: number,
  heads: SharedHeads,
): StoredResponse | undefined {
  const bytes = nodeByteLength?.(text)
  if (bytes === undefined || bytes > Math.min(maxBytes, MAX_TEXT_BYTES) || !isText(sent['content-type'])) {
    return undefined
  }
  const date = heads.dateAt(now)
  const stored: Record<string, string> = { ...sent }
  if (cacheControl !== null) stored['cache-control'] = cacheControl
  if (stored.date === undefined || stored.date === date) stored.date = date // as in storedHeaders
  const hasGeneratedEtag = status === 200 && stored.etag === undefined
  if (hasGeneratedEtag) {
    const etag = etagOfText(text, bytes)
    if (etag === undefined) return undefined
    stored.etag = etag
  }
  if (status === 200) stored['accept-ranges'] ??= 'bytes'
  stored['content-length'] = String(bytes)
  const parts = {
    status,
    headers: stored,
    internal,
    cookies: NO_COOKIES,
    body: text,
    selecting: undefined,
    hasGeneratedEtag,
  }
  return new StoredResponse(parts, heads)
}

const NO_COOKIES: readonly string[] = []

/**
 * Creates the response that is served while the body is still streaming. It has no generated `ETag`, which needs the complete
 * body.
 *
 * @param length bytes of the complete body, if known.
 * @param now epoch ms.
 */
export function createStreamedResponse(
  { status, headers, selecting }: ResponseHead,
  body: SharedBody,
  length: number | undefined,
  now: number,
  heads = new SharedHeads(),
): StoredResponse {
  const stored = storedHeaders(headers, heads.dateAt(now))
  if (length !== undefined) {
    stored['content-length'] = String(length)
    if (status === 200) stored['accept-ranges'] ??= 'bytes'
  }
  const parts = {
    status,
    headers: stored,
    internal: internalHeaders(headers),
    cookies: headers.getSetCookie(),
    body,
    selecting,
    hasGeneratedEtag: false,
  }
  return new StoredResponse(parts, heads)
}

/** Largest text that is stored as a string. Decoding a longer one costs more time than sending a string saves. */
const MAX_TEXT_BYTES = 64 * 1024
const TEXT = /^(?:text\/|application\/(?:[\w.-]+\+)?(?:json|xml|javascript)\b)/i
const OTHER_CHARSET = /charset\s*=\s*(?!"?utf-?8\b)/i

/** Decodes UTF-8 text to a string, which every runtime sends fastest. Any other body stays bytes. */
function storedBody(bytes: Uint8Array<ArrayBuffer>, headers: Headers): string | Uint8Array<ArrayBuffer> {
  const type = headers.get('content-type') ?? ''
  if (bytes.byteLength > MAX_TEXT_BYTES) return bytes
  if (headers.has('content-encoding') || !isText(type)) return bytes
  try {
    return utf8.decode(bytes)
  } catch {
    return bytes // the bytes are not UTF-8, although Content-Type says or implies it
  }
}

/** True for the type of a text in UTF-8. */
function isText(type: string | undefined): boolean {
  return type !== undefined && TEXT.test(type) && !OTHER_CHARSET.test(type)
}
