/** Reading a response's body up to a bound. */

/** All of it; or, when it is larger than the bound, a stream that gives all of it. */
export type Body = { whole: Uint8Array<ArrayBuffer> | null } | { streaming: ReadableStream<Uint8Array> }

/** @throws what the stream throws. */
export async function readBody(response: Response, maxBytes: number): Promise<Body> {
  const { body } = response
  if (body === null) return { whole: null }
  if (Number(response.headers.get('content-length') ?? 0) > maxBytes) return { streaming: body }

  const reader = body.getReader()
  const chunks: Uint8Array[] = []
  let size = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return { whole: joined(chunks, size) }
    chunks.push(value)
    size += value.byteLength
    if (size > maxBytes) return { streaming: resumed(chunks, reader) }
  }
}

function joined(chunks: Uint8Array[], size: number): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(size)
  let at = 0
  for (const chunk of chunks) {
    whole.set(chunk, at)
    at += chunk.byteLength
  }
  return whole
}

/** What was read already, then the rest as the client takes it. */
function resumed(chunks: Uint8Array[], reader: Reader): ReadableStream<Uint8Array> {
  return new ReadableStream({
    async pull(controller) {
      const next = chunks.shift() ?? (await reader.read()).value
      if (next === undefined) controller.close()
      else controller.enqueue(next)
    },
    cancel: (reason) => reader.cancel(reason),
  })
}

/** What the two sets of runtime types agree on. */
interface Reader {
  read(): Promise<{ done: boolean; value?: Uint8Array | undefined }>
  cancel(reason?: unknown): Promise<void>
}
