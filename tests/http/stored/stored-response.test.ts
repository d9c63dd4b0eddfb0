import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { storedResponses } from '../../../src/http/stored/codec.ts'
import { createStoredResponse } from '../../../src/http/stored/create-stored-response.ts'
import { StoredResponse } from '../../../src/http/stored/stored-response.ts'

const NOW = Date.UTC(2026, 10, 22, 12)
const hit = { head: false, notModified: false, ageMs: 1999, cacheStatus: 'hitrate; hit' }

/** The required parts of a stored response. */
const bare = {
  status: 200,
  headers: {},
  internal: {},
  cookies: [],
  body: null,
  selecting: undefined,
  hasGeneratedEtag: false,
}

function store(text: string | null, headers: Record<string, string> = {}, status = 200) {
  const bytes = text === null ? null : new TextEncoder().encode(text)
  return createStoredResponse({ status, headers: new Headers(headers), selecting: undefined }, bytes, NOW)
}

describe('a stored response', () => {
  it('creates any number of independent responses', async () => {
    const stored = await store('x', { 'content-type': 'text/plain', 'x-own': '1' })
    for (let i = 0; i < 3; i++) {
      const response = stored.toResponse(hit)
      response.headers.set('x-own', 'changed')
      response.headers.append('age', '9')
      assert.equal(await response.text(), 'x')
    }
    assert.equal(stored.toResponse(hit).headers.get('x-own'), '1')
    assert.equal(stored.toResponse(hit).headers.get('age'), '1')
  })

  it('has a date, a length and an entity tag, from the handler or generated', async () => {
    const generated = await store('x')
    assert.deepEqual(Object.fromEntries(generated.toResponse(hit).headers), {
      'accept-ranges': 'bytes',
      age: '1',
      'cache-status': 'hitrate; hit',
      'content-length': '1',
      date: 'Sun, 22 Nov 2026 12:00:00 GMT',
      etag: '"LXEWQrcmsEQBYnyp-6wy9Q"',
    })
    const own = { date: 'Sat, 21 Nov 2026 12:00:00 GMT', etag: 'W/"own"', 'content-length': '7' }
    const { headers } = (await store('x', own)).toResponse(hit)
    assert.equal(headers.get('date'), own.date)
    assert.equal(headers.get('etag'), own.etag)
    assert.equal(headers.get('content-length'), '1')
  })

  it('has no length without a body', async () => {
    const response = (await store(null, {}, 204)).toResponse(hit)
    assert.equal(response.status, 204)
    assert.equal(response.headers.get('content-length'), null)
    assert.equal(response.headers.get('etag'), null)
    assert.equal(response.body, null)
  })

  it('sends its age in whole seconds, and none if it was just created', async () => {
    const stored = await store('x')
    const age = (ageMs: number | undefined) => stored.toResponse({ ...hit, ageMs }).headers.get('age')
    assert.equal(age(undefined), null)
    assert.equal(age(0), '0')
    assert.equal(age(999), '0')
    assert.equal(age(1000), '1')
    assert.equal(age(-5), '0')
    assert.equal(age(0), '0')
    assert.equal(age(undefined), null)
  })

  it('sends the Cache-Status of each request', async () => {
    const stored = await store('x', { 'cache-status': 'origin; hit' })
    for (const cacheStatus of ['hitrate; hit', 'hitrate; fwd=stale', 'hitrate; hit']) {
      assert.equal(
        stored.toResponse({ ...hit, cacheStatus }).headers.get('cache-status'),
        `origin; hit, ${cacheStatus}`,
      )
    }
  })

  it('counts its body, headers, selecting headers and cookies as its size in memory', async () => {
    const small = (await store('x')).bytes
    assert.ok((await store('x'.repeat(1000))).bytes >= small + 1000)
    assert.ok((await store('x', { 'x-own': 'y'.repeat(1000) })).bytes >= small + 1000)
    assert.ok((await store('x', { [`x-${'n'.repeat(1000)}`]: '' })).bytes >= small + 1000)
    const selecting = { accept: 'z'.repeat(1000) }
    assert.ok(
      (await createStoredResponse({ status: 200, headers: new Headers(), selecting }, null, NOW)).bytes >=
        1000,
    )
    const headers = new Headers([['set-cookie', 'c'.repeat(1000)]])
    assert.ok(
      (await createStoredResponse({ status: 200, headers, selecting: undefined }, null, NOW)).bytes >= 1000,
    )
  })
})

describe('storedResponses.decode()', () => {
  it('returns undefined for parts from which no response can be created', () => {
    const invalid: [
      status: number,
      headers: Record<string, string>,
      cookies: string[],
      body: string | null,
    ][] = [
      [204, {}, [], 'a body'],
      [205, {}, [], 'a body'],
      [304, {}, [], 'a body'],
      [199, {}, [], null],
      [600, {}, [], null],
      [200, { 'not a name': '1' }, [], null],
      [200, { 'x-own': 'a\nb' }, [], null],
      [200, {}, ['a\0b'], null],
    ]
    for (const [status, headers, cookies, body] of invalid) {
      const stored = new StoredResponse({ ...bare, status, headers, cookies, body })
      assert.equal(
        storedResponses.decode(storedResponses.encode(stored)),
        undefined,
        JSON.stringify([status, headers]),
      )
    }
    const good = new StoredResponse({ ...bare, status: 204, headers: { 'x-own': '1' }, cookies: ['a=1'] })
    const back = storedResponses.decode(storedResponses.encode(good))
    assert.equal(back?.toResponse(hit).status, 204)
  })
})
