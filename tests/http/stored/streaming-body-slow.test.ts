import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { SharedBody } from '../../../src/http/stored/streaming-body.ts'

/** A source that delivers this number of bytes, each in a new turn of the event loop. */
function source(bytes: number) {
  let cancelled = 0
  let left = bytes
  return {
    cancelled: () => cancelled,
    async read() {
      await new Promise((resolve) => setTimeout(resolve, 0))
      return left-- > 0 ? { done: false, value: new Uint8Array(1) } : { done: true }
    },
    async cancel() {
      cancelled++
    },
  }
}

const lengthOf = async (stream: ReadableStream<Uint8Array>) =>
  (await new Response(stream).arrayBuffer()).byteLength

describe('a shared body that is too large to store', () => {
  it('waits for its slowest reader', async () => {
    const body = new SharedBody([], source(50), 10)
    const [fast, slow] = [body.stream(), body.stream()]
    const fastest = lengthOf(fast)
    assert.equal(await body.complete, undefined)
    assert.equal(await lengthOf(slow), 50)
    assert.equal(await fastest, 50)
  })

  it('fails for a reader that reads nothing until the timeout, and continues for the others', async () => {
    const from = source(50)
    const body = new SharedBody([], from, 10, 0)
    const dropped = body.stream() // for example by middleware that replaced the response
    assert.equal(await lengthOf(body.stream()), 50)
    await assert.rejects(lengthOf(dropped), /read nothing for \d+ ms/)
    assert.equal(from.cancelled(), 0)
  })

  it('is not read further when the last reader has cancelled', async () => {
    const from = source(50)
    const body = new SharedBody([], from, 10)
    const stream = body.stream()
    assert.equal(await body.complete, undefined)
    await stream.cancel()
    while (from.cancelled() === 0) await new Promise((resolve) => setTimeout(resolve, 0))
    assert.equal(from.cancelled(), 1)
  })
})
