import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import type { Socket } from 'node:net'
import { describe, it } from 'node:test'
import { Hono } from 'hono'
import { createMissServer } from '../../../src/http/socket/miss-server.ts'

const KEEP = 'Connection: keep-alive\r\n'
const NOW = Date.parse('Sun, 22 Nov 2026 12:00:00 GMT')
const DATE = 'Date: Sun, 22 Nov 2026 12:00:00 GMT\r\n'

class FakeSocket extends EventEmitter {
  text = ''
  write(part: string | Uint8Array): void {
    this.text += Buffer.from(part).toString()
  }
  cork(): void {}
  uncork(): void {}
}

const app = new Hono()
app.get('/x', (c) =>
  c.text(`${c.req.header('accept')} ${c.req.query('a')}`, 200, { 'content-type': 'text/plain' }),
)
app.get('/dated', (c) => c.body(null, 204, { date: 'then' }))
app.get('/last', (c) => c.body(null, 204, { connection: 'close' }))
app.get('/bad', (c) => c.body('x', 200, { 'content-length': '2' }))

function serve(url: string, { fetch = app.fetch, connection = (): string => KEEP } = {}) {
  const socket = new FakeSocket()
  const served = createMissServer(fetch, () => NOW)(
    socket as unknown as Socket,
    url,
    new Headers({ accept: '*/*' }),
    connection,
  )
  return { socket, served }
}

describe('createMissServer()', () => {
  it('serves a GET by the app, with its headers, and adds Date', async () => {
    const { socket, served } = serve('http://a/x?a=1')
    assert.equal(await served, true)
    assert.equal(
      socket.text,
      `HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n${DATE}${KEEP}content-length: 5\r\n\r\n*/* 1`,
    )
  })

  it('keeps the Date of the response', async () => {
    const { socket, served } = serve('http://a/dated')
    assert.equal(await served, true)
    assert.equal(socket.text, `HTTP/1.1 204 No Content\r\ndate: then\r\n${KEEP}\r\n`)
  })

  it('says that the connection ends if the response or the server ends it', async () => {
    const expected = `HTTP/1.1 204 No Content\r\n${DATE}Connection: close\r\n\r\n`
    const byResponse = serve('http://a/last')
    assert.equal(await byResponse.served, false)
    assert.equal(byResponse.socket.text, expected)
    const byServer = serve('http://a/dated', { connection: () => 'Connection: close\r\n' })
    assert.equal(await byServer.served, false)
  })

  for (const url of [
    'http://a/../x',
    'http://a/x/.',
    'http://a/"',
    'http://a:80/x',
    'http://a:99999/x',
    'http://1/x',
  ]) {
    it(`leaves ${url} to the HTTP server, because it is not in the form of a URL`, () => {
      assert.equal(serve(url).served, undefined)
    })
  }

  for (const [name, fetch] of [
    [
      'throws',
      () => {
        throw new Error('broken')
      },
    ],
    ['rejects', () => Promise.reject(new Error('broken'))],
    ['returns a response that cannot be sent', () => app.fetch(new Request('http://a/bad'))],
  ] satisfies [string, () => Response | Promise<Response>][]) {
    it(`sends 500 and ends the connection if fetch ${name}`, async () => {
      const { socket, served } = serve('http://a/x', { fetch })
      assert.equal(await served, false)
      assert.equal(
        socket.text,
        'HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\nConnection: close\r\n\r\n',
      )
    })
  }

  it('leaves no listener on the socket after a response', async () => {
    const reading = new Hono().get('/x', (c) => c.text(String(c.req.raw.signal.aborted)))
    const { socket, served } = serve('http://a/x', { fetch: reading.fetch })
    await served
    assert.ok(socket.text.endsWith('false'))
    assert.deepEqual(socket.eventNames(), [])
  })
})
