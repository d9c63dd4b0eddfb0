import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { fieldValue, ResponseReader } from './response-reader.ts'

/** The bodies that are read from the text, sent in pieces of each size. */
function bodiesOf(text: string, isClosed = false): string[] {
  const results = [1, 7, text.length].map((size) => {
    const reader = new ResponseReader()
    for (let at = 0; at < text.length; at += size) reader.push(text.slice(at, at + size))
    if (isClosed) reader.finish()
    return reader.responses.map(({ status, body }) => `${status} ${body}`)
  })
  for (const result of results) assert.deepEqual(result, results[0])
  return results[0] ?? []
}

const sized = (body: string) => `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`

describe('ResponseReader', () => {
  it('a body has the length of Content-Length', () => {
    assert.deepEqual(bodiesOf(sized('abc') + sized('') + sized('d\r\n\r\n')), [
      '200 abc',
      '200 ',
      '200 d\r\n\r\n',
    ])
  })

  it('a chunked body ends with its last chunk', () => {
    const chunked =
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n'
    assert.deepEqual(bodiesOf(chunked + sized('x')), ['200 abc0123456789', '200 x'])
  })

  it('responses to HEAD, 304 and interim ones have no body', () => {
    const headed = 'HTTP/1.1 200 OK\r\nX-Response-To-Head: yes\r\nContent-Length: 9\r\n\r\n'
    const text = `HTTP/1.1 100 Continue\r\n\r\n${headed}HTTP/1.1 304 Not Modified\r\n\r\n${sized('x')}`
    assert.deepEqual(bodiesOf(text), ['100 ', '200 ', '304 ', '200 x'])
  })

  it('a response before another one instead of its body has none', () => {
    const reader = new ResponseReader()
    reader.push(`HTTP/1.1 400 Bad Request\r\nContent-Length: 20\r\n\r\n${sized('x')}`)
    assert.deepEqual(
      reader.responses.map(({ status, body }) => [status, body]),
      [
        [400, ''],
        [200, 'x'],
      ],
    )
  })

  it('a body without a length ends with the connection', () => {
    assert.deepEqual(bodiesOf('HTTP/1.0 200 OK\r\n\r\nabc'), [])
    assert.deepEqual(bodiesOf('HTTP/1.0 200 OK\r\n\r\nabc', true), ['200 abc'])
  })

  it('bytes that are no response are the rest', () => {
    const reader = new ResponseReader()
    reader.push(`${sized('abc')}abc\r\n\r\n`)
    assert.deepEqual([reader.finalCount, reader.rest], [1, 'abc\r\n\r\n'])
  })
})

describe('fieldValue()', () => {
  it('the value of the first field with the name is returned', () => {
    assert.equal(fieldValue([['a', '1'], ['b', '2'], ['b', '3']], 'b'), '2') // biome-ignore format: one line
    assert.equal(fieldValue([], 'b'), undefined)
  })
})
