/** Kinds of apps and requests: handlers that throw or return nothing, `onError`, nested apps, and other methods than GET. */
import { type Handler, Hono } from 'hono'
import { HTTPException } from 'hono/http-exception'
import type { TransparencyCase } from './observe.ts'
import { get, nothing, streamOf } from './route.ts'

const behindMiddleware = { expected: 'behind middleware' } as const

const failures: TransparencyCase[] = [
  get('a handler that throws', () => {
    throw new Error('broken')
  }),
  get('a handler that rejects', async () => {
    throw new Error('broken')
  }),
  get('a handler that throws a string', () => {
    throw 'broken'
  }),
  get('a handler that rejects with undefined', () => Promise.reject(undefined)),
  get('an HTTPException', () => {
    throw new HTTPException(403, { message: 'no' })
  }),
  get('an HTTPException with a response', () => {
    const res = new Response('own', { status: 401, headers: { 'www-authenticate': 'Basic' } })
    throw new HTTPException(401, { res })
  }),
  get('an HTTPException with 500', () => {
    throw new HTTPException(500, { message: 'broken' })
  }),
  get('a handler that returns nothing', nothing),
  get('a handler that resolves to nothing', (async () => undefined) as unknown as Handler),
  get('a handler that only calls next()', (_, next) => next() as unknown as Promise<Response>),
  get(
    'a handler that calls next() twice',
    async (_, next) => {
      await next()
      await next()
      return undefined as unknown as Response
    },
    behindMiddleware,
  ),
  {
    name: 'a handler that returns nothing, behind middleware',
    routes({ app, cache }) {
      app.use(async (_, next) => {
        await next()
      })
      app.on('GET', ['/x'], ...cache, nothing)
    },
  },
  {
    name: 'middleware that returns nothing and calls no next()',
    routes({ app, cache }) {
      for (const one of cache) app.use(one)
      app.use(async () => undefined)
      app.get('/x', (c) => c.text('x'))
    },
  },
  {
    name: 'a handler that returns nothing, with its own notFound',
    routes({ app, cache, log }) {
      app.on('GET', ['/x'], ...cache, nothing)
      app.notFound((c) => {
        log('notFound')
        return c.text('nothing here', 404)
      })
    },
  },
  {
    name: 'a handler that sets c.res and returns nothing',
    ...behindMiddleware,
    routes({ app, cache }) {
      app.on('GET', ['/x'], ...cache, ((c) => {
        c.res = new Response('set', { headers: { 'x-own': '1' } })
      }) as Handler)
    },
  },
  {
    name: 'an async onError',
    routes({ app, cache, log }) {
      app.on('GET', ['/x'], ...cache, () => {
        throw new Error('broken')
      })
      app.onError(async (error, c) => {
        log(`onError: ${error.message}`)
        await Promise.resolve()
        return c.text('handled', 500, { 'x-error': '1' })
      })
    },
  },
  {
    name: 'an onError that throws',
    ...behindMiddleware,
    routes({ app, cache, log }) {
      app.on('GET', ['/x'], ...cache, () => {
        throw new Error('broken')
      })
      app.onError((error) => {
        log(`onError: ${error.message}`)
        throw new Error(`${error.message} twice`)
      })
    },
  },
  {
    name: 'an onError that answers 200',
    routes({ app, cache, log }) {
      app.on('GET', ['/x'], ...cache, () => {
        throw new Error('broken')
      })
      app.onError((error, c) => {
        log(`onError: ${error.message}`)
        return c.json({ ok: true })
      })
    },
  },
  {
    name: 'no handler',
    routes({ app, cache, log }) {
      for (const one of cache) app.use(one)
      app.notFound(async (c) => {
        log('notFound')
        return c.json({ nothing: c.req.path }, 404)
      })
    },
  },
  {
    name: 'no handler and no notFound',
    routes({ app, cache }) {
      for (const one of cache) app.use(one)
    },
  },
]

const apps: TransparencyCase[] = [
  {
    name: 'c.res changed after next()',
    routes({ app, cache }) {
      for (const one of cache) app.use(one)
      app.use(async (c, next) => {
        await next()
        c.res = new Response(`(${await c.res.text()})`, c.res)
        c.res.headers.append('x-after', '1')
        c.header('x-after', '2', { append: true })
      })
      app.get('/x', (c) => c.text('x', 202))
    },
  },
  {
    name: 'c.res changed after next() around the cache',
    routes({ app, cache }) {
      app.use(async (c, next) => {
        c.header('x-before', '1')
        await next()
        c.res.headers.append('set-cookie', 'late=1')
        c.res = new Response(`(${await c.res.text()})`, { status: 203, headers: { 'x-new': '1' } })
      })
      app.on('GET', ['/x'], ...cache, (c) => c.text('x', 202, { 'x-own': '1' }))
    },
  },
  {
    name: 'headers of outer middleware that a handler replaces, appends to and deletes',
    routes({ app, cache }) {
      app.use(async (c, next) => {
        for (const name of ['x-a', 'x-b', 'x-c']) c.header(name, 'outer')
        c.header('set-cookie', 'outer=1', { append: true })
        await next()
      })
      app.on('GET', ['/x'], ...cache, (c) => {
        c.header('x-a', 'own')
        c.header('x-b', 'own', { append: true })
        c.header('x-c', undefined)
        c.header('set-cookie', 'own=1', { append: true })
        return c.text('x')
      })
    },
  },
  {
    name: 'a status of outer middleware',
    routes({ app, cache }) {
      app.use(async (c, next) => {
        c.status(418)
        await next()
      })
      app.on('GET', ['/x'], ...cache, (c) => c.text('x'))
    },
  },
  {
    name: 'outer middleware that catches the error of the handler',
    routes({ app, cache, log }) {
      app.use(async (c, next) => {
        await next()
        log(`error: ${c.error?.message}, finalized: ${c.finalized}`)
      })
      app.on('GET', ['/x'], ...cache, () => {
        throw new Error('broken')
      })
    },
  },
  {
    name: 'app.route() with its own onError and notFound',
    routes({ app, cache, log }) {
      const inner = new Hono()
      inner.on('GET', ['/'], ...cache, () => {
        throw new Error('broken')
      })
      inner.onError((error, c) => {
        log(`inner onError: ${error.message}`)
        return c.text('inner', 502)
      })
      app.route('/x', inner)
      app.onError((_, c) => {
        log('outer onError')
        return c.text('outer', 500)
      })
    },
  },
  {
    name: 'app.route() with onError, and a handler that returns nothing',
    routes({ app, cache }) {
      const inner = new Hono()
      inner.on('GET', ['/'], ...cache, nothing)
      inner.onError((_, c) => c.text('inner', 502))
      app.route('/x', inner)
    },
  },
  {
    name: 'app.mount()',
    routes({ app, cache }) {
      for (const one of cache) app.use(one)
      app.mount('/m', (request) => new Response(new URL(request.url).pathname, { statusText: 'Mounted' }))
    },
    path: '/m/a',
  },
  {
    name: 'app.basePath()',
    routes({ app, cache }) {
      app.basePath('/base').on('GET', ['/x/:id'], ...cache, (c) => c.json([c.req.path, c.req.param('id')]))
    },
    path: '/base/x/7',
  },
  {
    name: 'a handler that passes to the next one',
    routes({ app, cache }) {
      app.on('GET', ['/x'], ...cache, (c, next) => (c.req.query('a') ? c.text('first') : (next() as never)))
      app.get('/x', (c) => c.text('second'))
    },
  },
]

const sent = (
  name: string,
  request: RequestInit,
  handler: Handler,
  more: Partial<TransparencyCase> = {},
): TransparencyCase => ({
  name,
  request,
  ...more,
  routes: ({ app, cache }) =>
    void app.on(['GET', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'M-SEARCH'], ['/x'], ...cache, handler),
})

/** Other methods than GET, and conditions. */
const requests: TransparencyCase[] = [
  sent('HEAD', { method: 'HEAD' }, (c) => c.text('hello')),
  sent('HEAD with Content-Length', { method: 'HEAD' }, (c) => c.body(null, 200, { 'content-length': '12' })),
  sent('HEAD of a stream', { method: 'HEAD' }, () => new Response(streamOf('a'))),
  sent('HEAD of a redirect', { method: 'HEAD' }, (c) => c.redirect('/y')),
  sent('OPTIONS', { method: 'OPTIONS' }, (c) => c.body(null, 204, { allow: 'GET', 'content-length': '0' })),
  sent('OPTIONS of nothing', { method: 'OPTIONS' }, nothing),
  sent('POST', { method: 'POST', body: 'a=1' }, async (c) => c.text(await c.req.text(), 201)),
  sent('POST of JSON', { method: 'POST', body: '{"a":1}' }, async (c) => c.json(await c.req.json())),
  sent(
    'POST with a status text',
    { method: 'POST' },
    () => new Response('x', { status: 201, statusText: 'Made' }),
  ),
  sent('POST that returns nothing', { method: 'POST' }, nothing),
  sent('POST that throws', { method: 'POST' }, () => {
    throw new Error('broken')
  }),
  sent('DELETE', { method: 'DELETE' }, (c) => c.body(null, 204)),
  sent('PUT', { method: 'PUT', body: 'x' }, async (c) => new Response(c.req.raw.body, { status: 200 })),
  sent('M-SEARCH', { method: 'M-SEARCH' }, (c) => c.text(c.req.method)),
  sent(
    'a range that the handler ignores',
    { headers: { range: 'bytes=0-0' } },
    (c) => c.body(streamOf('ab')),
    { differsWhenStored: 'a range is cut from the stored body' },
  ),
  sent('a condition without a validator', { headers: { 'if-none-match': '"a"' } }, (c) => c.text('x')),
  sent('a condition that does not match', { headers: { 'if-none-match': '"a"' } }, (c) =>
    c.text('x', 200, { etag: '"b"' }),
  ),
  sent('a condition on a failure', { headers: { 'if-none-match': '*' } }, (c) =>
    c.text('x', 404, { etag: '"b"' }),
  ),
]

export const appCases: TransparencyCase[] = [...failures, ...apps, ...requests]
