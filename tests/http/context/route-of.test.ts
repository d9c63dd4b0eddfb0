import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Context, Hono, type MiddlewareHandler, type Next } from 'hono'
import { basicAuth } from 'hono/basic-auth'
import { every, some } from 'hono/combine'
import { cors } from 'hono/cors'
import { HTTPException } from 'hono/http-exception'
import { mount } from 'hono/mount'
import { LinearRouter } from 'hono/router/linear-router'
import { PatternRouter } from 'hono/router/pattern-router'
import { RegExpRouter } from 'hono/router/reg-exp-router'
import { SmartRouter } from 'hono/router/smart-router'
import { TrieRouter } from 'hono/router/trie-router'
import { createCache } from '../../../src/cache/create-cache.ts'
import { cached } from '../../../src/http/cached/cached.ts'
import { routeOf, setRoute } from '../../../src/http/context/route-of.ts'
import { front } from '../../../src/http/front/front.ts'
import { measured } from '../../../src/http/measured/measured.ts'
import { memoryStore } from '../../../src/stores/memory/store.ts'

const text = (body: string) => (c: Context) => c.text(body)
const pass: MiddlewareHandler = (_, next) => next()
const spa = text('<spa>')
const refuse: MiddlewareHandler = async (c, _next) => c.text('no', 401)
const proxy = (c: Context) => c.text(`proxied ${c.req.path}`)
const fetchable = new Hono().get('*', text('mounted'))
const legacy = (request: Request) => fetchable.fetch(request)

/** A routing, and the route that answers each request: its pattern, and the status. */
interface Routing {
  name: string
  build(app: Hono): void
  requests: [request: string, route: string, status: number][]
  /** Set if not every router can have these patterns. */
  routers?: string[]
}

const routings: Routing[] = [
  {
    name: 'a fallback for the front end',
    build: (app) =>
      app
        .get('/api/user/:id', text('user'))
        .post('/api/user', (c) => c.text('made', 201))
        .get('*', spa),
    requests: [
      ['GET /api/user/1', '/api/user/:id', 200],
      ['HEAD /api/user/1', '/api/user/:id', 200],
      ['POST /api/user', '/api/user', 201],
      ['GET /about', '/*', 200],
      ['POST /about', '/*', 404],
    ],
  },
  {
    name: 'routes that overlap',
    build: (app) => app.get('/posts/latest', text('latest')).get('/posts/:id', text('post')).get('*', spa),
    requests: [
      ['GET /posts/latest', '/posts/latest', 200],
      ['GET /posts/1', '/posts/:id', 200],
    ],
    routers: ['SmartRouter', 'TrieRouter', 'LinearRouter', 'PatternRouter'],
  },
  {
    name: 'a handler that takes next, before a route that is more specific',
    build: (app) =>
      app.get('/posts/:id', async (c, _next: Next) => c.text('post')).get('/posts/latest', text('latest')),
    requests: [['GET /posts/latest', '/posts/:id', 200]],
    routers: ['SmartRouter', 'TrieRouter', 'LinearRouter', 'PatternRouter'],
  },
  {
    name: 'middleware that answers',
    build: (app) =>
      app
        .use('/api/*', basicAuth({ username: 'a', password: 'b' }))
        .use('/api/admin/*', pass)
        .get('/api/user/:id', text('user'))
        .get('*', spa),
    requests: [
      ['GET /api/user/1', '/api/user/:id', 401],
      ['GET /api/admin/x', '/api/admin/*', 401],
      ['GET /api/unknown', '/api/*', 401],
      ['DELETE /api/user/1', '/api/*', 401],
      ['GET /', '/*', 200],
    ],
  },
  {
    name: 'middleware of a route that answers',
    build: (app) => app.get('/user/:id', refuse, text('user')).all('*', spa),
    requests: [['GET /user/1', '/user/:id', 401]],
  },
  {
    name: 'combined middleware that answers',
    build: (app) =>
      app
        .use('/api/*', every(pass, refuse))
        .use('/or/*', some(refuse, pass))
        .get('/api/user/:id', text('user'))
        .get('/or/:id', text('or'))
        .get('*', spa),
    requests: [
      ['GET /api/user/1', '/api/user/:id', 401],
      ['GET /or/1', '/or/:id', 401],
    ],
  },
  {
    name: 'middleware for a method, as caches are registered',
    build: (app) =>
      app
        .get('/api/*', async (c, next) => (c.req.query('deny') ? c.text('no', 403) : next()))
        .get('/api/user/:id', text('user'))
        .get('*', spa),
    requests: [
      ['GET /api/user/1', '/api/user/:id', 200],
      ['GET /api/user/1?deny=1', '/api/user/:id', 403],
      ['GET /api/other', '/*', 200],
    ],
  },
  {
    name: 'middleware that is registered behind the handlers',
    build: (app) => app.get('/user/:id', text('user')).use('*', pass),
    requests: [
      ['GET /user/1', '/user/:id', 200],
      ['GET /unknown', '/*', 404],
    ],
  },
  {
    name: 'a proxy for all methods',
    build: (app) => app.get('/v1/own', text('own')).all('/v1/*', proxy).get('*', spa),
    requests: [
      ['GET /v1/own', '/v1/own', 200],
      ['GET /v1/a/b', '/v1/*', 200],
      ['PROPFIND /v1/a', '/v1/*', 200],
      ['OPTIONS /v1/a', '/v1/*', 200],
      ['POST /v1/own', '/v1/*', 200],
    ],
  },
  {
    name: 'a proxy behind a sub-app',
    build: (app) =>
      app
        .route(
          '/v1/users',
          new Hono().get('/:id', text('user')).get('/:id/posts', (c) => c.notFound()),
        )
        .all('/v1/*', proxy),
    requests: [
      ['GET /v1/users/1', '/v1/users/:id', 200],
      ['GET /v1/users/1/posts', '/v1/users/:id/posts', 404],
      ['GET /v1/users/1/other', '/v1/*', 200],
    ],
  },
  {
    name: 'sub-apps with error handlers of their own',
    build(app) {
      const inner = new Hono().get('/broken/:id', () => {
        throw new Error('broken')
      })
      inner.use('/private/*', refuse).get('/private/:id', text('x'))
      inner.all('/proxy/*', proxy)
      inner.onError((_, c) => c.text('inner', 502))
      const middle = new Hono().route('/inner', inner)
      middle.onError((_, c) => c.text('middle', 503))
      app.route('/middle', middle).get('*', spa)
    },
    requests: [
      ['GET /middle/inner/broken/1', '/middle/inner/broken/:id', 502],
      ['GET /middle/inner/private/1', '/middle/inner/private/:id', 401],
      ['GET /middle/inner/proxy/a/b', '/middle/inner/proxy/*', 200],
      ['GET /middle/other', '/*', 200],
    ],
  },
  {
    name: 'mounted apps',
    build: (app) =>
      app.mount('/old', legacy).all('/older/*', mount(legacy)).get('/older/new', text('never')).get('*', spa),
    requests: [
      ['GET /old/x/y', '/old/*', 200],
      ['POST /old/x', '/old/*', 404],
      // A mounted app looks like middleware.
      ['GET /older/new', '/older/new', 200],
      ['GET /new', '/*', 200],
    ],
  },
  {
    name: 'a base path',
    build(app) {
      const api = app.basePath('/base/:tenant')
      api.use('*', pass)
      api.get('/user/:id', text('user'))
      api.all('/any', text('any'))
    },
    requests: [
      ['GET /base/a/user/1', '/base/:tenant/user/:id', 200],
      ['PUT /base/a/any', '/base/:tenant/any', 200],
      ['GET /base/a/unknown', '/base/:tenant/*', 404],
      ['GET /unknown', '/*', 404],
    ],
    routers: ['SmartRouter', 'TrieRouter', 'RegExpRouter'],
  },
  {
    name: 'handlers that throw',
    build: (app) =>
      app
        .get('/throws/:id', () => {
          throw new Error('sync')
        })
        .get('/rejects/:id', async () => {
          throw new Error('async')
        })
        .get('/falls/:id', async (_, next) => next())
        .get('*', spa),
    requests: [
      ['GET /throws/1', '/throws/:id', 500],
      ['GET /rejects/1', '/rejects/:id', 500],
      ['GET /falls/1', '/*', 200],
    ],
  },
  {
    name: 'OPTIONS',
    build: (app) =>
      app.use('/api/*', cors()).get('/api/user/:id', text('user')).options('/own/:id', text('own')),
    requests: [
      ['OPTIONS /api/user/1', '/api/*', 204],
      ['OPTIONS /own/1', '/own/:id', 200],
      ['OPTIONS /unknown', '/*', 404],
    ],
  },
  {
    name: 'a route that the app sets',
    build: (app) => {
      app.post('/rpc', async (c) => {
        const { method } = await c.req.json<{ method: string }>()
        setRoute(c, `/rpc ${method}`)
        return c.text('done')
      })
      app.notFound((c) => {
        if (c.req.path.startsWith('/known')) setRoute(c, '/known')
        return c.text('not here', 405)
      })
    },
    requests: [
      ['POST /rpc {"method":"add"}', '/rpc add', 200],
      ['PUT /known', '/known', 405],
      ['PUT /other', '/*', 405],
    ],
  },
]

const routers = {
  SmartRouter: () => new SmartRouter({ routers: [new RegExpRouter(), new TrieRouter()] }),
  RegExpRouter: () => new RegExpRouter(),
  TrieRouter: () => new TrieRouter(),
  LinearRouter: () => new LinearRouter(),
  PatternRouter: () => new PatternRouter(),
}

function requestOf(request: string): Request {
  const [method = '', path = '', body] = request.split(' ')
  return new Request(`http://localhost${path}`, { method, ...(body === undefined ? {} : { body }) })
}

for (const [router, makeRouter] of Object.entries(routers)) {
  describe(`routeOf with ${router}`, () => {
    for (const { name, build, requests, routers: possible } of routings) {
      if (possible !== undefined && !possible.includes(router)) continue
      it(`is the route that answers: ${name}`, async () => {
        const seen: [string, string, number][] = []
        const app = new Hono({ router: makeRouter() as Hono['router'] })
        app.onError((error, c) =>
          error instanceof HTTPException ? error.getResponse() : c.text('error', 500),
        )
        let current = ''
        app.use(measured({ onEnd: ({ route, status }) => seen.push([current, route, status]) }))
        build(app)
        for (const [request] of requests) {
          current = request
          await app.fetch(requestOf(request))
        }
        assert.deepEqual(seen, requests)
      })
    }
  })
}

describe('routeOf before the handler', () => {
  it('is the route of the first handler that follows', async () => {
    const seen: string[] = []
    const app = new Hono()
    app.use(async (c, next) => {
      seen.push(routeOf(c))
      await next()
    })
    app.get('/users/:id', (c) => c.text(routeOf(c)))
    app.get('*', spa)
    assert.equal(await (await app.request('/users/1')).text(), '/users/:id')
    await app.request('/unknown')
    await app.request('/unknown', { method: 'PUT' })
    assert.deepEqual(seen, ['/users/:id', '/*', '/*'])
  })
})

describe('the route of a hit', () => {
  type Build = (app: Hono, cache: ReturnType<typeof createCache>) => void
  const placements: [name: string, build: Build][] = [
    [
      'cached() of the route',
      (app, cache) =>
        app.get('/user/:id', cached({ cache, front: true, targetedControl: 'max-age=60' }), text('u')),
    ],
    [
      'cached() with its handler',
      (app, cache) =>
        app.get('/user/:id', cached({ cache, front: true, targetedControl: 'max-age=60' }, text('u'))),
    ],
    [
      'cached() with a keyGenerator',
      (app, cache) => {
        const options = {
          cache,
          front: true,
          targetedControl: 'max-age=60',
          keyGenerator: (c: Context) => c.req.path,
        }
        app.get('/user/:id', cached(options), text('u'))
      },
    ],
    [
      'cached() by use',
      (app, cache) => {
        app.use(cached({ cache, front: true, targetedControl: 'max-age=60' }))
        app.get('/user/:id', text('u'))
      },
    ],
    [
      'cached() for every GET',
      (app, cache) => {
        app.get('*', cached({ cache, front: true, targetedControl: 'max-age=60' }))
        app.get('/user/:id', text('u'))
      },
    ],
    [
      'cached() behind other middleware',
      (app, cache) => {
        app.use(pass)
        app.use('/user/*', cached({ cache, front: true, targetedControl: 'max-age=60' }))
        app.get('/user/:id', text('u'))
      },
    ],
    [
      'cached() in a sub-app with an error handler',
      (app, cache) => {
        const inner = new Hono().use(cached({ cache, front: true, targetedControl: 'max-age=60' }))
        inner.get('/:id', text('u'))
        inner.onError((_, c) => c.text('inner', 500))
        app.route('/user', inner)
      },
    ],
  ]

  for (const [name, build] of placements) {
    for (const hasFront of [false, true]) {
      it(`is the route of the miss before a fallback: ${name}${hasFront ? ', behind a front' : ''}`, async () => {
        const seen: string[] = []
        const reads: (string | undefined)[] = []
        const cache = createCache({
          memory: memoryStore(),
          onEvent(event) {
            if (event.type === 'read') reads.push(`${event.outcome} ${event.route}`)
          },
        })
        const app = new Hono()
        const report = ({ route, status }: { route: string; status: number }) =>
          seen.push(`${status} ${route}`)
        app.use(measured({ onEnd: report }))
        build(app, cache)
        app.get('*', spa)
        const fetch = hasFront ? front(app.fetch, { cache, onRequest: report }) : app.fetch
        for (const _ of [1, 2, 3, 4]) {
          assert.equal(await (await fetch(new Request('http://localhost/user/1'))).text(), 'u')
        }
        assert.deepEqual(seen, Array(4).fill('200 /user/:id'))
        assert.deepEqual(
          reads,
          ['miss', 'hit', 'hit', 'hit'].map((outcome) => `${outcome} /user/:id`),
        )
      })
    }
  }
})
