/** Cuts a range out of a body while it streams. */
import type { ByteRange } from '../fields/range.ts'
import { byteSource } from './byte-source.ts'

/**
 * The bytes of a range. The body is read on demand from its beginning, and cancelled after the last byte of the range. The
 * stream fails if the body ends before that byte, because the response then has declared too large a length.
 */
export function cutBody(body: ReadableStream, { first, last }: ByteRange): ReadableStream<Uint8Array> {
  const source = byteSource(body)
  let position = 0
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        for (;;) {
          const { done, value } = await source.read()
          if (done) throw new Error('cached: the response body is shorter than its Content-Length')
          if (value === undefined) continue
          const start = position
          position += value.byteLength
          if (position <= first) continue
          controller.enqueue(value.subarray(Math.max(first - start, 0), last + 1 - start))
          if (position <= last) return
          controller.close()
          return source.cancel().catch(() => {}) // a failed source holds no resources
        }
      },
      cancel: (reason) => source.cancel(reason),
    },
    { highWaterMark: 0 },
  )
}
