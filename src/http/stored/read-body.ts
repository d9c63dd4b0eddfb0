/** Reads a response body: a small one completely, a larger one as a shared stream. */
import { byteSource } from './byte-source.ts'
import { joinChunks } from './chunk-window.ts'
import { SharedBody } from './streaming-body.ts'

export interface BodyLimits {
  /** Largest body in bytes that is read completely before the response is sent. */
  bufferBytes: number
  /** Largest body in bytes that is stored. */
  maxBodyBytes: number
}

export type ReadBody =
  | { bytes: Uint8Array<ArrayBuffer> | null }
  | { shared: SharedBody }
  /** `Content-Length` exceeds `maxBodyBytes`; the body has not been read. */
  | 'too-large'

/** @throws the error of the stream, if it fails within the first `bufferBytes`. */
export async function readBody(
  response: Response,
  { bufferBytes, maxBodyBytes }: BodyLimits,
): Promise<ReadBody> {
  const declared = Number(response.headers.get('content-length') ?? 0)
  if (declared > maxBodyBytes) return 'too-large'
  const { body } = response
  if (body === null) return { bytes: null }

  const source = byteSource(body)
  const chunks: Uint8Array[] = []
  const maxBuffered = Math.min(bufferBytes, maxBodyBytes)
  for (let length = 0; !(declared > maxBuffered) && length <= maxBuffered; ) {
    const { done, value } = await source.read()
    if (done) return { bytes: joinChunks(chunks, length) }
    if (value === undefined) continue
    chunks.push(value)
    length += value.byteLength
  }
  return { shared: new SharedBody(chunks, source, maxBodyBytes) }
}
