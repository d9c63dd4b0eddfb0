/** A response that has been read to its end, of which the facts are kept. */
import { createHash } from 'node:crypto'
import type { UpstreamResponse } from '../../../proxy/upstream/send.ts'

export interface Answer {
  status: number
  headers: Headers
  /** Hash of the body; `undefined` if the body was not read to its end: an event stream, or one above the limit. */
  digest: string | undefined
  /** Bytes of the body that were read. */
  bytes: number
  /** Time until the body was read, in ms. */
  durationMs: number
}

/** Most bytes of a body that are read. */
export const MAX_BYTES = 64 * 2 ** 20

/** @param startedAt time of the request, as `now` gives it. */
export async function readAnswer(
  response: UpstreamResponse,
  startedAt: number,
  now: () => number,
): Promise<Answer> {
  const { status, headers } = response
  const { digest, bytes } = await readBody(response)
  return { status, headers, digest, bytes, durationMs: now() - startedAt }
}

async function readBody({
  body,
  headers,
}: UpstreamResponse): Promise<{ digest: string | undefined; bytes: number }> {
  const hash = createHash('sha256')
  let bytes = 0
  if (body !== null) {
    const reader = body.getReader()
    const isEndless = isEventStream(headers)
    for (;;) {
      const { done, value } = isEndless ? { done: false } : await reader.read()
      if (done) break
      hash.update(value ?? new Uint8Array())
      bytes += value?.length ?? 0
      if (!isEndless && bytes <= MAX_BYTES) continue
      await reader.cancel().catch(() => {})
      return { digest: undefined, bytes }
    }
  }
  return { digest: hash.digest('hex'), bytes }
}

/** True for a body that does not end. */
export function isEventStream(headers: Headers): boolean {
  return /^text\/event-stream\b/i.test(headers.get('content-type') ?? '')
}
