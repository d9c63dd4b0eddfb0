/** A handler whose bodies the test writes, and helpers for bytes. */
import assert from 'node:assert/strict'
import type { Context } from 'hono'

/** A handler whose bodies the test writes, a new one for each call. */
export function streamingHandler(headers: Record<string, string> = { 'cache-control': 'max-age=60' }) {
  const bodies: ReadableStreamDefaultController<Uint8Array>[] = []
  const cancelled: number[] = []
  const methods: string[] = []

  function handler(c: Context): Response {
    methods.push(c.req.method)
    const call = bodies.length
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => void bodies.push(controller),
      cancel: () => void cancelled.push(call + 1),
    })
    return new Response(body, { headers })
  }

  return {
    handler,
    cancelled,
    methods,
    calls: () => bodies.length,
    /** The body of the n-th call, from 1. */
    body: (n: number) => bodies[n - 1] ?? assert.fail(`only ${bodies.length} calls, not ${n}`),
  }
}

/** `length` bytes of this value. */
export const chunk = (value: number, length = 100) => new Uint8Array(length).fill(value)

export const bytesOf = async (response: Response) => new Uint8Array(await response.arrayBuffer())

export function join(...chunks: Uint8Array[]): Uint8Array {
  return Uint8Array.from(chunks.flatMap((one) => [...one]))
}

/** Bodies are buffered up to 150 bytes and stored up to 1,000. */
export const limits = { bufferBytes: 150, maxBodyBytes: 1000 }
