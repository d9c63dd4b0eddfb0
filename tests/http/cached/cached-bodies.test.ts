/** Bodies: stored byte by byte, cancelled or streamed when they are not stored. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Hono } from 'hono'
import { createCache } from '../../../src/cache/create-cache.ts'
import { cached } from '../../../src/http/cached/cached.ts'
import { memoryStore } from '../../../src/stores/memory/store.ts'
import { gate, statusAndBody, testApp } from '../../support/test-app.ts'

describe('bodies', () => {
  async function twice(
    body: Uint8Array<ArrayBuffer>,
    headers: Record<string, string> = {},
    options = {},
  ): Promise<Uint8Array[]> {
    const { app, cached } = testApp()
    app.get(
      '/x',
      cached(options),
      () => new Response(body, { headers: { 'cache-control': 'max-age=60', ...headers } }),
    )
    const bodies: Uint8Array[] = []
    for (const status of [/; stored$/, /; hit;/]) {
      const response = await app.request('/x')
      assert.match(response.headers.get('cache-status') ?? '', status)
      bodies.push(new Uint8Array(await response.arrayBuffer()))
    }
    return bodies
  }

  const binary = Uint8Array.from({ length: 256 }, (_, i) => i)
  const bom = Uint8Array.from([0xef, 0xbb, 0xbf, 0x7b, 0x7d])
  const cases: [label: string, bytes: Uint8Array<ArrayBuffer>, headers: Record<string, string>][] = [
    ['bytes', binary, {}],
    ['bytes with a text Content-Type', binary, { 'content-type': 'text/plain; charset=utf-8' }],
    [
      'invalid UTF-8 with Content-Type JSON',
      Uint8Array.from([0x22, 0xc3, 0x28, 0x22]),
      { 'content-type': 'application/json' },
    ],
    ['a byte order mark', bom, { 'content-type': 'application/json' }],
    ['Latin-1', Uint8Array.from([0xfc]), { 'content-type': 'text/html; charset=iso-8859-1' }],
    ['UTF-16', Uint8Array.from([0x41, 0]), { 'content-type': 'text/plain; charset="utf-16le"' }],
    [
      'compressed text',
      Uint8Array.from([0x1f, 0x8b, 0x08, 0x41]),
      { 'content-type': 'text/plain', 'content-encoding': 'gzip' },
    ],
    ['text', new TextEncoder().encode('grüße 😀\0'), { 'content-type': 'text/plain;charset=UTF-8' }],
    ['no bytes', new Uint8Array(), { 'content-type': 'text/plain' }],
  ]
  for (const [label, bytes, headers] of cases) {
    it(`a stored body equals the handler’s body byte by byte: ${label}`, async () => {
      for (const body of await twice(bytes, headers)) assert.deepEqual([...body], [...bytes])
    })
  }

  it('a stored body keeps its Content-Type and Content-Encoding, and gets the real Content-Length', async () => {
    const { app, cached, get } = testApp()
    const bodyHeaders = { 'content-type': 'text/plain', 'content-encoding': 'br', 'content-length': '999' }
    app.get(
      '/x',
      cached(),
      () => new Response(binary, { headers: { 'cache-control': 'max-age=60', ...bodyHeaders } }),
    )
    for (const _ of [1, 2]) {
      const { headers } = await get('/x')
      assert.equal(headers.get('content-type'), 'text/plain')
      assert.equal(headers.get('content-encoding'), 'br')
      assert.equal(headers.get('content-length'), '256')
    }
  })

  it('a response without a body is stored', async () => {
    for (const status of [200, 204, 205, 301, 404]) {
      const { app, cached, get } = testApp()
      const headers = { 'cache-control': 'max-age=60' }
      app.get('/x', cached(), () => new Response(null, { status, headers }))
      for (const outcome of ['fwd=uri-miss; ttl=60; stored', 'hit; ttl=60']) {
        const response = await get('/x')
        assert.equal(response.status, status)
        assert.deepEqual(await statusAndBody(response), [`hitrate; ${outcome}`, ''])
      }
    }
  })

  it('a body above maxBodyBytes streams to the client and is not stored', async () => {
    for (const declared of [true, false]) {
      const { app, cached, get, outcomes } = testApp()
      const chunk = new Uint8Array(400).fill(7)
      app.get('/x', cached({ maxBodyBytes: 1000 }), () => {
        let remaining = 5
        const stream = new ReadableStream<Uint8Array>({
          pull: (controller) => (remaining-- > 0 ? controller.enqueue(chunk) : controller.close()),
        })
        const length: Record<string, string> = declared ? { 'content-length': '2000' } : {}
        return new Response(stream, {
          status: 203,
          headers: { 'cache-control': 'max-age=60', 'cache-tag': 'a', ...length },
        })
      })
      for (const _ of [1, 2]) {
        const response = await get('/x')
        assert.equal(response.status, 203)
        const detail = declared ? 'too-large' : 'streaming' // without Content-Length the size is not known yet
        assert.equal(response.headers.get('cache-status'), `hitrate; fwd=uri-miss; detail=${detail}`)
        assert.equal(response.headers.get('cache-tag'), null)
        const body = new Uint8Array(await response.arrayBuffer())
        assert.equal(body.length, 2000)
        assert.ok(body.every((byte) => byte === 7))
      }
      assert.deepEqual(outcomes, ['miss', 'miss'])
    }
  })

  it('a body that no client reads is cancelled', async () => {
    const { app, cached, clock, get } = testApp()
    const cancelled: string[] = []
    let calls = 0
    app.get('/x/:fields', cached(), (c) => {
      const control = c.req.param('fields')
      const status = ++calls === 2 ? 503 : 200
      const stream = new ReadableStream({
        pull: (controller) => (status === 200 && control !== 'private' ? controller.close() : undefined),
        cancel: () => void cancelled.push(`${control} ${status}`),
      })
      const headers = { 'cache-control': status === 200 ? control : 'no-store', etag: '"a"' }
      return new Response(stream, { status, headers: headers })
    })
    await get('/x/max-age=1,stale-if-error=60')
    clock.ms += 2000
    assert.equal((await get('/x/max-age=1,stale-if-error=60')).status, 200)
    assert.equal((await get('/x/private', { 'if-none-match': '"a"' })).status, 304)
    assert.deepEqual(cancelled, ['max-age=1,stale-if-error=60 503', 'private 200'])
  })

  it('a body of exactly maxBodyBytes is stored', async () => {
    const [first] = await twice(new Uint8Array(1000), {}, { maxBodyBytes: 1000 })
    assert.equal(first?.length, 1000)
  })

  it('the body of a response that is not stored reaches the client before it is complete', async () => {
    const { app, cached, get } = testApp()
    const { open, opened } = gate()
    app.get('/x', cached(), () => {
      const stream = new ReadableStream<Uint8Array>({
        async start(controller) {
          controller.enqueue(new TextEncoder().encode('first'))
          await opened
          controller.close()
        },
      })
      return new Response(stream, { headers: { 'cache-control': 'no-cache' } })
    })
    const reader = (await get('/x')).body?.getReader()
    assert.equal(new TextDecoder().decode((await reader?.read())?.value), 'first')
    open()
    assert.equal((await reader?.read())?.done, true)
  })
})

describe('server-sent events', () => {
  it('a text/event-stream response streams and is not stored, even with targetedControl', async () => {
    const cache = createCache({ memory: memoryStore() })
    const app = new Hono()
    app.get('/events', cached({ cache, targetedControl: 'max-age=60' }), (c) => {
      const endless = new ReadableStream({
        start: (controller) => controller.enqueue(new TextEncoder().encode('data: 1\n\n')),
      })
      return c.body(endless, 200, { 'content-type': 'text/event-stream' })
    })
    const response = await app.request('/events')
    assert.equal(response.headers.get('cache-status'), 'hitrate; fwd=uri-miss; detail=event-stream')
    const { value } = (await response.body?.getReader().read()) ?? {}
    assert.equal(new TextDecoder().decode(value), 'data: 1\n\n')
  })
})
