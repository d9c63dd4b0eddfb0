import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { byteSource } from '../../../src/http/stored/byte-source.ts'

const streamOf = (...chunks: unknown[]) =>
  new ReadableStream({
    start(controller) {
      for (const one of chunks) controller.enqueue(one)
      controller.close()
    },
  })

describe('byteSource()', () => {
  it('bytes stay as they are, and text is encoded', async () => {
    const bytes = Uint8Array.of(1, 2)
    const source = byteSource(streamOf(bytes, 'ä'))
    assert.equal((await source.read()).value, bytes)
    assert.deepEqual(await source.read(), { done: false, value: Uint8Array.of(0xc3, 0xa4) })
    assert.deepEqual(await source.read(), { done: true, value: undefined })
  })

  it('a chunk of another type is an error that names it', async () => {
    const source = byteSource(streamOf(7))
    await assert.rejects(source.read(), {
      name: 'TypeError',
      message: 'cached: chunks of the response body must be bytes or strings, got 7',
    })
  })

  it('cancelling the source cancels the stream', async () => {
    const reasons: unknown[] = []
    const source = byteSource(new ReadableStream({ cancel: (reason) => void reasons.push(reason) }))
    await source.cancel('gone')
    assert.deepEqual(reasons, ['gone'])
  })
})
