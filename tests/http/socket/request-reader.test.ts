import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createKnownBlocks } from '../../../src/http/socket/known-blocks.ts'
import { RequestReader } from '../../../src/http/socket/request-reader.ts'

const reader = (maxBytes = 8192) => new RequestReader(createKnownBlocks(), maxBytes)
const bytes = (text: string) => Buffer.from(text, 'latin1')
const plain = (target: string, headers = 'Host: a\r\n') => `GET ${target} HTTP/1.1\r\n${headers}\r\n`

describe('RequestReader', () => {
  it('returns the URL of a plain GET', () => {
    const read = reader()
    assert.equal(read.urlOf(bytes(plain('/x'))), 'http://a/x')
    assert.equal(read.urlOf(bytes(plain('/'))), 'http://a/')
    assert.equal(read.urlOf(bytes(plain('/x?a=1&b=%20"|'))), 'http://a/x?a=1&b=%20"|')
    assert.equal(read.urlOf(bytes(plain('//x'))), 'http://a//x')
  })

  it('checks a block that differs from the last one', () => {
    const read = reader()
    assert.equal(read.urlOf(bytes(plain('/x'))), 'http://a/x')
    assert.equal(read.urlOf(bytes(plain('/x', 'Host: b\r\n'))), 'http://b/x')
    assert.equal(read.urlOf(bytes(plain('/x', 'Host: b\r\nRange: bytes=0-0\r\n'))), undefined)
    assert.equal(read.urlOf(bytes(plain('/y', 'Host: b\r\n'))), 'http://b/y')
    assert.equal(read.urlOf(bytes(plain('/y', 'X: y\r\nHost: b\r\n'))), 'http://b/y')
  })

  it('returns undefined if something precedes a block that it knows', () => {
    for (const text of [
      plain('/x', 'Range: bytes=0-0\r\nHost: a\r\n'),
      plain('/x', 'Host: b\r\nHost: a\r\n'),
      `${plain('/x')}${plain('/x')}`,
      `GET /x HTTP/1.1\r\n\r\nHost: a\r\n\r\n`,
      `GET /x HTTP/1.1\r\n${plain('/x')}`,
      `\r\nHost: a\r\n\r\n`,
    ]) {
      const read = reader()
      assert.equal(read.urlOf(bytes(plain('/x'))), 'http://a/x')
      assert.equal(read.urlOf(bytes(text)), undefined, JSON.stringify(text))
      assert.equal(reader().urlOf(bytes(text)), undefined, JSON.stringify(text))
    }
  })

  for (const line of [
    'HEAD /x HTTP/1.1',
    'POST /x HTTP/1.1',
    'get /x HTTP/1.1',
    'GETX /x HTTP/1.1',
    'GET /x HTTP/1.0',
    'GET /x HTTP/1.1 ',
    'GET /x HTTP/2.0',
    'GET /x http/1.1',
    'GET /x',
    'GET  /x HTTP/1.1',
    'GET /x  HTTP/1.1',
    'GET\t/x HTTP/1.1',
    'GET x HTTP/1.1',
    'GET * HTTP/1.1',
    'GET HTTP/1.1',
    'GET  HTTP/1.1',
    'GET http://a/x HTTP/1.1',
    'GET /x y HTTP/1.1',
    'GET /x#y HTTP/1.1',
    'GET /\u00e4 HTTP/1.1',
    'GET /\x00 HTTP/1.1',
    'GET /\x7f HTTP/1.1',
    'GET /x\ty HTTP/1.1',
    'GET /x\rGET /y HTTP/1.1',
    'GET /x HTTP/1.1\nHost: b',
    '\r\nGET /x HTTP/1.1',
    ' GET /x HTTP/1.1',
  ]) {
    it(`returns undefined for the request line ${JSON.stringify(line)}`, () => {
      const read = reader()
      assert.equal(read.urlOf(bytes(`${line}\r\nHost: a\r\n\r\n`)), undefined)
      assert.equal(read.urlOf(bytes(plain('/x'))), 'http://a/x')
      assert.equal(read.urlOf(bytes(`${line}\r\nHost: a\r\n\r\n`)), undefined)
    })
  }

  it('returns undefined for a part of a request, and for a request and a part of the next', () => {
    const text = plain('/x')
    for (let length = 0; length < text.length; length++) {
      const read = reader()
      assert.equal(read.urlOf(bytes(text.slice(0, length))), undefined)
      assert.equal(read.urlOf(bytes(text)), 'http://a/x')
      assert.equal(read.urlOf(bytes(text.slice(0, length))), undefined)
      assert.equal(read.urlOf(bytes(text.slice(length + 1))), undefined)
      assert.equal(read.urlOf(bytes(text + text.slice(0, length + 1))), undefined)
    }
  })

  it('returns undefined for a request above the limit', () => {
    const text = plain('/x')
    assert.equal(reader(text.length).urlOf(bytes(text)), 'http://a/x')
    assert.equal(reader(text.length - 1).urlOf(bytes(text)), undefined)
  })

  it('has the headers of the last plain request', () => {
    const read = reader()
    read.urlOf(bytes(plain('/x', 'Host: a\r\nCookie: a=1\r\nCookie: b=2\r\nX-A:\t1 \r\n')))
    assert.deepEqual(
      [...read.headers],
      [
        ['cookie', 'a=1; b=2'],
        ['host', 'a'],
        ['x-a', '1'],
      ],
    )
    assert.equal(read.headers, read.headers)
    read.urlOf(bytes(plain('/x')))
    assert.deepEqual([...read.headers], [['host', 'a']])
  })

  it('has the values of the headers that the front reads, for the last plain request alone', () => {
    const read = new RequestReader(createKnownBlocks(['x-id']), 8192)
    assert.equal(read.received, undefined)
    for (const id of ['1', '2', '2']) {
      read.urlOf(bytes(plain('/x', `Host: a\r\nX-Id: ${id}\r\n`)))
      assert.deepEqual(read.received, [id])
    }
    read.urlOf(bytes(plain('/x')))
    assert.equal(read.received, undefined)
  })
})
