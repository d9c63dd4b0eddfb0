/** Responses that depend on the HTTP server: WebSockets, files, and one response object for several requests. */
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { HttpBindings } from '@hono/node-server'
import { Hono, type MiddlewareHandler } from 'hono'
import { createCache } from '../../../src/cache/create-cache.ts'
import { type CachedOptions, cached } from '../../../src/http/cached/cached.ts'
import { memoryStore } from '../../../src/stores/memory/store.ts'
import { openRawServer, type RawServer } from '../../support/transparent/raw-server.ts'

const isBun = 'Bun' in globalThis

let server: RawServer
before(async () => {
  server = await openRawServer()
})
after(() => server.close())

function cache(options: Omit<CachedOptions, 'cache'> = {}): MiddlewareHandler {
  return cached({ cache: createCache({ memory: memoryStore() }), ...options })
}

describe('one response object for several requests', () => {
  for (const [name, response, body] of [
    ['without a body', () => new Response(null, { headers: { 'x-own': '1', 'cache-tag': 'a' } }), ''],
    ['of a string', () => new Response('x', { headers: { 'x-own': '1' } }), 'x'],
  ] as const) {
    // Bun sends the headers of a response object once, also without a cache.
    it(`Cache-Status is on each response once: ${name}`, { skip: isBun }, async () => {
      const app = new Hono()
      const shared = response()
      app.use(cache(), cache())
      app.get('/x', () => shared)
      for (const _ of ['first', 'second', 'third']) {
        const received = await server.send((request) => app.fetch(request), '/x')
        const members = received.headers.filter((line) => line.startsWith('cache-status:'))
        assert.deepEqual(members, [
          'cache-status: hitrate; fwd=uri-miss; detail=no-lifetime, hitrate; fwd=uri-miss; detail=no-lifetime',
        ])
        assert.ok(received.headers.includes('x-own: 1'))
        assert.equal(received.body, body)
      }
    })
  }
})

describe('a WebSocket', () => {
  it('the handshake is that of Hono, with an option that gives responses a lifetime', {
    skip: !isBun,
  }, async () => {
    const { upgradeWebSocket } = await import('hono/bun')
    const headers = {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
      'sec-websocket-version': '13',
    }
    async function handshake(around: MiddlewareHandler[]) {
      const app = new Hono()
      app.on('GET', ['/x'], ...around, upgradeWebSocket(() => ({})) as MiddlewareHandler)
      return server.send((request, bun) => app.fetch(request, bun), '/x', { headers })
    }
    const plain = await handshake([])
    assert.match(plain.statusLine, /^HTTP\/1\.1 101 /)
    assert.deepEqual(await handshake([cache({ targetedControl: 'max-age=60' })]), plain)
  })
})

describe('static files', () => {
  let folder: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hitrate-static-'))
    await writeFile(join(folder, 'a.txt'), 'abc'.repeat(1000))
    await writeFile(join(folder, 'b.bin'), 'abc'.repeat(1000))
  })
  after(() => rm(folder, { recursive: true }))

  for (const [path, headers, method] of [
    ['/a.txt', {}, 'GET'],
    ['/a.txt', {}, 'HEAD'],
    ['/a.txt', { range: 'bytes=0-9' }, 'GET'],
    ['/b.bin', {}, 'GET'],
    ['/missing', {}, 'GET'],
  ] as const) {
    it(`serveStatic() responds as without a cache, also with a second request: ${method} ${path} ${JSON.stringify(headers)}`, async () => {
      const { serveStatic } = isBun
        ? await import('hono/bun')
        : await import('@hono/node-server/serve-static')
      const send = async (around: MiddlewareHandler[]) => {
        const app = new Hono()
        for (const one of around) app.use(one)
        app.use(serveStatic({ root: folder }))
        const responses = []
        for (const _ of ['first', 'second'])
          responses.push(await server.send((request) => app.fetch(request), path, { method, headers }))
        return responses.map((response) => ({
          ...response,
          headers: response.headers.filter((line) => !/^(cache-status|accept-ranges):/.test(line)),
        }))
      }
      assert.deepEqual(await send([cache({ targetedControl: 'no-store' })]), await send([]))
    })
  }
})

describe('a response that the handler has sent itself', () => {
  it('is neither stored nor sent a second time', { skip: isBun }, async () => {
    const { RESPONSE_ALREADY_SENT } = await import('@hono/node-server/utils/response')
    const app = new Hono<{ Bindings: HttpBindings }>()
    let calls = 0
    app.get('/x', cache({ targetedControl: 'max-age=60' }), (c) => {
      c.env.outgoing.end(`sent ${++calls}`)
      return RESPONSE_ALREADY_SENT
    })
    for (const body of ['sent 1', 'sent 2']) {
      const received = await server.send((request, env) => app.fetch(request, env as HttpBindings), '/x')
      assert.equal(received.body, body)
    }
  })
})

describe('a response of fetch with a status above 599', () => {
  const upstream = createServer((request, response) => {
    const headers = request.url === '/x' ? {} : { 'set-cookie': 'a=1' }
    response.writeHead(999, { 'cache-control': 'max-age=60', etag: '"a"', ...headers }).end('body')
  })
  before(() => new Promise<void>((resolve) => void upstream.listen(0, '127.0.0.1', resolve)))
  after(() => new Promise<void>((resolve) => void upstream.close(() => resolve())))

  for (const [method, path] of [
    ['GET', '/x'],
    ['GET', '/cookie'],
    ['POST', '/x'],
  ] as const) {
    it(`is not stored and stays as it is: ${method} ${path}`, async () => {
      const { port } = upstream.address() as AddressInfo
      async function send(around: MiddlewareHandler[]) {
        const app = new Hono()
        for (const one of around) app.use(one)
        app.all('*', (c) => fetch(`http://127.0.0.1:${port}${c.req.path}`))
        const received = []
        for (const _ of ['first', 'second']) {
          const { statusLine, body } = await server.send((request) => app.fetch(request), path, { method })
          received.push([statusLine.split(' ')[1], body])
        }
        return received
      }
      const plain = await send([])
      assert.equal(plain[0]?.[0], '999')
      assert.deepEqual(await send([cache()]), plain)
    })
  }
})
