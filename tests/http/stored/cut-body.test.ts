import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { cutBody } from '../../../src/http/stored/cut-body.ts'

/** A stream of these chunks that stays open, and counts the reads and cancellations. */
function sourceOf(chunks: readonly (Uint8Array | string)[], { ends = false } = {}) {
  const source = { reads: 0, cancels: [] as unknown[] }
  const remaining = chunks.values()
  const body = new ReadableStream<Uint8Array | string>(
    {
      pull(controller) {
        source.reads++
        const { done, value } = remaining.next()
        if (!done) controller.enqueue(value)
        else if (ends) controller.close()
      },
      cancel: (reason) => void source.cancels.push(reason),
    },
    { highWaterMark: 0 },
  )
  return { source, body }
}

const bytes = (...values: number[]) => Uint8Array.from(values)
const chunks = [bytes(0, 1, 2), bytes(3, 4), bytes(), bytes(5, 6, 7, 8, 9)]

async function readAll(body: ReadableStream<Uint8Array>): Promise<number[]> {
  return [...new Uint8Array(await new Response(body).arrayBuffer())]
}

describe('cutBody()', () => {
  it('a range ends without the end of the body, which is cancelled after the last byte', async () => {
    for (const [first, last, reads] of [
      [0, 0, 1],
      [1, 2, 1],
      [2, 3, 2],
      [4, 6, 4],
      [9, 9, 4],
      [0, 9, 4],
    ] as const) {
      const { source, body } = sourceOf(chunks)
      const expected = Array.from({ length: last - first + 1 }, (_, i) => first + i)
      assert.deepEqual(await readAll(cutBody(body, { first, last })), expected)
      assert.deepEqual([source.reads, source.cancels.length], [reads, 1], `${first}-${last}`)
    }
  })

  it('chunks of text are cut by their bytes', async () => {
    const { body } = sourceOf(['ä', 'öx'])
    assert.deepEqual(await readAll(cutBody(body, { first: 1, last: 3 })), [0xa4, 0xc3, 0xb6])
  })

  it('nothing is read before the first byte is requested', () => {
    const { source, body } = sourceOf(chunks)
    cutBody(body, { first: 0, last: 9 })
    assert.equal(source.reads, 0)
  })

  it('a client that leaves cancels the body', async () => {
    const { source, body } = sourceOf(chunks)
    const reader = cutBody(body, { first: 0, last: 9 }).getReader()
    await reader.read()
    await reader.cancel('gone')
    assert.deepEqual(source.cancels, ['gone'])
  })

  it('a body that ends too early fails', async () => {
    for (const first of [0, 9, 10]) {
      const { body } = sourceOf(chunks, { ends: true })
      await assert.rejects(readAll(cutBody(body, { first, last: 10 })), {
        message: 'cached: the response body is shorter than its Content-Length',
      })
    }
  })

  it('a body that fails makes the range fail', async () => {
    const body = new ReadableStream({ pull: (controller) => controller.error(new Error('lost')) })
    await assert.rejects(readAll(cutBody(body, { first: 0, last: 1 })), { message: 'lost' })
  })

  it('a range is the slice of the whole body, however that is chunked', async () => {
    const body = fc.uint8Array({ minLength: 1, maxLength: 200 })
    await fc.assert(
      fc.asyncProperty(body, fc.infiniteStream(fc.nat(9)), fc.nat(), fc.nat(), async (whole, sizes, a, b) => {
        const split: Uint8Array[] = []
        for (let at = 0; at < whole.length; ) {
          const size = sizes.next().value
          split.push(whole.subarray(at, at + size))
          at += size
        }
        const [first = 0, last = 0] = [a % whole.length, b % whole.length].sort((x, y) => x - y)
        const { body: stream } = sourceOf(split)
        assert.deepEqual(await readAll(cutBody(stream, { first, last })), [...whole.slice(first, last + 1)])
      }),
    )
  })
})
