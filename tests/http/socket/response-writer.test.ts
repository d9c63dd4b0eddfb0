import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import type { Socket } from 'node:net'
import { describe, it } from 'node:test'
import { writeResponse } from '../../../src/http/socket/response-writer.ts'

const KEEP = 'Connection: keep-alive\r\n'

/** The type that a body without one gets. */
const TYPE = 'content-type: text/plain; charset=UTF-8\r\n'

class FakeSocket extends EventEmitter {
  text = ''
  isDestroyed = false
  writableNeedDrain = false

  write(part: string | Uint8Array): void {
    this.text += typeof part === 'string' ? part : Buffer.from(part).toString('latin1')
  }
  cork(): void {}
  uncork(): void {}
  destroy(): void {
    this.isDestroyed = true
  }
}

async function written(response: Response, socket = new FakeSocket()): Promise<string> {
  await writeResponse(socket as unknown as Socket, response, KEEP)
  assert.equal(socket.listenerCount('close'), 0)
  return socket.text
}

/** A body of these chunks, each of them a moment after the one before. */
function streamOf(chunks: (string | Error)[]): ReadableStream<Uint8Array> {
  let i = 0
  return new ReadableStream({
    async pull(controller) {
      await new Promise((resolve) => setImmediate(resolve))
      const chunk = chunks[i++]
      if (chunk === undefined) controller.close()
      else if (chunk instanceof Error) controller.error(chunk)
      else controller.enqueue(new TextEncoder().encode(chunk))
    },
  })
}

describe('writeResponse()', () => {
  it('writes a text with its length', async () => {
    const response = new Response('é', { status: 404, headers: { 'content-type': 'text/plain' } })
    assert.equal(
      await written(response),
      `HTTP/1.1 404 Not Found\r\ncontent-type: text/plain\r\n${KEEP}content-length: 2\r\n\r\nÃ©`,
    )
  })

  it('writes each cookie in a line of its own', async () => {
    const response = new Response(null)
    response.headers.append('set-cookie', 'a=1')
    response.headers.append('set-cookie', 'b=2')
    assert.equal(
      await written(response),
      `HTTP/1.1 200 OK\r\nset-cookie: a=1\r\nset-cookie: b=2\r\n${KEEP}content-length: 0\r\n\r\n`,
    )
  })

  for (const status of [204, 304]) {
    it(`writes a ${status} without a length`, async () => {
      const text = await written(new Response(null, { status }))
      assert.match(text, new RegExp(`^HTTP/1.1 ${status} [\\w ]+\\r\\n${KEEP}\\r\\n$`))
    })
  }

  it('keeps the length that a 304 declares', async () => {
    const text = await written(new Response(null, { status: 304, headers: { 'content-length': '9' } }))
    assert.equal(text, `HTTP/1.1 304 Not Modified\r\n${KEEP}content-length: 9\r\n\r\n`)
  })

  it('replaces headers about the connection', async () => {
    const headers = { connection: 'close', 'keep-alive': 'timeout=1', 'transfer-encoding': 'gzip' }
    assert.equal(
      await written(new Response('', { headers: { ...headers, 'content-type': 'a/b' } })),
      ['HTTP/1.1 200 OK\r\ncontent-type: a/b\r\n', KEEP, 'content-length: 0\r\n\r\n'].join(''),
    )
  })

  it('writes a body of several chunks in chunked coding, without an empty chunk', async () => {
    const text = await written(new Response(streamOf(['ab', '', 'c'.repeat(17)])))
    assert.equal(
      text,
      `HTTP/1.1 200 OK\r\n${TYPE}${KEEP}transfer-encoding: chunked\r\n\r\n2\r\nab\r\n11\r\n${'c'.repeat(17)}\r\n0\r\n\r\n`,
    )
  })

  it('writes a stream of a declared length without a coding', async () => {
    const response = new Response(streamOf(['ab', 'c']), { headers: { 'content-length': '3' } })
    assert.equal(await written(response), `HTTP/1.1 200 OK\r\n${TYPE}${KEEP}content-length: 3\r\n\r\nabc`)
  })

  it('writes a stream that has one chunk and an end in time as a whole', async () => {
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(new Uint8Array([97]))
        controller.close()
      },
    })
    assert.equal(
      await written(new Response(body)),
      `HTTP/1.1 200 OK\r\n${TYPE}${KEEP}content-length: 1\r\n\r\na`,
    )
  })

  for (const [name, chunks, length] of [
    ['fails', ['ab', new Error('broken')], undefined],
    ['is longer than declared', ['ab', 'cd', 'ef'], '3'],
    ['is shorter than declared', ['ab', 'cd'], '5'],
  ] satisfies [string, (string | Error)[], string | undefined][]) {
    it(`destroys the socket if a body ${name}, and writes no end of the response`, async () => {
      const socket = new FakeSocket()
      const headers = length === undefined ? {} : { 'content-length': length }
      const text = await written(new Response(streamOf(chunks), { headers }), socket)
      assert.equal(socket.isDestroyed, true)
      assert.ok(text.includes('ab') && !text.endsWith('0\r\n\r\n') && !text.includes('ef'), text)
    })
  }

  for (const [name, response] of [
    [
      'a body that fails at once',
      () =>
        new Response(new ReadableStream({ start: (controller) => controller.error(new Error('broken')) })),
    ],
    ['a text that is shorter than declared', () => new Response('a', { headers: { 'content-length': '2' } })],
    ['a control character in a header', () => new Response('a', { headers: { 'x-a': 'a\x01' } })],
  ] satisfies [string, () => Response][]) {
    it(`throws for ${name}, before it writes anything`, async () => {
      const socket = new FakeSocket()
      await assert.rejects(written(response(), socket))
      assert.equal(socket.text, '')
    })
  }

  it('sends the head before the first chunk of a body that has none yet', async () => {
    const socket = new FakeSocket()
    let chunks: ReadableStreamDefaultController<Uint8Array> | undefined
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        chunks = controller
      },
    })
    const writing = written(new Response(body), socket)
    while (socket.text === '') await new Promise((resolve) => setImmediate(resolve))
    assert.ok(socket.text.endsWith('transfer-encoding: chunked\r\n\r\n'))
    chunks?.enqueue(new Uint8Array([97]))
    chunks?.close()
    assert.ok((await writing).endsWith('\r\n\r\n1\r\na\r\n0\r\n\r\n'))
  })

  it('reads on when the client has read enough', async () => {
    const socket = new FakeSocket()
    socket.writableNeedDrain = true
    const writing = written(new Response(streamOf(['ab', 'cd'])), socket)
    while (!socket.text.includes('ab')) await new Promise((resolve) => setImmediate(resolve))
    for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve))
    assert.ok(!socket.text.includes('cd'))
    socket.writableNeedDrain = false
    socket.emit('drain')
    assert.ok((await writing).endsWith('2\r\ncd\r\n0\r\n\r\n'))
  })

  it('cancels the body when the client is gone', async () => {
    for (const isFull of [false, true]) {
      const socket = new FakeSocket()
      socket.writableNeedDrain = isFull
      let isCancelled = false
      const body = new ReadableStream({
        start: (controller) => controller.enqueue(new Uint8Array([97])),
        cancel() {
          isCancelled = true
        },
      })
      const writing = written(new Response(body), socket)
      while (socket.text === '') await new Promise((resolve) => setImmediate(resolve))
      socket.emit('close')
      await writing
      assert.equal(isCancelled, true)
    }
  })
})
