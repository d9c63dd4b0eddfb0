import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { hasPragma, type Incoming, urlOfPlainGet, valuesOfRaw } from '../../../src/http/front/plain-get.ts'

function incoming(rawHeaders: string[], changed: Partial<Incoming> = {}): Incoming {
  return { method: 'GET', httpVersion: '1.1', url: '/x?a=1', rawHeaders, socket: {}, ...changed }
}

const host = ['Host', 'example.com']

describe('urlOfPlainGet()', () => {
  it('returns the URL made of the host and the target', () => {
    for (const name of ['Host', 'host', 'HOST']) {
      const url = urlOfPlainGet(incoming(['Accept', '*/*', name, 'a-b_c.example:8080']))
      assert.equal(url, 'http://a-b_c.example:8080/x?a=1')
    }
  })

  it('returns a URL with https for a socket of node:tls', () => {
    assert.equal(urlOfPlainGet(incoming(host, { socket: { encrypted: true } })), 'https://example.com/x?a=1')
    assert.equal(urlOfPlainGet(incoming(host, { socket: { encrypted: false } })), 'http://example.com/x?a=1')
  })

  it('returns nothing for other methods, versions and targets', () => {
    const others: Partial<Incoming>[] = [
      ...['HEAD', 'POST', 'get', undefined].map((method) => ({ method })),
      ...['1.0', '2.0'].map((httpVersion) => ({ httpVersion })),
      ...['', '*', 'x', 'http://example.com/x', undefined].map((url) => ({ url })),
    ]
    for (const changed of others) assert.equal(urlOfPlainGet(incoming(host, changed)), undefined)
  })

  it('returns nothing without exactly one host', () => {
    for (const rawHeaders of [[], ['Accept', '*/*'], [...host, ...host], [...host, 'hOST', 'b']]) {
      assert.equal(urlOfPlainGet(incoming(rawHeaders)), undefined)
    }
  })

  for (const value of [
    '',
    'A',
    'a@b',
    'a/b',
    'a#b',
    'a?b',
    'a\\b',
    'a b',
    '[::1]',
    'a:',
    'a:b',
    'é',
    'a:1:2',
  ]) {
    it(`returns nothing for the host ${JSON.stringify(value)}`, () => {
      assert.equal(urlOfPlainGet(incoming(['Host', value])), undefined)
    })
  }

  const notPlain = [
    ...['If-None-Match', 'If-Modified-Since', 'If-Match', 'If-Unmodified-Since', 'Range', 'Cache-Control'],
    ...['Authorization', 'Upgrade', 'Content-Length', 'Transfer-Encoding', 'Trailer', 'Expect'],
  ]
  for (const name of notPlain) {
    it(`returns nothing for a request with ${name}`, () => {
      for (const spelled of [name, name.toLowerCase(), name.toUpperCase()]) {
        assert.equal(urlOfPlainGet(incoming([spelled, '', ...host])), undefined)
        assert.equal(urlOfPlainGet(incoming([...host, spelled, 'x'])), undefined)
      }
    })
  }

  it('ignores other headers, also those of the same lengths and first letters', () => {
    const names = [
      'Accept',
      'Cookie',
      'Pragma',
      'Origin',
      'Referer',
      'Priority',
      'DNT',
      'Date',
      'From',
      'If-Range',
    ]
    for (const name of [
      ...names,
      'Sec-Fetch-Dest',
      'Upgrade-Insecure-Requests',
      'Cross-Control',
      'Trajler',
      '',
    ]) {
      assert.equal(urlOfPlainGet(incoming([name, 'x', ...host])), 'http://example.com/x?a=1', name)
    }
  })
})

describe('hasPragma()', () => {
  it('finds the header in any case', () => {
    for (const name of ['Pragma', 'pragma', 'PRAGMA'])
      assert.equal(hasPragma(incoming([...host, name, ''])), true)
    assert.equal(hasPragma(incoming([...host, 'Accept', 'pragma', 'Pragmas', 'x'])), false)
  })
})

describe('valuesOfRaw()', () => {
  it('finds the names in any case, and joins the values of repeated headers', () => {
    const request = incoming([...host, 'X-Id', '1', 'x-ids', '2', 'x-ID', '3'])
    assert.deepEqual(valuesOfRaw(request, ['traceparent', 'x-id']), [undefined, '1, 3'])
    assert.deepEqual(valuesOfRaw(incoming(host), ['x-id']), [])
  })
})
