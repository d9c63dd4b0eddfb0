/** How a stored response becomes bytes in a remote tier, and comes back from where others can write. */
import * as z from 'zod'
import type { Codec } from '../../cache/codec.ts'
import { StoredResponse } from './stored-response.ts'

/** In a remote tier: the length of a JSON head (4 bytes, big-endian), the head, which ends with the body's kind, the body. */
export const storedResponses: Codec<StoredResponse | undefined> = {
  encode(stored) {
    if (stored === undefined) return new Uint8Array()
    const { status, headers, cookies, selecting, hasGeneratedEtag, internal, body } = stored.parts()
    const kind = body === null ? 'none' : typeof body === 'string' ? 'text' : 'bytes'
    // JSON would drop a selecting field that the request did not have, and then the answer would fit every request.
    const selected =
      selecting && Object.entries(selecting).map(([name, value]) => [name, value ?? null] as const)
    const head = [status, headers, cookies, selected ?? null, hasGeneratedEtag, internal, kind]
    const headBytes = new TextEncoder().encode(JSON.stringify(head))
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
      const [status, headers, cookies, selected, hasGeneratedEtag, internal, kind] = head
      const selecting =
        selected && Object.fromEntries(selected.map(([name, value]) => [name, value ?? undefined]))
      const rest = bytes.slice(end)
      const body = kind === 'none' ? null : kind === 'text' ? text.decode(rest) : rest
      if (body !== null && BODILESS.includes(status)) return undefined
      // Throws for what is no field: answering with it would.
      new Headers([
        ...Object.entries(headers),
        ...Object.entries(internal),
        ...cookies.map((cookie): [string, string] => ['set-cookie', cookie]),
      ])
      if (body !== null) headers['content-length'] = String(rest.byteLength) // ranges go by it
      return new StoredResponse({
        status,
        headers,
        internal,
        cookies,
        body,
        selecting: selecting ?? undefined,
        hasGeneratedEtag,
      })
    } catch {
      return undefined // cut, or not ours: as good as nothing
    }
  },
}

/** Statuses whose responses cannot have a body: making one throws. */
const BODILESS = [204, 205, 304]

/** What comes out of a tier that others can write to is checked like any input. In the order in which `encode` writes it. */
const HEAD = z.tuple([
  z.int().min(200).max(599),
  z.record(z.string(), z.string()),
  z.array(z.string()),
  z.array(z.tuple([z.string(), z.string().nullable()])).nullable(),
  z.boolean(),
  z.record(z.string(), z.string()),
  z.enum(['none', 'text', 'bytes']),
])
