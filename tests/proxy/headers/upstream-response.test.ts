import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { adaptResponseHeaders, ownLocation } from '../../../src/proxy/headers/upstream-response.ts'

/** The fields by name, because runtimes iterate Set-Cookie at different places. */
function adapted(received: [string, string][], withoutCookies = false) {
  const headers = new Headers(received)
  adaptResponseHeaders(headers, {
    upstream: new URL('http://origin.example/api'),
    withoutCookies,
    pseudonym: 'hitrate-test',
  })
  return [...headers].sort(([a], [b]) => (a < b ? -1 : Number(a > b)))
}

describe('adaptResponseHeaders', () => {
  it('removes the fields of the connection, and adds Via', () => {
    const received: [string, string][] = [
      ['connection', 'close, x-hop'],
      ['keep-alive', 'timeout=5'],
      ['transfer-encoding', 'chunked'],
      ['trailer', 'x-end'],
      ['upgrade', 'h2c'],
      ['x-hop', '1'],
      ['content-type', 'text/html'],
      ['via', '1.1 origin'],
    ]
    assert.deepEqual(adapted(received), [
      ['content-type', 'text/html'],
      ['via', '1.1 origin, 1.1 hitrate-test'],
    ])
  })

  it('Connection cannot remove the field that forbids storing', () => {
    const received: [string, string][] = [
      ['connection', 'cache-control, set-cookie'],
      ['cache-control', 'private'],
      ['set-cookie', 'a=1'],
    ]
    assert.deepEqual(
      adapted(received).map(([name]) => name),
      ['cache-control', 'set-cookie', 'via'],
    )
  })

  it('keeps each Set-Cookie, or removes all of them together with Cookie in Vary', () => {
    const received: [string, string][] = [
      ['set-cookie', 'a=1'],
      ['set-cookie', 'b=2'],
      ['vary', 'Accept-Encoding, Cookie'],
    ]
    assert.deepEqual(adapted(received).slice(0, 3), received)
    assert.deepEqual(adapted(received, true), [
      ['vary', 'Accept-Encoding'],
      ['via', '1.1 hitrate-test'],
    ])
    assert.deepEqual(adapted([['vary', 'cookie']], true), [['via', '1.1 hitrate-test']])
  })
})

describe('ownLocation', () => {
  const upstream = new URL('http://origin.example/api')
  for (const [location, expected] of [
    ['http://origin.example/api/x?y#z', '/x?y#z'],
    ['HTTP://ORIGIN.example:80/api/x', '/x'],
    ['http://origin.example/api', '/'],
    ['/api/login', '/login'],
    ['/api?x', '/?x'],
    ['/apiary', '/apiary'],
    ['/other', '/other'],
    ['x', 'x'],
    ['//other.example/api/x', '//other.example/api/x'],
    ['https://origin.example/api/x', 'https://origin.example/api/x'],
    ['http://origin.example.evil/api/x', 'http://origin.example.evil/api/x'],
    ['http://origin.example/api//evil.example', '/evil.example'],
    ['mailto:a@b.example', 'mailto:a@b.example'],
  ] as const) {
    it(`${location} becomes ${expected}`, () => assert.equal(ownLocation(location, upstream), expected))
  }

  it('an upstream without a path leaves paths as they are', () => {
    const root = new URL('http://origin.example')
    assert.equal(ownLocation('/login', root), '/login')
    assert.equal(ownLocation('http://origin.example/a%2Fb', root), '/a%2Fb')
    assert.equal(ownLocation('http://origin.example', root), '/')
  })
})
