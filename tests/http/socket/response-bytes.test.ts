import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type ResponseBytes, ResponseFormatter } from '../../../src/http/socket/response-bytes.ts'
import { Message } from '../../../src/http/stored/heads/message.ts'

const KEEP = 'Connection: keep-alive\r\n'

type Parts = Partial<Pick<Message, 'status' | 'headers' | 'cookies' | 'body'>>

function message({
  status = 200,
  headers = { etag: '"a"' },
  cookies = [],
  body = 'text',
}: Parts = {}): Message {
  return new Message(status, headers, cookies, body)
}

/** The parts of a response as one text, a character for each byte. */
function textOf([head, body]: ResponseBytes = ['']): string {
  return head + Buffer.from(body ?? []).toString('latin1')
}

const format = (parts: Parts = {}, connection = KEEP) =>
  new ResponseFormatter().bytesOf(message(parts), connection)
const utf8 = (text: string) => Buffer.from(text).toString('latin1')

describe('ResponseFormatter', () => {
  it('writes status, headers, cookies, the length, the lines about the connection and the body', () => {
    assert.equal(
      textOf(format({ headers: { etag: '"a"', age: '3' }, cookies: ['a=1', 'b=2; Path=/'] })),
      'HTTP/1.1 200 OK\r\netag: "a"\r\nage: 3\r\nset-cookie: a=1\r\nset-cookie: b=2; Path=/\r\n' +
        'content-length: 4\r\nConnection: keep-alive\r\n\r\ntext',
    )
  })

  it('writes the lines of one response after the others, before a short text, a long one and bytes', () => {
    const formatter = new ResponseFormatter()
    for (const body of ['text', 'é', 'x'.repeat(5000), new Uint8Array([1]), null]) {
      const one = message({ body })
      const plain = textOf(formatter.bytesOf(one, KEEP))
      const own = textOf(formatter.bytesOf(one, KEEP, 'x-id: 1\r\n'))
      assert.equal(own, plain.replace('\r\n\r\n', '\r\nx-id: 1\r\n\r\n'))
      assert.equal(textOf(formatter.bytesOf(one, KEEP)), plain)
    }
  })

  it('does not repeat Content-Length', () => {
    assert.equal(
      textOf(format({ headers: { 'content-length': '4' } })),
      'HTTP/1.1 200 OK\r\ncontent-length: 4\r\nConnection: keep-alive\r\n\r\ntext',
    )
  })

  for (const [status, head] of [
    [301, 'HTTP/1.1 301 Moved Permanently\r\netag: "a"\r\ncontent-length: 0\r\n'],
    [404, 'HTTP/1.1 404 Not Found\r\netag: "a"\r\ncontent-length: 0\r\n'],
    [299, 'HTTP/1.1 299 unknown\r\netag: "a"\r\ncontent-length: 0\r\n'],
    [204, 'HTTP/1.1 204 No Content\r\netag: "a"\r\n'],
  ] as const) {
    it(`writes a ${status} without a body`, () => {
      assert.equal(textOf(format({ status, body: null })), `${head}${KEEP}\r\n`)
    })
  }

  for (const length of [0, 1, 4096, 4097, 65_536, 65_537, 1_000_000]) {
    it(`writes bodies of ${length} bytes, as text, as wide text and as bytes`, () => {
      const texts = [
        'x'.repeat(length),
        'é'.repeat(length / 2),
        '日'.repeat(length / 3),
        'a€'.repeat(length / 4),
      ]
      for (const body of [...texts, ...texts.map((text) => new Uint8Array(Buffer.from(text)))]) {
        const bytes = typeof body === 'string' ? utf8(body) : Buffer.from(body).toString('latin1')
        const head = `HTTP/1.1 200 OK\r\netag: "a"\r\ncontent-length: ${bytes.length}\r\n${KEEP}\r\n`
        assert.ok(textOf(format({ body })) === head + bytes)
      }
    })
  }

  it('writes a head that is no ASCII in UTF-8 before a text, and in Latin-1 before bytes, as node:http does', () => {
    const headers = { 'x-name': 'é' }
    const head = (name: string, length: number) =>
      `HTTP/1.1 200 OK\r\nx-name: ${name}\r\ncontent-length: ${length}\r\n${KEEP}\r\n`
    assert.equal(textOf(format({ headers, body: 'x' })), `${head(utf8('é'), 1)}x`)
    assert.equal(textOf(format({ headers, body: 'é' })), head(utf8('é'), 2) + utf8('é'))
    assert.equal(textOf(format({ headers, body: new Uint8Array([120]) })), `${head('é', 1)}x`)
    assert.equal(textOf(format({ headers, body: null })), head('é', 0))
  })

  it('formats the head again if the lines about the connection change', () => {
    const formatter = new ResponseFormatter()
    const shared = message()
    const [first, second, third] = [KEEP, KEEP, 'Connection: close\r\n'].map((connection) =>
      textOf(formatter.bytesOf(shared, connection)),
    )
    assert.equal(second, first)
    assert.equal(third, first?.replace('keep-alive', 'close'))
  })

  for (const [name, parts] of [
    ['a line end in a value', { headers: { 'x-a': 'a\r\nx-b: b' } }],
    ['a line end in a name', { headers: { 'x-a: 1\r\nx-b': 'b' } }],
    ['a line end in a cookie', { cookies: ['a\n'] }],
    ['a character above Latin-1', { headers: { 'x-a': '€' } }],
    ['a control character', { headers: { 'x-a': '\x01' } }],
    ['a length that the body does not have', { headers: { 'content-length': '5' } }],
    ['Transfer-Encoding', { headers: { 'transfer-encoding': 'chunked' } }],
    ['Connection', { headers: { connection: 'close' } }],
    ['a status without a body, and a body', { status: 204 }],
    ['a 304', { status: 304, body: null }],
    ['an interim status', { status: 103, body: null }],
  ] satisfies [string, Parts][]) {
    it(`refuses ${name}`, () => {
      assert.equal(format(parts), undefined)
    })
  }

  it('encodes a long text once, unless it is very long', () => {
    const formatter = new ResponseFormatter()
    const bytesOf = (length: number) => formatter.bytesOf(message({ body: 'x'.repeat(length) }), KEEP)?.[1]
    assert.equal(bytesOf(4096), undefined)
    const [first, longest, longer] = [4097, 262_144, 262_145].map(bytesOf)
    assert.ok(bytesOf(4097) === first && bytesOf(262_144) === longest && bytesOf(262_145) !== longer)
    for (let i = 0; i < 20; i++) bytesOf(262_144 - i)
    assert.ok(bytesOf(4097) !== first, 'the oldest texts are dropped')
  })
})
