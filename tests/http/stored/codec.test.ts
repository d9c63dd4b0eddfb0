/** Stored responses survive a remote tier unchanged, and foreign bytes there never break a request. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { Hono } from 'hono'
import { createCache } from '../../../src/cache/create-cache.ts'
import { cached } from '../../../src/http/cached/cached.ts'
import { storedResponses } from '../../../src/http/stored/codec.ts'
import { StoredResponse } from '../../../src/http/stored/stored-response.ts'
import { fakeRemoteStore } from '../../support/fake-remote-store.ts'

/** The minimum of a stored response, and a body. */
const minimal = {
  status: 200,
  headers: {},
  internal: {},
  cookies: [],
  body: 'body',
  selecting: undefined,
  hasGeneratedEtag: false,
}

const codec = storedResponses()

describe('stored responses in a remote tier', () => {
  for (const [name, body] of [
    ['text', '{"name":"Zoë \u{1F600}"}'],
    ['bytes', new Uint8Array([0, 255, 128, 10])],
    ['no body', null],
    ['an empty text', ''],
  ] as const) {
    it(`are decoded unchanged: ${name}`, async () => {
      const selecting = { accept: 'text/html', cookie: undefined }
      const length = body === null ? null : String(new Blob([body]).size)
      const headers = {
        'content-type': 'application/json',
        etag: '"x"',
        ...(length === null ? {} : { 'content-length': length }),
      }
      const stored = new StoredResponse({
        status: 200,
        headers,
        internal: { 'cache-tag': 'a' },
        cookies: ['a=1', 'b=2'],
        body: body && (typeof body === 'string' ? body : new Uint8Array(body)),
        selecting,
        hasGeneratedEtag: true,
      })
      const back = codec.decode(codec.encode(stored))
      assert.ok(back)
      assert.deepEqual(back.parts(), stored.parts())
      assert.deepEqual([back.status, back.etag, back.selecting], [200, '"x"', selecting])
      assert.ok('cookie' in (back.selecting ?? {}), 'a header that the request did not have selects too')
    })
  }

  it('are undefined when the bytes are truncated, foreign, or contain an invalid header', () => {
    const stored = new StoredResponse({ ...minimal, headers: { 'x-a': 'b' } })
    const bytes = codec.encode(stored)
    for (let length = 0; length < bytes.length - 4; length++) {
      const decoded = codec.decode(bytes.slice(0, length))
      assert.equal(decoded, undefined, `truncated at ${length}`)
    }
    fc.assert(
      fc.property(fc.uint8Array(), (any) => assert.equal(codec.decode(new Uint8Array(any)), undefined)),
    )
    const evil = new StoredResponse({ ...minimal, headers: { 'x-a': 'b\r\nset-cookie: stolen=1' } })
    assert.equal(codec.decode(codec.encode(evil)), undefined)
  })

  describe('with a head that does not fit', () => {
    const valid = [200, { 'x-a': 'b' }, ['a=1'], [['accept', null]], true, { 'cache-tag': 'a' }, 'text']

    /** Bytes in the layout of the codec, with any JSON as the head. */
    function withHead(head: unknown): Uint8Array<ArrayBuffer> {
      const json = typeof head === 'string' ? head : JSON.stringify(head)
      const headBytes = new TextEncoder().encode(json)
      const bytes = new Uint8Array(4 + headBytes.length + 1)
      new DataView(bytes.buffer).setUint32(0, headBytes.length)
      bytes.set(headBytes, 4)
      bytes.fill(0x61, 4 + headBytes.length)
      return bytes
    }

    it('accepts the valid head that the cases below vary', () => {
      assert.equal(codec.decode(withHead(valid))?.status, 200)
    })

    const invalid: [member: string, values: unknown[]][] = [
      ['status', [null, '200', 199, 600, 200.5, -200, true, [200]]],
      [
        'headers',
        [null, [], 'x', [['x-a', 'b']], { 'x-a': 1 }, { 'x-a': null }, { 'x-a': ['b'] }, { '': 'b' }],
      ],
      ['cookies', [null, {}, 'a=1', [1], [null], [['a=1']]]],
      [
        'selecting headers',
        [{}, 'accept', ['accept'], [['accept']], [['accept', 1]], [['a', 'b', 'c']], [[1, 'b']]],
      ],
      ['flag', [null, 0, 1, 'true']],
      ['own headers', [null, [], 'x', { 'cache-tag': 1 }]],
      ['kind of body', [null, '', 'other', 0, ['text']]],
    ]
    for (const [index, [member, values]] of invalid.entries()) {
      it(`refuses a wrong ${member}`, () => {
        for (const value of values) {
          const head = valid.with(index, value as string)
          assert.equal(codec.decode(withHead(head)), undefined, JSON.stringify(head))
        }
      })
    }

    it('refuses a missing member, one too many, and anything but an array', () => {
      const others = [valid.slice(0, -1), [...valid, null], [], {}, { length: 7 }, null, 1, '"text"', '{']
      for (const head of others) {
        assert.equal(codec.decode(withHead(head)), undefined, JSON.stringify(head))
      }
    })

    it('refuses a header named `__proto__`', () => {
      const head = JSON.stringify(valid).replace('"x-a"', '"__proto__"')
      assert.equal(codec.decode(withHead(head)), undefined)
    })
  })

  it('are invalidated in a slow remote tier before the response to a write is sent', async () => {
    let isSlow = true
    const remote = fakeRemoteStore({
      async before(operation) {
        if (isSlow && (operation === 'store' || operation === 'invalidate')) {
          await new Promise((resolve) => setImmediate(resolve))
        }
      },
    })
    const background: Promise<unknown>[] = []
    const context = {
      waitUntil: (work: Promise<unknown>) => void background.push(work),
      passThroughOnException() {},
      props: {},
    }
    async function send(method: string, slow: boolean): Promise<string | null> {
      isSlow = slow
      const app = new Hono()
      app.all('/x', cached({ cache: createCache({ remote }), targetedControl: 'max-age=60' }), (c) =>
        c.text('x'),
      )
      return (await app.request('/x', { method }, {}, context)).headers.get('cache-status')
    }
    await send('GET', true)
    await Promise.all(background)
    assert.match((await send('GET', false)) ?? '', /; hit/)
    await send('PUT', true)
    assert.match((await send('GET', false)) ?? '', /fwd=uri-miss/)
  })

  it('are served by another process through cached(), byte for byte, until they are invalidated', async () => {
    const remote = fakeRemoteStore()
    const clock = { now: 1_800_000_000_000 }
    let calls = 0
    const process = () => {
      const cache = createCache({ remote, now: () => clock.now })
      const app = new Hono()
      app.get('/x', cached({ cache, targetedControl: 'max-age=60' }), (c) => {
        calls++
        return c.body(new Uint8Array([1, 2, 255]), 200, { 'cache-tag': 'x', 'content-type': 'image/png' })
      })
      return { app, cache }
    }
    const first = await process().app.request('/x')
    assert.match(first.headers.get('cache-status') ?? '', /fwd=uri-miss; ttl=60; stored/)
    clock.now += 5000
    const other = process()
    const second = await other.app.request('/x')
    assert.equal(second.headers.get('cache-status'), 'hitrate; hit; ttl=55')
    assert.equal(second.headers.get('age'), '5')
    assert.deepEqual(new Uint8Array(await second.arrayBuffer()), new Uint8Array([1, 2, 255]))
    await other.cache.invalidateTags(['x'])
    assert.match((await process().app.request('/x')).headers.get('cache-status') ?? '', /fwd=uri-miss/)
    assert.equal(calls, 2)
  })
})
