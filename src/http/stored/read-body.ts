/** Reads a response body: a small one completely, a larger or slower one as a shared stream. */
import { parseLength } from '../fields/range.ts'
import { byteSource, type Source } from './byte-source.ts'
import { joinChunks } from './chunk-window.ts'
import { sizedBody } from './sized-body.ts'
import { SharedBody } from './streaming-body.ts'

export interface BodyLimits {
  /** Largest body in bytes that is read completely before the response is sent. */
  bufferBytes: number
  /** Largest body in bytes that is stored. */
  maxBodyBytes: number
  /** Starts a timer, and returns the function that cancels it. */
  schedule: (run: () => void, ms: number) => () => void
}

export type ReadBody =
  | { bytes: Uint8Array<ArrayBuffer> | null }
  /** `length` is the length of the complete body in bytes, if it is known. */
  | { shared: SharedBody; length: number | undefined }
  /** The declared length exceeds `maxBodyBytes`; the body has not been read. */
  | 'too-large'

/**
 * Time in ms from the first bytes of a body to its end, within which the body is buffered. A body that is made in this process
 * needs less, even in several chunks. A slower one must not be held back from its clients.
 */
const MAX_BUFFERING_MS = 20

/**
 * A file on Bun is read at once if it is small enough to be stored: Bun sends no `Content-Length` with a stream.
 *
 * @throws the error of the body, if it fails while the body is buffered.
 */
export async function readBody(response: Response, limits: BodyLimits): Promise<ReadBody> {
  const { bufferBytes, maxBodyBytes, schedule } = limits
  const { headers } = response
  const sized = headers.has('content-length') ? undefined : await sizedBody(response)
  const fileSize = sized?.isFile ? sized.size : undefined
  const declared = parseLength(headers.get('content-length'))
  if ((fileSize ?? declared ?? 0) > maxBodyBytes) return 'too-large'
  if (fileSize !== undefined) return { bytes: new Uint8Array(await response.arrayBuffer()) }
  const { body } = response
  if (body === null) return { bytes: null }

  const source = byteSource(body)
  const maxBuffered = Math.min(bufferBytes, maxBodyBytes)
  // Hono marks bodies that are streamed on purpose with this header. A failure that a proxy passes on is small, and may be shared.
  const isStreamed = response.ok && headers.has('transfer-encoding')
  if (isStreamed || (declared !== undefined && declared > maxBuffered)) {
    return { shared: new SharedBody([], source, maxBodyBytes), length: isStreamed ? undefined : declared }
  }
  const { chunks, length, isComplete, rest } = await readAhead(source, maxBuffered, schedule)
  if (isComplete && length <= maxBuffered) return { bytes: joinChunks(chunks, length) }
  const known = isComplete ? length : (declared ?? sized?.size)
  return { shared: new SharedBody(chunks, rest, maxBodyBytes), length: known }
}

/**
 * The bytes of a body whose text is known. Returns `undefined` if {@link readBody} would not return them as they are: it streams
 * a body that is large or has these headers, and on Node a missing type is set when the body is taken.
 */
export function bytesOfText(
  { headers }: Response,
  text: string,
  { bufferBytes, maxBodyBytes }: BodyLimits,
): Uint8Array<ArrayBuffer> | undefined {
  const isFramed = headers.has('content-length') || headers.has('transfer-encoding')
  if (isFramed || !headers.has('content-type')) return undefined
  const bytes = new TextEncoder().encode(text)
  return bytes.byteLength <= Math.min(bufferBytes, maxBodyBytes) ? bytes : undefined
}

interface ReadAhead {
  chunks: Uint8Array[]
  /** Bytes of all chunks. */
  length: number
  isComplete: boolean
  rest: Source
}

/**
 * Reads until the body ends, exceeds `maxBytes` or becomes slow. After a first chunk that exceeds `maxBytes`, one more read
 * detects the end of a body of one chunk, whose length is then known.
 */
async function readAhead(
  source: Source,
  maxBytes: number,
  schedule: BodyLimits['schedule'],
): Promise<ReadAhead> {
  const chunks: Uint8Array[] = []
  const late = Promise.withResolvers<undefined>()
  let length = 0
  let stopTimer = () => {}
  try {
    while (length <= maxBytes || chunks.length === 1) {
      const read = source.read()
      const result = await Promise.race([read, length <= maxBytes ? late.promise : someMicrotasks()])
      if (result === undefined) return { chunks, length, isComplete: false, rest: resumed(read, source) }
      if (result.done) return { chunks, length, isComplete: true, rest: source }
      const { value } = result
      if (value === undefined || value.byteLength === 0) continue
      if (length === 0) stopTimer = schedule(() => late.resolve(undefined), MAX_BUFFERING_MS)
      chunks.push(value)
      length += value.byteLength
    }
  } finally {
    stopTimer()
  }
  return { chunks, length, isComplete: false, rest: source }
}

/** Enough for a body of one chunk to end, on every runtime: strings and bytes take 3. */
async function someMicrotasks(): Promise<undefined> {
  for (let i = 0; i < 8; i++) await undefined
}

/** The source with a read that has already begun. */
function resumed(begun: ReturnType<Source['read']>, source: Source): Source {
  let next: typeof begun | undefined = begun
  return {
    ...source,
    read() {
      const read = next ?? source.read()
      next = undefined
      return read
    },
  }
}
