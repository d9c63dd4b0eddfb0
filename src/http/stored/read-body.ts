/** Reading a response's body: whole while it is small, and as it grows when it is not. */
import { joined, type SharedBody, type Source, shareBody } from './streaming-body.ts'

export interface BodyLimits {
  /** Up to so many bytes it is read whole. */
  bufferBytes: number
  /** Up to so many it is kept. */
  maxBodyBytes: number
}

export type ReadBody =
  | { bytes: Uint8Array<ArrayBuffer> | null }
  | { shared: SharedBody }
  /** It says itself that it is too large to be kept; untouched. */
  | 'too-large'

/** @throws what the stream throws while the body is small. */
export async function readBody(
  response: Response,
  { bufferBytes, maxBodyBytes }: BodyLimits,
): Promise<ReadBody> {
  const declared = Number(response.headers.get('content-length') ?? 0)
  if (declared > maxBodyBytes) return 'too-large'
  const { body } = response
  if (body === null) return { bytes: null }

  const source = bytesOf(body.getReader())
  const chunks: Uint8Array[] = []
  const atOnce = Math.min(bufferBytes, maxBodyBytes)
  for (let bytes = 0; !(declared > atOnce) && bytes <= atOnce; ) {
    const { done, value } = await source.read()
    if (done) return { bytes: joined(chunks, bytes) }
    if (value === undefined) continue
    chunks.push(value)
    bytes += value.byteLength
  }
  return { shared: shareBody(chunks, source, maxBodyBytes) }
}

/** Servers take text in a stream as well, and so handlers give it. */
function bytesOf(
  reader: { read(): Promise<{ done: boolean; value?: unknown }> } & Pick<Source, 'cancel'>,
): Source {
  return {
    async read() {
      const { done, value } = await reader.read()
      if (value === undefined || value instanceof Uint8Array) return { done, value }
      if (typeof value === 'string') return { done, value: new TextEncoder().encode(value) }
      throw new TypeError(`cached: the body's stream gave ${typeof value}, which is neither bytes nor text`)
    },
    cancel: (reason) => reader.cancel(reason),
  }
}
