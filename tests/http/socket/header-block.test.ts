import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { fieldsOfBlock, hostOfPlainBlock } from '../../../src/http/socket/header-block.ts'

const block = (...lines: string[]) => `\r\n${lines.map((line) => `${line}\r\n`).join('')}\r\n`
const CHROME = [
  'Host: example.com:8080',
  'Connection: keep-alive',
  'sec-ch-ua: "Chromium";v="130", "Google Chrome";v="130", "Not?A_Brand";v="99"',
  'sec-ch-ua-mobile: ?0',
  'Upgrade-Insecure-Requests: 1',
  'User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36',
  'Accept: text/html,application/xhtml+xml,*/*;q=0.8',
  'Accept-Encoding: gzip, deflate, br, zstd',
  'Cookie: session=1',
]

describe('hostOfPlainBlock()', () => {
  for (const [name, lines, host] of [
    ['Host alone', ['Host: a'], 'a'],
    ['the headers of a browser', CHROME, 'example.com:8080'],
    ['any case of a name, and no space after the colon', ['hOST:a.b', 'CONNECTION:Keep-Alive'], 'a.b'],
    ['spaces and tabs around a value', ['Host:\t a \t'], 'a'],
    ['an empty value', ['X-Empty:', 'Host: a'], 'a'],
    ['the same name twice', ['X: 1', 'X: 2', 'Host: a'], 'a'],
  ] satisfies [string, string[], string][]) {
    it(`accepts ${name}`, () => {
      assert.equal(hostOfPlainBlock(block(...lines)), host)
    })
  }

  for (const line of [
    'If-None-Match: "a"',
    'If-Modified-Since: Sun, 22 Nov 2026 12:00:00 GMT',
    'If-Match: *',
    'If-Unmodified-Since: Sun, 22 Nov 2026 12:00:00 GMT',
    'If-Range: "a"',
    'Range: bytes=0-0',
    'Cache-Control: max-age=0',
    'pragma: no-cache',
    'AUTHORIZATION: Bearer x',
    'Upgrade: websocket',
    'HTTP2-Settings: AAMAAABkAAQAAP__',
    'Content-Length: 0',
    'Content-Type: text/plain',
    'Transfer-Encoding: chunked',
    'Expect: 100-continue',
    'TE: trailers',
    'Trailer: x',
    'Proxy-Connection: close',
    'Proxy-Authorization: Basic x',
    'Connection: close',
    'Connection: upgrade',
    'Connection: keep-alive, te',
    'Connection:',
    'Host: b',
    'Transfer-Encoding : chunked',
    ' folded: 1',
    '\tfolded: 1',
    'no colon',
    ': no name',
    'Na me: 1',
    'N\u00e4me: 1',
    'Name: \u00e4',
    'Name: \x00',
    'Name: \x7f',
    'Name: a\rb',
    'Name: a\nHost: b',
    'Name: a\n',
    '\rName: a',
    'Name(: 1',
  ]) {
    it(`refuses ${JSON.stringify(line)} beside Host, in any place`, () => {
      assert.equal(hostOfPlainBlock(block('Host: a', line)), undefined)
      assert.equal(hostOfPlainBlock(block(line, 'Host: a')), undefined)
      assert.equal(hostOfPlainBlock(block('Host: a', line, 'Accept: */*')), undefined)
    })
  }

  for (const host of [
    '',
    'A',
    'a b',
    'a/b',
    'a?b',
    'a#b',
    'u@a',
    'a\\b',
    '[::1]',
    'a:',
    'a:b',
    'a:123456',
    'a,b',
  ]) {
    it(`refuses the host ${JSON.stringify(host)}`, () => {
      assert.equal(hostOfPlainBlock(block(`Host: ${host}`)), undefined)
    })
  }

  it('refuses a block without Host', () => {
    assert.equal(hostOfPlainBlock(block('Accept: */*')), undefined)
    assert.equal(hostOfPlainBlock('\r\n\r\n'), undefined)
  })

  it('refuses a block that does not end with its only empty line', () => {
    for (const text of [
      '\r\nHost: a\r\n',
      '\r\nHost: a\r\n\r\n\r\n',
      '\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n',
      '\r\n\r\nHost: a\r\n\r\n',
      '\nHost: a\r\n\r\n',
      'Host: a\r\n\r\n',
      '\r\nHost: a\n\n',
    ]) {
      assert.equal(hostOfPlainBlock(text), undefined, JSON.stringify(text))
    }
  })

  it('refuses more than 100 headers', () => {
    const many = (count: number) => Array.from({ length: count }, (_, i) => `X-${i}: 1`)
    assert.equal(hostOfPlainBlock(block('Host: a', ...many(99))), 'a')
    assert.equal(hostOfPlainBlock(block('Host: a', ...many(100))), undefined)
  })
})

describe('fieldsOfBlock()', () => {
  it('returns names and values in order, without the spaces around values', () => {
    assert.deepEqual(fieldsOfBlock(block('Host: a', 'X-A:1: 2', 'X-A: \t')), [
      ['Host', 'a'],
      ['X-A', '1: 2'],
      ['X-A', ''],
    ])
  })
})
