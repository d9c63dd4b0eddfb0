import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Context } from 'hono'
import type { CacheRequest } from '../../../../src/http/cached/cache-request.ts'
import { applyNotModified, revalidatable } from '../../../../src/http/cached/loading/revalidation.ts'
import { createStoredResponse } from '../../../../src/http/stored/create-stored-response.ts'

const NOW = Date.UTC(2026, 10, 22, 12)
const policy = {
  targetedControl: undefined,
  cacheControl: new Map([['max-age', '60']]),
  cacheableStatusCodes: [200],
  storeSetCookie: false,
}

function stored(headers: Record<string, string>, selecting?: Record<string, string>) {
  const bytes = new TextEncoder().encode('body')
  return createStoredResponse({ status: 200, headers: new Headers(headers), selecting }, bytes, NOW)
}

/** A request whose handler has returned a 304 with these headers. */
function notModified(headers: Record<string, string>): CacheRequest {
  const c = new Context(new Request('http://localhost/x'))
  c.res = new Response(null, { status: 304, headers })
  return { c, outerHeaders: new Headers() } as unknown as CacheRequest
}

describe('revalidatable', () => {
  it('a stored response with a validator of the handler can be revalidated', async () => {
    const withEtag = await stored({ etag: '"a"' })
    assert.equal(
      revalidatable(withEtag, () => undefined),
      withEtag,
    )
    const withDate = await stored({ 'last-modified': 'Sun, 01 Nov 2026 00:00:00 GMT' })
    assert.equal(
      revalidatable(withDate, () => undefined),
      withDate,
    )
  })

  it('a stored response with a generated ETag cannot be revalidated', async () => {
    assert.equal(
      revalidatable(await stored({}), () => undefined),
      undefined,
    )
  })

  it('a stored response for other request headers cannot be revalidated', async () => {
    const variant = await stored({ etag: '"a"' }, { accept: 'text/html' })
    assert.equal(
      revalidatable(variant, () => 'text/html'),
      variant,
    )
    assert.equal(
      revalidatable(variant, () => 'text/plain'),
      undefined,
    )
  })

  it('a value that is not a response cannot be revalidated', () => {
    for (const value of [undefined, null, 'text', { conditionalHeaders: {} }]) {
      assert.equal(
        revalidatable(value, () => undefined),
        undefined,
      )
    }
  })
})

describe('applyNotModified', () => {
  it('the context gets the stored status and headers, updated by those of the 304', async () => {
    const request = notModified({ etag: '"a"', 'x-new': '2', 'cache-control': 'max-age=9' })
    const response = await stored({ etag: '"a"', 'x-old': '1', 'cache-control': 'max-age=5' })
    assert.equal(applyNotModified(request, response, policy), true)
    const { status, headers } = request.c.res
    assert.equal(status, 200)
    assert.deepEqual(
      ['etag', 'x-old', 'x-new', 'cache-control'].map((name) => headers.get(name)),
      ['"a"', '1', '2', 'max-age=9'],
    )
  })

  it('a 304 with another ETag changes nothing', async () => {
    const request = notModified({ etag: '"b"' })
    assert.equal(applyNotModified(request, await stored({ etag: '"a"' }), policy), false)
    assert.equal(request.c.res.status, 304)
  })

  it('directives of the option cacheControl are removed unless the 304 sets Cache-Control', async () => {
    const response = await stored({ etag: '"a"', 'cache-control': 'public, max-age=60' })
    const without = notModified({})
    applyNotModified(without, response, policy)
    assert.equal(without.c.res.headers.get('cache-control'), 'public')
    const withControl = notModified({ 'cache-control': 'max-age=60' })
    applyNotModified(withControl, response, policy)
    assert.equal(withControl.c.res.headers.get('cache-control'), 'max-age=60')
  })
})
