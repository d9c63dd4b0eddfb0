import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  hostnameOf,
  refuseHost,
  withCompleteUrl,
} from '../../../../src/process/runtimes/requests/request-host.ts'

/** A request as Bun makes it without a usable host: its URL is a path. */
function pathRequest(url: string, init: RequestInit = {}): Request {
  return Object.defineProperty(new Request('http://unused/', init), 'url', { value: url })
}

describe('withCompleteUrl', () => {
  it('completes the URL of a request without Host, and keeps the rest', async () => {
    const init = { method: 'PUT', body: 'text', headers: { 'if-match': '"x"' } }
    const request = withCompleteUrl(pathRequest('/a?b=c', init), '127.0.0.1') ?? assert.fail()
    assert.deepEqual(
      [request.url, request.method, request.headers.get('if-match'), await request.text()],
      ['http://127.0.0.1/a?b=c', 'PUT', '"x"', 'text'],
    )
  })

  it('returns nothing for a request with a Host that is no host', () => {
    for (const host of ['', 'a b']) {
      const request = pathRequest('/')
      request.headers.set('host', host)
      assert.equal(withCompleteUrl(request, 'localhost'), undefined)
    }
  })
})

describe('hostnameOf', () => {
  it('has brackets around an IPv6 address', () =>
    assert.deepEqual(['localhost', '::1'].map(hostnameOf), ['localhost', '[::1]']))
})

describe('refuseHost', () => {
  it('is a problem document with 400, which browsers must not sniff', async () => {
    const response = refuseHost()
    assert.deepEqual(
      [
        response.status,
        response.headers.get('content-type'),
        response.headers.get('x-content-type-options'),
        ((await response.json()) as { detail: string }).detail,
      ],
      [400, 'application/problem+json', 'nosniff', 'Host must be a host with an optional port'],
    )
  })
})
