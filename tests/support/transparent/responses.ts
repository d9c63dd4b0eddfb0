/** Kinds of responses that Hono allows, each from a route for `/x`. */
import { stream, streamSSE, streamText } from 'hono/streaming'
import type { TransparencyCase } from './observe.ts'
import { bytes, get, streamOf } from './route.ts'

const responsesOfTheContext: TransparencyCase[] = [
  get('c.text()', (c) => c.text('héllo')),
  get('c.text() with status and headers', (c) => c.text('x', 201, { 'x-own': '1' })),
  get('c.text() with a charset', (c) => c.text('x', 200, { 'content-type': 'text/plain; charset=latin1' })),
  get('c.text() of nothing', (c) => c.text('')),
  get('c.json()', (c) => c.json({ a: 'é' })),
  get('c.json() with a charset', (c) =>
    c.json({ a: 1 }, 200, { 'content-type': 'application/json; charset=utf-8' }),
  ),
  get('c.html()', (c) => c.html('<p>é</p>')),
  get('c.html() of a promise', (c) => c.html(Promise.resolve('<p>x</p>'))),
  get('c.body(null)', (c) => c.body(null)),
  get('c.body() of a string', (c) => c.body('x')),
  get('c.body() of bytes', (c) => c.body(bytes('x'))),
  get('c.body() of a stream', (c) => c.body(streamOf('a', 'b'))),
  get('c.body() of a stream with Content-Length', (c) =>
    c.body(streamOf('a', 'b'), 200, { 'content-length': '2' }),
  ),
  get('c.newResponse()', (c) => c.newResponse('x', { status: 203, headers: { 'x-own': '1' } })),
  get('c.status()', (c) => {
    c.status(202)
    return c.text('x')
  }),
  get('c.render()', (c) => c.render('<p>x</p>')),
  get('c.notFound()', (c) => c.notFound()),
  get('c.header() with append', (c) => {
    c.header('link', '<a>')
    c.header('link', '<b>', { append: true })
    return c.text('x')
  }),
  get('several Set-Cookie', (c) => {
    for (const cookie of ['a=1', 'b=2; Path=/', 'a=3']) c.header('set-cookie', cookie, { append: true })
    return c.text('x')
  }),
  ...([301, 302, 303, 307, 308] as const).map((status) =>
    get(`c.redirect() with ${status}`, (c) => c.redirect('/y?ü', status)),
  ),
  ...([201, 202, 203, 204, 205, 300, 304] as const).map((status) =>
    get(`c.body(null) with ${status}`, (c) => c.body(null, status)),
  ),
  ...([206, 400, 401, 403, 404, 405, 410, 418, 429, 451, 500, 501, 503, 511] as const).map((status) =>
    get(`c.text() with ${status}`, (c) => c.text('x', status as 400, { 'x-own': '1' })),
  ),
]

const responsesOfTheRuntime: TransparencyCase[] = [
  get('new Response() of a string', () => new Response('é')),
  get(
    'new Response() of a string with its own type',
    () => new Response('x', { headers: { 'content-type': 'a/b' } }),
  ),
  get('new Response() of null', () => new Response(null)),
  get('new Response() of an empty string', () => new Response('')),
  get('new Response() of a stream', () => new Response(streamOf('a', 'b'))),
  get('new Response() of an empty stream', () => new Response(streamOf())),
  get('new Response() of an ArrayBuffer', () => new Response(bytes('x').buffer)),
  get('new Response() of bytes', () => new Response(bytes('x'))),
  get('new Response() of a Blob', () => new Response(new Blob(['x'], { type: 'image/png' }))),
  get('new Response() of a Blob without a type', () => new Response(new Blob(['x']))),
  get('new Response() of URLSearchParams', () => new Response(new URLSearchParams({ a: '1' }))),
  get('new Response() with a status text', () => new Response('x', { status: 200, statusText: 'Fine' })),
  get(
    'a failure with a status text',
    () => new Response('x', { status: 599, statusText: 'Broken', headers: { 'content-type': 'a/b' } }),
  ),
  get('Response.json()', () => Response.json({ a: 1 }, { status: 201, headers: { 'x-own': '1' } })),
  get('Response.redirect()', () => Response.redirect('http://localhost/y', 307)),
  get('the response of fetch()', () => fetch('data:text/plain;charset=utf-8,hello')),
  get('a promise of a response', async () => new Response('x')),
  get(
    'a response with the header of another cache',
    () => new Response('x', { headers: { 'x-cache': 'hit' } }),
  ),
  get(
    'a response with Content-Encoding',
    () => new Response('x', { headers: { 'content-encoding': 'identity' } }),
  ),
  get('a response with Trailer', () => new Response(streamOf('a'), { headers: { trailer: 'x-sum' } })),
  get(
    'a body that fails',
    () => {
      const body = new ReadableStream({ pull: (controller) => controller.error(new Error('broke off')) })
      return new Response(body, { headers: { 'x-own': '1' } })
    },
    { differsWhenStored: 'the body is read before the response is sent, so that its error reaches onError' },
  ),
]

const streams: TransparencyCase[] = [
  get('stream()', (c) => stream(c, async (out) => void (await out.write('a')))),
  get('streamText()', (c) =>
    streamText(c, async (out) => {
      await out.writeln('a')
      await out.write('b')
    }),
  ),
  get('streamSSE()', (c) => streamSSE(c, (out) => out.writeSSE({ data: 'x', event: 'e', id: '1' }))),
]

/** Facts of the context that a handler can read. */
const context: TransparencyCase[] = [
  get('c.executionCtx', (c) => c.text(String(c.executionCtx))),
  get('c.event', (c) => c.text(String(c.event))),
  get('c.env and c.var', (c) => c.json([c.env ?? null, c.var])),
  get('the request', (c) => c.json([c.req.method, c.req.url, c.req.path])),
  get('c.req.header()', (c) => c.json(c.req.header())),
  get('c.res before a response', (c) => {
    c.res.headers.set('x-early', '1')
    return c.text('x')
  }),
]

export const responseCases: TransparencyCase[] = [
  ...responsesOfTheContext,
  ...responsesOfTheRuntime,
  ...streams,
  ...context,
]
