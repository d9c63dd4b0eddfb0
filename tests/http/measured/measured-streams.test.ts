/** Streams and clients that leave, over the HTTP server of the runtime. The clock of the middleware is a variable. */
import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { gzipSync } from 'node:zlib'
import { type Context, Hono, type MiddlewareHandler } from 'hono'
import { compress } from 'hono/compress'
import { cors } from 'hono/cors'
import { streamSSE } from 'hono/streaming'
import { createCache } from '../../../src/cache/create-cache.ts'
import { cached } from '../../../src/http/cached/cached.ts'
import { type MeasuredEnd, type MeasuredOptions, measured } from '../../../src/http/measured/measured.ts'
import { memoryStore } from '../../../src/stores/memory/store.ts'
import { openServer, type TestServer } from '../../support/open-server.ts'

const isBun = 'Bun' in globalThis
let server: TestServer
/** A server behind the app. */
let upstream: TestServer
before(async () => {
  server = await openServer()
  upstream = await openServer()
})
after(() => Promise.all([server.close(), upstream.close()]))

/** A signal that a test gives. */
function gate() {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { opened: promise, open: resolve }
}

const bytes = (text: string) => new TextEncoder().encode(text)

function appWith(options: Partial<MeasuredOptions> = {}, outer: MiddlewareHandler[] = []) {
  const clock = { ms: 0 }
  const ends: MeasuredEnd[] = []
  const inFlight = { now: 0 }
  const waiting: (() => void)[] = []
  const app = new Hono()
  for (const one of outer) app.use(one)
  app.use(
    measured({
      onStart: () => void inFlight.now++,
      onEnd(end) {
        inFlight.now--
        ends.push(end)
        for (const resolve of waiting.splice(0)) resolve()
      },
      timer: () => clock.ms,
      ...options,
    }),
  )
  server.serve(app.fetch)
  /** Resolves with the ends when there are so many of them. */
  async function ended(count: number): Promise<MeasuredEnd[]> {
    while (ends.length < count) await new Promise<void>((resolve) => waiting.push(resolve))
    return ends
  }
  return { app, clock, ends, inFlight, ended }
}

const shown = ({ route, status, durationMs, isAborted, bytes }: MeasuredEnd) => ({
  route,
  status,
  durationMs,
  isAborted,
  bytes,
})

/** Reads the response until it contains `text`. */
async function readUntil(
  reader: Pick<ReadableStreamDefaultReader<Uint8Array>, 'read'>,
  text: string,
): Promise<void> {
  let received = ''
  while (!received.includes(text)) received += new TextDecoder().decode((await reader.read()).value)
}

describe('a response that streams', () => {
  type Stream = (c: Context, next: ReturnType<typeof gate>) => Response | Promise<Response>
  const source = (next: ReturnType<typeof gate>) => {
    let chunks = 0
    return new ReadableStream<Uint8Array>({
      async pull(controller) {
        if (chunks++ === 0) return controller.enqueue(bytes('first'))
        await next.opened
        controller.enqueue(bytes('second'))
        controller.close()
      },
    })
  }
  const streams: [name: string, make: Stream, size: number][] = [
    ['c.body() of a stream', (c, next) => c.body(source(next)), 11],
    [
      'new Response() of a stream',
      (_, next) => new Response(source(next), { headers: { 'content-type': 'text/event-stream' } }),
      11,
    ],
    ['with Content-Length', (c, next) => c.body(source(next), 200, { 'content-length': '11' }), 11],
    [
      'the response of fetch()',
      (_, next) => {
        upstream.serve(() => new Response(source(next)))
        return fetch(upstream.url)
      },
      11,
    ],
    [
      'streamSSE()',
      (c, next) =>
        streamSSE(c, async (out) => {
          await out.writeSSE({ data: 'first' })
          await next.opened
          await out.writeSSE({ data: 'second' })
        }),
      27,
    ],
  ]
  for (const [name, make, size] of streams) {
    for (const [place, outer] of [
      ['', []],
      [', behind cors()', [cors()]],
    ] as const) {
      it(`is in flight until its last byte, and timed to it: ${name}${place}`, async () => {
        const { app, clock, ends, inFlight, ended } = appWith({}, [...outer])
        const next = gate()
        app.get('/stream', (c) => make(c, next))
        const response = await fetch(`${server.url}/stream`)
        const reader = (response.body ?? assert.fail()).getReader()
        await readUntil(reader, 'first')
        clock.ms = 500
        assert.deepEqual([ends, inFlight.now], [[], 1])
        next.open()
        await readUntil(reader, 'second')
        await reader.read()
        const [end] = await ended(1)
        assert.deepEqual(shown(end ?? assert.fail()), {
          route: '/stream',
          status: 200,
          durationMs: 500,
          isAborted: false,
          bytes: size,
        })
        assert.equal(inFlight.now, 0)
      })
    }
  }

  it('is timed to its last byte behind compress(), and its bytes are those before the compression', async () => {
    const { app, clock, ended } = appWith({}, [compress()])
    const next = gate()
    app.get('/stream', (c) => c.body(source(next), 200, { 'content-type': 'text/plain' }))
    const response = await fetch(`${server.url}/stream`, { headers: { 'accept-encoding': 'gzip' } })
    clock.ms = 300
    next.open()
    assert.equal(await response.text(), 'firstsecond')
    const [end] = await ended(1)
    assert.deepEqual([end?.durationMs, end?.bytes], [300, 11])
  })

  it('with streams: false ends when the response exists', async () => {
    const { app, clock, ended } = appWith({ streams: false })
    const next = gate()
    app.get('/stream', (c) => c.body(source(next)))
    const response = await fetch(`${server.url}/stream`)
    const [end] = await ended(1)
    clock.ms = 500
    next.open()
    assert.equal(await response.text(), 'firstsecond')
    assert.deepEqual([end?.durationMs, end?.bytes, end?.status], [0, undefined, 200])
  })

  it('that fails half-way ends with its status', async () => {
    const { app, ended } = appWith()
    let chunks = 0
    app.get('/stream', (c) =>
      c.body(
        new ReadableStream({
          async pull(controller) {
            await new Promise((resolve) => setImmediate(resolve))
            if (chunks++ === 0) controller.enqueue(bytes('first'))
            else controller.error(new Error('broken'))
          },
        }),
      ),
    )
    await (await fetch(`${server.url}/stream`)).text().catch(() => {})
    const [end] = await ended(1)
    assert.deepEqual([end?.status, end?.isAborted, end?.bytes], [200, false, 5])
  })

  it('is read no faster than the client reads it', async () => {
    const { app, ended } = appWith()
    const chunk = new Uint8Array(64 * 1024)
    let pulled = 0
    app.get('/endless', (c) =>
      c.body(
        new ReadableStream(
          {
            async pull(controller) {
              await new Promise((resolve) => setImmediate(resolve))
              pulled++
              controller.enqueue(chunk)
            },
          },
          { highWaterMark: 0 },
        ),
      ),
    )
    const socket = connect(server.port, '127.0.0.1')
    socket.pause()
    socket.write('GET /endless HTTP/1.1\r\nhost: localhost\r\n\r\n')
    let before = -1
    let turns = 0
    while (turns < 20) {
      turns = pulled === before && pulled > 0 ? turns + 1 : 0
      before = pulled
      await new Promise((resolve) => setTimeout(resolve, 5))
      assert.ok(pulled < 2000, 'the stream is read although the client reads nothing')
    }
    socket.destroy()
    const [end] = await ended(1)
    assert.deepEqual([end?.status, end?.isAborted], [499, true])
  })
})

describe('a client that leaves', () => {
  it('before the response exists is counted as 499', async () => {
    const { app, clock, inFlight, ended } = appWith()
    const arrived = gate()
    const left = gate()
    app.get('/slow/:id', async (c) => {
      arrived.open()
      await left.opened
      clock.ms = 40
      return c.json({ late: true })
    })
    const socket = connect(server.port, '127.0.0.1')
    socket.write('GET /slow/1 HTTP/1.1\r\nhost: localhost\r\n\r\n')
    await arrived.opened
    await server.nextDisconnect(() => socket.destroy())
    left.open()
    const [end] = await ended(1)
    assert.deepEqual(shown(end ?? assert.fail()), {
      route: '/slow/:id',
      status: 499,
      durationMs: 40,
      isAborted: true,
      bytes: undefined,
    })
    assert.equal(inFlight.now, 0)
  })

  it('while a handler throws is counted as 499', async () => {
    const { app, ended } = appWith()
    const arrived = gate()
    const left = gate()
    app.get('/throws', async () => {
      arrived.open()
      await left.opened
      throw new Error('late')
    })
    app.onError((_, c) => c.text('error', 500))
    const socket = connect(server.port, '127.0.0.1')
    socket.write('GET /throws HTTP/1.1\r\nhost: localhost\r\n\r\n')
    await arrived.opened
    await server.nextDisconnect(() => socket.destroy())
    left.open()
    assert.equal((await ended(1))[0]?.status, 499)
  })

  it('in the middle of a stream is counted as 499 at that time, and the stream is cancelled', async () => {
    const { app, clock, ends, inFlight, ended } = appWith()
    let cancelled = 0
    app.get('/sse', (c) =>
      c.body(
        new ReadableStream({
          start: (controller) => controller.enqueue(bytes('first')),
          cancel: () => void cancelled++,
        }),
      ),
    )
    const abort = new AbortController()
    const response = await fetch(`${server.url}/sse`, { signal: abort.signal })
    await readUntil((response.body ?? assert.fail()).getReader(), 'first')
    assert.deepEqual([ends, inFlight.now], [[], 1])
    clock.ms = 700
    abort.abort()
    const [end] = await ended(1)
    assert.deepEqual(shown(end ?? assert.fail()), {
      route: '/sse',
      status: 499,
      durationMs: 700,
      isAborted: true,
      bytes: 5,
    })
    assert.deepEqual([cancelled, inFlight.now], [1, 0])
  })
})

describe('the sizes of a request', () => {
  const cache = createCache({ memory: memoryStore() })
  const routes = (app: Hono) => {
    app.get('/text', (c) => c.text('héllo'))
    app.get('/json', (c) => c.json({ a: 'é' }))
    app.get('/long', (c) => c.json({ a: 'x'.repeat(5000) }))
    app.get('/headers', (c) => c.json({ a: 1 }, 201, { 'x-own': '1' }))
    app.get('/html', (c) => c.html('<p>é</p>'))
    app.get('/promise', (c) => c.html(Promise.resolve('<p>x</p>')))
    app.get('/bytes', (c) => c.body(bytes('12345')))
    app.get('/buffer', (c) => c.body(bytes('123456').buffer))
    app.get('/nothing', (c) => c.body(null, 204))
    app.get('/own', () => new Response('own', { headers: { 'content-type': 'text/plain' } }))
    app.get('/hit', cached({ cache, targetedControl: 'max-age=60' }), (c) => c.text('hit é'))
    app.get('/throws', () => {
      throw new Error('x')
    })
    app.post('/echo', async (c) => c.text(await c.req.text()))
    app.onError((_, c) => c.text('error', 500))
  }
  const requests: [request: string, bytes: number, requestBytes?: number][] = [
    ['GET /text', 6],
    ['HEAD /text', 0],
    ['GET /json', 10],
    ['GET /long', 5008],
    ['GET /headers', 7],
    ['GET /html', 9],
    ['GET /promise', 8],
    ['GET /bytes', 5],
    ['GET /buffer', 6],
    ['GET /nothing', 0],
    ['GET /own', 3],
    ['GET /hit', 6],
    ['GET /hit', 6],
    ['HEAD /hit', 0],
    ['GET /throws', 5],
    ['GET /unknown', 13],
    ['POST /echo', 12, 12],
  ]
  for (const [place, outer] of [
    ['', []],
    [', behind cors()', [cors()]],
  ] as const) {
    it(`are those of the bodies${place}`, async () => {
      await cache.clear()
      const { app, ends, ended } = appWith({}, [...outer])
      routes(app)
      for (const [i, [request]] of requests.entries()) {
        const [method = '', path] = request.split(' ')
        const body = method === 'POST' ? { body: 'twelve bytes' } : {}
        await (await fetch(server.url + path, { method, ...body })).arrayBuffer()
        await ended(i + 1)
      }
      // On Node, a copy of such a response does not show its size.
      const isHidden = (request: string) => outer.length > 0 && !isBun && /\/own|\/promise/.test(request)
      const expected = requests.map(([request, size, requestBytes]) => [
        request,
        isHidden(request) ? undefined : size,
        requestBytes,
      ])
      assert.deepEqual(
        ends.map(({ bytes, requestBytes }, i) => [requests[i]?.[0], bytes, requestBytes]),
        expected,
      )
    })
  }
})

describe('the size of a response of fetch()', () => {
  it('is that of the decoded body, not its Content-Length', async () => {
    const headers = { 'content-encoding': 'gzip', 'content-type': 'text/plain' }
    upstream.serve(() => new Response(gzipSync('x'.repeat(9000)), { headers }))
    const { app, ended } = appWith()
    app.get('/decoded', () => fetch(upstream.url))
    assert.equal((await (await app.request('/decoded')).text()).length, 9000)
    assert.equal((await ended(1))[0]?.bytes, 9000)
  })
})

describe('the trace of a request', () => {
  it('comes from a valid and sampled traceparent, and only with the option', async () => {
    const header = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
    for (const trace of [true, false]) {
      const { app, ends } = appWith({ trace })
      const cache = createCache({ memory: memoryStore() })
      app.get('/x', cached({ cache, targetedControl: 'max-age=60' }), (c) => c.text('x'))
      for (const traceparent of [header, header, header.replace(/01$/, '00'), 'x']) {
        await (await fetch(`${server.url}/x`, { headers: { traceparent } })).text()
      }
      const sampled = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7' }
      const expected = trace ? [sampled, sampled, undefined, undefined] : Array(4).fill(undefined)
      assert.deepEqual(
        ends.map((end) => end.trace),
        expected,
      )
    }
  })
})
