import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { upstreamHeaders } from '../../../src/proxy/headers/upstream-request.ts'

function sent(
  received: Record<string, string>,
  options: { trusted?: boolean; withoutCookies?: boolean; address?: string } = {},
) {
  const headers = upstreamHeaders(new Headers(received), {
    client: { address: options.address ?? '192.0.2.7', host: 'shop.example:8080', protocol: 'http' },
    trustForwarded: options.trusted ?? false,
    withoutCookies: options.withoutCookies ?? false,
    pseudonym: 'hitrate-test',
  })
  return Object.fromEntries(headers)
}

/** The fields that every request gets. */
const ADDED = {
  'accept-encoding': 'identity',
  forwarded: 'for=192.0.2.7;host="shop.example:8080";proto=http',
  via: '1.1 hitrate-test',
  'x-forwarded-for': '192.0.2.7',
  'x-forwarded-host': 'shop.example:8080',
  'x-forwarded-proto': 'http',
}

describe('upstreamHeaders', () => {
  it('passes end-to-end fields, without the host of the client', () => {
    const received = {
      accept: 'text/html',
      cookie: 'a=1',
      authorization: 'Basic x',
      host: 'shop.example',
      expect: '100-continue',
    }
    assert.deepEqual(sent(received), {
      accept: 'text/html',
      authorization: 'Basic x',
      cookie: 'a=1',
      ...ADDED,
    })
  })

  it('removes the fields of the connection, and those that Connection lists', () => {
    const received = {
      connection: 'keep-alive, X-Hop, Te',
      'keep-alive': 'timeout=5',
      'proxy-authorization': 'Basic x',
      'proxy-connection': 'keep-alive',
      te: 'trailers',
      trailer: 'x-end',
      'transfer-encoding': 'chunked',
      upgrade: 'h2c',
      'x-hop': '1',
      'x-end-to-end': '2',
    }
    assert.deepEqual(sent(received), { 'x-end-to-end': '2', ...ADDED })
  })

  it('Connection cannot remove the credentials or the cookies of a request', () => {
    const received = { connection: 'authorization, cookie', authorization: 'Basic x', cookie: 'a=1' }
    assert.deepEqual(sent(received), { authorization: 'Basic x', cookie: 'a=1', ...ADDED })
  })

  it('replaces what the client says about its address, host and scheme', () => {
    const received = {
      forwarded: 'for=1.1.1.1;host=evil.example',
      'x-forwarded-for': '1.1.1.1',
      'x-forwarded-host': 'evil.example',
      'x-forwarded-prefix': '/evil',
      'x-forwarded-proto': 'https',
      'x-real-ip': '1.1.1.1',
    }
    assert.deepEqual(sent(received), ADDED)
  })

  it('removes fields that would give the request another URL than its key has', () => {
    const received = {
      'x-original-url': '/admin',
      'x-rewrite-url': '/admin',
      'x-http-method-override': 'DELETE',
      'x-host': 'evil.example',
      'x-scheme': 'https',
      proxy: 'http://evil.example',
      x_forwarded_host: 'evil.example',
      'x-original_url': '/admin',
    }
    assert.deepEqual(sent(received), ADDED)
    assert.deepEqual(sent(received, { trusted: true }), ADDED)
  })

  it('continues the list of a proxy that is trusted', () => {
    const received = {
      forwarded: 'for=198.51.100.1',
      'x-forwarded-for': '198.51.100.1',
      'x-forwarded-host': 'public.example',
      'x-forwarded-proto': 'https',
      via: '1.1 lb',
    }
    assert.deepEqual(sent(received, { trusted: true }), {
      'accept-encoding': 'identity',
      forwarded: `for=198.51.100.1, ${ADDED.forwarded}`,
      via: '1.1 lb, 1.1 hitrate-test',
      'x-forwarded-for': '198.51.100.1, 192.0.2.7',
      'x-forwarded-host': 'public.example',
      'x-forwarded-proto': 'https',
    })
  })

  it('writes an IPv6 address as RFC 7239 does', () => {
    assert.equal(sent({}, { address: '::1' }).forwarded, 'for="[::1]";host="shop.example:8080";proto=http')
  })

  it('leaves the cookies out where responses are for everyone, and passes the codings that the client accepts', () => {
    const { cookie, 'accept-encoding': codings } = sent(
      { cookie: 'a=1', 'accept-encoding': 'gzip, br' },
      { withoutCookies: true },
    )
    assert.deepEqual([cookie, codings], [undefined, 'gzip, br'])
  })
})
