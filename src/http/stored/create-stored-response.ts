/** From a handler's response to what is kept of it: the fields, a validator, and the body in the form that answers fastest. */
import { etagOf } from '../fields/conditional.ts'
import { internalHeaders } from '../fields/internal-headers.ts'
import type { SelectingHeaders } from '../fields/vary.ts'
import { storedHeaders } from './stored-headers.ts'
import { StoredResponse } from './stored-response.ts'
import type { SharedBody } from './streaming-body.ts'

/** A response without its body. */
export interface ResponseHead {
  status: number
  headers: Headers
  /** What selects it among the answers of its resource; `undefined` where it does not vary. */
  selecting: SelectingHeaders | undefined
}

/**
 * What is kept of a response whose body has been read. Adds `ETag`, `Date` and `Content-Length` where they are missing.
 *
 * @param now epoch ms.
 */
export async function createStoredResponse(
  { status, headers, selecting }: ResponseHead,
  bytes: Uint8Array<ArrayBuffer> | null,
  now: number,
): Promise<StoredResponse> {
  const fields = storedHeaders(headers, now)
  const isTagOurs = bytes !== null && status === 200 && fields.etag === undefined
  if (isTagOurs) fields.etag = await etagOf(bytes)
  // HEAD through Hono would lose the length on Bun and Node.
  if (bytes !== null) fields['content-length'] = String(bytes.byteLength)
  return new StoredResponse({
    status,
    fields,
    ours: internalHeaders(headers),
    cookies: headers.getSetCookie(),
    body: bytes && bodyOf(bytes, headers),
    selecting,
    isTagOurs,
  })
}

/**
 * What answers until all of a response has come: its own length if it says one, and no tag of ours, which takes all of it.
 *
 * @param now epoch ms.
 */
export function createStreamedResponse(
  { status, headers, selecting }: ResponseHead,
  body: SharedBody,
  now: number,
): StoredResponse {
  const fields = storedHeaders(headers, now)
  const length = headers.get('content-length')
  if (length !== null && /^\d+$/.test(length)) fields['content-length'] = length
  return new StoredResponse({
    status,
    fields,
    ours: internalHeaders(headers),
    cookies: headers.getSetCookie(),
    body,
    selecting,
    isTagOurs: false,
  })
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
