/** A stream that reports its end: its last byte, its failure, or that nobody wants it any more. */

/** `cancelled`: the reader has left, because the client has gone or other middleware has replaced the response. */
export type StreamEnd = 'complete' | 'failed' | 'cancelled'

interface Chunk {
  done: boolean
  value?: unknown
}

/**
 * Passes the chunks on, each when it is asked for.
 *
 * @param onEnd called once. `bytes` are those that were passed on.
 */
export function observedStream(
  source: ReadableStream,
  onEnd: (how: StreamEnd, bytes: number) => void,
): ReadableStream {
  const reader: { read(): Promise<Chunk>; cancel(reason: unknown): Promise<void> } = source.getReader()
  let bytes = 0

  function passOn({ done, value }: Chunk, controller: ReadableStreamDefaultController): void {
    if (done) {
      onEnd('complete', bytes)
      controller.close()
    } else {
      bytes += sizeOf(value)
      controller.enqueue(value)
    }
  }

  function fail(error: unknown, controller: ReadableStreamDefaultController): void {
    onEnd('failed', bytes)
    controller.error(error)
  }

  return new ReadableStream(
    {
      pull: (controller) =>
        reader.read().then(
          (chunk) => passOn(chunk, controller),
          (error) => fail(error, controller),
        ),
      cancel(reason) {
        onEnd('cancelled', bytes)
        return reader.cancel(reason)
      },
    },
    { highWaterMark: 0 },
  )
}

/** Servers accept strings in streams too. */
function sizeOf(chunk: unknown): number {
  if (typeof chunk === 'string') return new TextEncoder().encode(chunk).byteLength
  return ArrayBuffer.isView(chunk) || chunk instanceof ArrayBuffer ? chunk.byteLength : 0
}
