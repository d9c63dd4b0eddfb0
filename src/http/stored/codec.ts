/** Encodes stored responses as bytes for a remote tier, and decodes and checks the bytes that the tier returns. */
import type { Codec } from '../../cache/values/codec.ts'
import { aListOfStrings, anObject } from '../../options.ts'
import { SharedHeads } from './heads/shared-heads.ts'
import type { StoredHeaders } from './heads/stored-headers.ts'
import { StoredResponse } from './stored-response.ts'
import { utf8 } from './utf-8.ts'

/**
 * Layout: length of the JSON head (4 bytes, big-endian), the head, the body. `undefined` is encoded as an empty array.
 *
 * @param heads the heads that the decoded responses share.
 */
export function storedResponses(heads = new SharedHeads()): Codec<StoredResponse | undefined> {
  return {
    encode,
    decode(bytes) {
      try {
        return decoded(bytes, heads)
      } catch {
        return undefined // truncated or foreign bytes count as a missing entry
      }
    },
    bytes: (stored) => stored?.bytes,
  }
}

function encode(stored: StoredResponse | undefined): Uint8Array<ArrayBuffer> {
  if (stored === undefined) return new Uint8Array()
  const { status, headers, cookies, selecting, hasGeneratedEtag, internal, body } = stored.parts()
  const kind = body === null ? 'none' : typeof body === 'string' ? 'text' : 'bytes'
  // Pairs instead of an object: JSON leaves a property out if its value is `undefined`, as for an absent header. Without that
  // name, every request would match the decoded response.
  const selected = selecting && Object.entries(selecting)
  const head = [status, headers, cookies, selected, hasGeneratedEtag, internal, kind]
  const headBytes = new TextEncoder().encode(JSON.stringify(head))
  const bodyBytes = typeof body === 'string' ? new TextEncoder().encode(body) : (body ?? new Uint8Array())
  const bytes = new Uint8Array(4 + headBytes.length + bodyBytes.length)
  new DataView(bytes.buffer).setUint32(0, headBytes.length)
  bytes.set(headBytes, 4)
  bytes.set(bodyBytes, 4 + headBytes.length)
  return bytes
}

/** @throws for truncated or foreign bytes. */
function decoded(bytes: Uint8Array<ArrayBuffer>, heads: SharedHeads): StoredResponse | undefined {
  const end = 4 + new DataView(bytes.buffer, bytes.byteOffset).getUint32(0)
  const head: unknown = JSON.parse(utf8.decode(bytes.subarray(4, end)))
  if (!isHead(head)) return undefined
  const [status, headers, cookies, selected, hasGeneratedEtag, internal, kind] = head
  const selecting = selected?.map(([name, value]) => [name, value ?? undefined] as const)
  const rest = bytes.slice(end)
  const body = kind === 'none' ? null : kind === 'text' ? utf8.decode(rest) : rest
  if (body !== null && BODILESS.includes(status)) return undefined
  // Throws here for an invalid name or value. Otherwise `new Response` would throw at each hit.
  new Headers([
    ...Object.entries(headers),
    ...Object.entries(internal),
    ...cookies.map((cookie): [string, string] => ['set-cookie', cookie]),
  ])
  const parts = {
    status,
    // Ranges are computed from Content-Length, so it is set to the length of the decoded body.
    headers: body === null ? headers : { ...headers, 'content-length': String(rest.byteLength) },
    internal,
    cookies,
    body,
    selecting: selecting && Object.fromEntries(selecting),
    hasGeneratedEtag,
  }
  return new StoredResponse(parts, heads)
}

/** Statuses without a body. `new Response` throws if it gets a body with one of them. */
const BODILESS = [204, 205, 304]

/** The members of the JSON head, in the order in which `encode` writes them. */
type Head = [
  status: number,
  headers: StoredHeaders,
  cookies: string[],
  selected: [name: string, value: string | null][] | null,
  hasGeneratedEtag: boolean,
  internal: StoredHeaders,
  kind: 'none' | 'text' | 'bytes',
]

/** Checks every member, because other programs can write to a remote tier. */
function isHead(value: unknown): value is Head {
  if (!Array.isArray(value) || value.length !== 7) return false
  const [status, headers, cookies, selected, hasGeneratedEtag, internal, kind]: unknown[] = value
  return (
    Number.isInteger(status) &&
    Number(status) >= 200 &&
    Number(status) <= 599 &&
    isStoredHeaders(headers) &&
    aListOfStrings.isValid(cookies) &&
    (selected === null || (Array.isArray(selected) && selected.every(isSelected))) &&
    typeof hasGeneratedEtag === 'boolean' &&
    isStoredHeaders(internal) &&
    (kind === 'none' || kind === 'text' || kind === 'bytes')
  )
}

/** Refuses a member named `__proto__`, which JSON from another program may contain. */
function isStoredHeaders(value: unknown): value is StoredHeaders {
  if (!anObject.isValid(value)) return false
  return Object.entries(value as object).every(([name, text]) => isString(text) && name !== '__proto__')
}

function isSelected(value: unknown): value is [string, string | null] {
  if (!Array.isArray(value) || value.length !== 2) return false
  const [name, text]: unknown[] = value
  return isString(name) && (text === null || isString(text))
}

function isString(value: unknown): value is string {
  return typeof value === 'string'
}
