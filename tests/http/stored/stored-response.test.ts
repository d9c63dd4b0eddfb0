import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { storedResponses } from '../../../src/http/stored/codec.ts'
import { createStoredResponse } from '../../../src/http/stored/create-stored-response.ts'
import { SharedHeads } from '../../../src/http/stored/heads/shared-heads.ts'
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

const codec = storedResponses()

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
    const sizeOf = async (
      headers: Headers | Record<string, string>,
      selecting = {},
      body = 'x'.repeat(16),
    ) => {
      const head = { status: 200, headers: new Headers(headers), selecting }
      return (await createStoredResponse(head, new TextEncoder().encode(body), NOW)).bytes
    }
    const base = await sizeOf({})
    for (const larger of [
      await sizeOf({}, {}, 'x'.repeat(1016)),
      await sizeOf({ 'x-own': 'y'.repeat(1000) }),
      await sizeOf({ [`x-${'n'.repeat(1000)}`]: '' }),
      await sizeOf({ etag: `"${'e'.repeat(1022)}"` }),
      await sizeOf({ 'content-location': 'l'.repeat(1000) }),
      await sizeOf({ 'cache-tag': 't'.repeat(1000) }),
      await sizeOf({}, { accept: 'z'.repeat(1000) }),
      await sizeOf(new Headers([['set-cookie', 'c'.repeat(1000)]])),
    ]) {
      assert.equal(larger >= base + 950 && larger < base + 1500, true, `${larger} after ${base}`)
    }
  })

  it('counts a text with wide characters twice, and what it shares with other responses in part', async () => {
    const heads = new SharedHeads()
    const sizes: number[] = []
    for (const body of ['x'.repeat(1000), 'y'.repeat(1000), `€${'y'.repeat(999)}`]) {
      const head = {
        status: 200,
        headers: new Headers({ 'content-type': 'text/plain', 'x-own': 'y'.repeat(1000) }),
        selecting: undefined,
      }
      sizes.push((await createStoredResponse(head, new TextEncoder().encode(body), NOW, heads)).bytes)
    }
    const [first = 0, second = 0, wide = 0] = sizes
    assert.equal(second < first - 500, true, `${sizes}`)
    assert.equal(wide > second + 500, true, `${sizes}`)
  })

  it('keeps the length of a text that has other bytes than characters, and every value of its own', async () => {
    const own = {
      'last-modified': 'Sun, 22 Nov 2026 11:00:00 GMT',
      expires: 'Sun, 22 Nov 2026 13:00:00 GMT',
      'content-location': '/a',
    }
    for (const [text, length] of [
      ['abc', 3],
      ['über', 5],
      ['€', 3],
      ['', 0],
    ] as const) {
      for (const headers of [{}, own]) {
        const stored = await store(text, { 'content-type': 'text/plain', ...headers })
        const sent = Object.fromEntries(stored.toResponse(hit).headers)
        assert.deepEqual([stored.length, sent['content-length']], [length, String(length)])
        for (const [name, value] of Object.entries(headers)) assert.equal(sent[name], value)
        assert.equal(stored.lastModified, headers === own ? own['last-modified'] : undefined)
        assert.deepEqual(codec.decode(codec.encode(stored))?.parts(), stored.parts())
      }
    }
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
      assert.equal(codec.decode(codec.encode(stored)), undefined, JSON.stringify([status, headers]))
    }
    const good = new StoredResponse({ ...bare, status: 204, headers: { 'x-own': '1' }, cookies: ['a=1'] })
    const back = codec.decode(codec.encode(good))
    assert.equal(back?.toResponse(hit).status, 204)
  })
})
