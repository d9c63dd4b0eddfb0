import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Context } from 'hono'
import type { Read } from '../../../src/cache/read.ts'
import { respondWithOwn, respondWithStored } from '../../../src/http/cached/respond.ts'
import { formatCacheStatus } from '../../../src/http/fields/cache-status.ts'
import { createStoredResponse } from '../../../src/http/stored/create-stored-response.ts'

const NOW = Date.UTC(2026, 10, 22, 12)
const modified = 'Sun, 22 Nov 2026 11:00:00 GMT'

function contextOf(headers: Record<string, string> = {}, method = 'GET') {
  return new Context(new Request('http://localhost/x', { method, headers }))
}

async function storedWith(headers: Record<string, string>, body = 'abcdef', status = 200) {
  const head = { status, headers: new Headers(headers), selecting: undefined }
  return createStoredResponse(head, new TextEncoder().encode(body), NOW)
}

const readAs = (outcome: 'hit' | 'miss', ageMs: number) =>
  ({ value: undefined, outcome, ageMs, expiresInMs: 60_000, kept: true }) as Read<unknown>

const hit = { status: { hit: true, ttlMs: 60_000 }, text: formatCacheStatus, now: NOW }

describe('respondWithStored', () => {
  it('a GET gets the body, Age and Cache-Status', async () => {
    const c = contextOf()
    const stored = await storedWith({ etag: '"a"' })
    respondWithStored({ c, outerHeaders: new Headers() }, stored, readAs('hit', 5999), hit)
    assert.equal(c.res.status, 200)
    assert.equal(c.res.headers.get('age'), '5')
    assert.equal(c.res.headers.get('cache-status'), 'hitrate; hit; ttl=60')
    assert.equal(await c.res.text(), 'abcdef')
  })

  it('a response that was just loaded has no Age', async () => {
    for (const [ageMs, age] of [
      [999, null],
      [1000, '1'],
    ] as const) {
      const c = contextOf()
      respondWithStored({ c, outerHeaders: new Headers() }, await storedWith({}), readAs('miss', ageMs), hit)
      assert.equal(c.res.headers.get('age'), age)
    }
  })

  it('a HEAD gets the headers without the body', async () => {
    const c = contextOf({}, 'HEAD')
    respondWithStored({ c, outerHeaders: new Headers() }, await storedWith({}), readAs('hit', 0), hit)
    assert.equal(c.res.headers.get('content-length'), '6')
    assert.equal(await c.res.text(), '')
  })

  it('a matching condition takes precedence over a range', async () => {
    const c = contextOf({ 'if-none-match': '"a"', range: 'bytes=0-0' })
    respondWithStored(
      { c, outerHeaders: new Headers() },
      await storedWith({ etag: '"a"' }),
      readAs('hit', 0),
      hit,
    )
    assert.equal(c.res.status, 304)
  })

  it('a range gets the part, unless If-Range names another ETag', async () => {
    for (const [ifRange, status, body] of [
      ['"a"', 206, 'bc'],
      ['"b"', 200, 'abcdef'],
    ] as const) {
      const c = contextOf({ range: 'bytes=1-2', 'if-range': ifRange })
      respondWithStored(
        { c, outerHeaders: new Headers() },
        await storedWith({ etag: '"a"' }),
        readAs('hit', 0),
        hit,
      )
      assert.deepEqual([c.res.status, await c.res.text()], [status, body])
    }
  })

  it('a 404 does not become a 304', async () => {
    const c = contextOf({ 'if-none-match': '"a"' })
    const stored = await storedWith({ etag: '"a"' }, 'gone', 404)
    respondWithStored({ c, outerHeaders: new Headers() }, stored, readAs('hit', 0), hit)
    assert.equal(c.res.status, 404)
  })

  it('fwd-status is the stored status where a forwarded request gets a 304', async () => {
    const c = contextOf({ 'if-none-match': '"a"' })
    const status = { fwd: 'uri-miss', ttlMs: 60_000, stored: true } as const
    const stored = await storedWith({ etag: '"a"' })
    respondWithStored({ c, outerHeaders: new Headers() }, stored, readAs('miss', 0), { ...hit, status })
    assert.equal(c.res.headers.get('cache-status'), 'hitrate; fwd=uri-miss; fwd-status=200; ttl=60; stored')
  })

  it('private headers replace stored ones, cookies are added, and outer headers fill the rest', async () => {
    const c = contextOf()
    const privateHeaders: [string, string][] = [
      ['x-user', 'ann'],
      ['set-cookie', 'a=1'],
      ['set-cookie', 'b=2'],
    ]
    const outerHeaders = new Headers({ 'x-user': 'outer', 'x-request': '1' })
    const stored = await storedWith({ 'x-user': 'all' })
    respondWithStored({ c, outerHeaders }, stored, readAs('hit', 0), { ...hit, privateHeaders })
    assert.equal(c.res.headers.get('x-user'), 'ann')
    assert.equal(c.res.headers.get('x-request'), '1')
    assert.deepEqual(c.res.headers.getSetCookie(), ['a=1', 'b=2'])
  })
})

describe('respondWithOwn', () => {
  /** A context with this response of the handler. */
  function handled(response: Response, headers: Record<string, string> = {}, method = 'GET') {
    const c = contextOf(headers, method)
    c.res = response
    return c
  }

  it('the handler’s response gets Cache-Status and loses the headers for the cache alone', async () => {
    const headers = { 'hitrate-cache-control': 'no-store', 'cache-tag': 'a', 'cache-status': 'origin; hit' }
    const c = handled(new Response('own', { status: 201, headers }))
    respondWithOwn(c, 'hitrate; fwd=method', NOW)
    assert.equal(c.res.status, 201)
    assert.equal(c.res.headers.get('cache-status'), 'origin; hit, hitrate; fwd=method')
    assert.equal(c.res.headers.get('hitrate-cache-control'), null)
    assert.equal(c.res.headers.get('cache-tag'), null)
    assert.equal(await c.res.text(), 'own')
  })

  it('a GET with a matching condition gets a 304, and the body is cancelled', () => {
    for (const [validator, condition] of [
      [{ etag: '"a"' }, { 'if-none-match': 'W/"a"' }],
      [{ 'last-modified': modified }, { 'if-modified-since': modified }],
    ] as const) {
      let cancels = 0
      const body = new ReadableStream({ cancel: () => void cancels++ })
      const headers = { ...validator, 'content-type': 'text/plain', 'content-length': '3' }
      const c = handled(new Response(body, { headers }), condition)
      respondWithOwn(c, 'hitrate; fwd=uri-miss', NOW)
      assert.equal(c.res.status, 304)
      assert.equal(c.res.headers.get('content-type'), null)
      assert.equal(c.res.headers.get('content-length'), null)
      assert.equal(cancels, 1)
    }
  })

  it('a POST and a failure keep their status in spite of a matching condition', () => {
    for (const [method, status] of [
      ['POST', 200],
      ['GET', 404],
    ] as const) {
      const c = handled(
        new Response('x', { status, headers: { etag: '"a"' } }),
        { 'if-none-match': '"a"' },
        method,
      )
      respondWithOwn(c, 'hitrate; fwd=uri-miss', NOW)
      assert.equal(c.res.status, status)
    }
  })

  it('a HEAD gets no body', async () => {
    const c = handled(new Response('own'), {}, 'HEAD')
    respondWithOwn(c, 'hitrate; fwd=uri-miss', NOW)
    assert.equal(c.res.body, null)
  })

  it('Response.error() stays unchanged', () => {
    const response = Response.error()
    const c = handled(response)
    respondWithOwn(c, 'hitrate; fwd=uri-miss', NOW)
    assert.equal(c.res.type, 'error')
  })
})
