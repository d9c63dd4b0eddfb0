import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { withoutInternalHeaders } from '../../../src/http/fields/internal-headers.ts'
import { storedResponses } from '../../../src/http/stored/codec.ts'
import { createStoredResponse } from '../../../src/http/stored/create-stored-response.ts'
import { StoredResponse } from '../../../src/http/stored/stored-response.ts'

const NOW = Date.UTC(2026, 10, 22, 12)
const hit = { head: false, notModified: false, ageMs: 1999, cacheStatus: 'hitrate; hit' }

/** Nothing but what a stored response must have. */
const bare = {
  status: 200,
  fields: {},
  ours: {},
  cookies: [],
  body: null,
  selecting: undefined,
  isTagOurs: false,
}

function store(text: string | null, fields: Record<string, string> = {}, status = 200) {
  const bytes = text === null ? null : new TextEncoder().encode(text)
  return createStoredResponse({ status, headers: new Headers(fields), selecting: undefined }, bytes, NOW)
}

describe('a response that is kept', () => {
  it('gives any number of answers, each its own', async () => {
    const kept = await store('x', { 'content-type': 'text/plain', 'x-own': '1' })
    for (let i = 0; i < 3; i++) {
      const answer = kept.toResponse(hit)
      answer.headers.set('x-own', 'changed')
      answer.headers.append('age', '9')
      assert.equal(await answer.text(), 'x')
    }
    assert.equal(kept.toResponse(hit).headers.get('x-own'), '1')
    assert.equal(kept.toResponse(hit).headers.get('age'), '1')
  })

  it('has a date, a length and a tag, its own or made', async () => {
    const made = await store('x')
    assert.deepEqual(Object.fromEntries(made.toResponse(hit).headers), {
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

  it('has no length where there is no body', async () => {
    const answer = (await store(null, {}, 204)).toResponse(hit)
    assert.equal(answer.status, 204)
    assert.equal(answer.headers.get('content-length'), null)
    assert.equal(answer.headers.get('etag'), null)
    assert.equal(answer.body, null)
  })

  it('says its age in whole seconds, or nothing when it has just been made', async () => {
    const kept = await store('x')
    const age = (ageMs: number | undefined) => kept.toResponse({ ...hit, ageMs }).headers.get('age')
    assert.equal(age(undefined), null)
    assert.equal(age(0), '0')
    assert.equal(age(999), '0')
    assert.equal(age(1000), '1')
    assert.equal(age(-5), '0')
    assert.equal(age(0), '0')
    assert.equal(age(undefined), null)
  })

  it('says each time what the cache did', async () => {
    const kept = await store('x', { 'cache-status': 'origin; hit' })
    for (const cacheStatus of ['hitrate; hit', 'hitrate; fwd=stale', 'hitrate; hit']) {
      assert.equal(
        kept.toResponse({ ...hit, cacheStatus }).headers.get('cache-status'),
        `origin; hit, ${cacheStatus}`,
      )
    }
  })

  it('is counted with all that it holds in memory', async () => {
    const small = (await store('x')).bytes
    assert.ok((await store('x'.repeat(1000))).bytes >= small + 1000)
    assert.ok((await store('x', { 'x-own': 'y'.repeat(1000) })).bytes >= small + 1000)
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

describe('what is for us alone', () => {
  it('is taken from an answer that is not kept, which stays as it was', () => {
    const headers = new Headers({ 'hitrate-cache-control': 'x', 'cache-tag': 'a', 'x-own': '1' })
    headers.append('set-cookie', 'a=1')
    headers.append('set-cookie', 'b=2')
    const theirs = withoutInternalHeaders(headers)
    assert.deepEqual([...theirs.keys()].sort(), ['set-cookie', 'set-cookie', 'x-own'])
    assert.deepEqual(theirs.getSetCookie(), ['a=1', 'b=2'])
    assert.equal(headers.get('cache-tag'), 'a')
  })
})

describe('what comes back from a remote tier', () => {
  it('is nothing when no answer can be made of it', () => {
    const evil: [status: number, fields: Record<string, string>, cookies: string[], body: string | null][] = [
      [204, {}, [], 'a body'],
      [205, {}, [], 'a body'],
      [304, {}, [], 'a body'],
      [199, {}, [], null],
      [600, {}, [], null],
      [200, { 'not a name': '1' }, [], null],
      [200, { 'x-own': 'a\nb' }, [], null],
      [200, {}, ['a\0b'], null],
    ]
    for (const [status, fields, cookies, body] of evil) {
      const stored = new StoredResponse({ ...bare, status, fields, cookies, body })
      assert.equal(
        storedResponses.decode(storedResponses.encode(stored)),
        undefined,
        JSON.stringify([status, fields]),
      )
    }
    const good = new StoredResponse({ ...bare, status: 204, fields: { 'x-own': '1' }, cookies: ['a=1'] })
    const back = storedResponses.decode(storedResponses.encode(good))
    assert.equal(back?.toResponse(hit).status, 204)
  })
})
