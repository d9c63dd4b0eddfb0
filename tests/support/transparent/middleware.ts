/** The middleware that Hono brings, before and behind `cached()`, and helpers that handlers call. */
import type { Handler, MiddlewareHandler } from 'hono'
import { accepts } from 'hono/accepts'
import { basicAuth } from 'hono/basic-auth'
import { bearerAuth } from 'hono/bearer-auth'
import { bodyLimit } from 'hono/body-limit'
import { every, except, some } from 'hono/combine'
import { compress } from 'hono/compress'
import { contextStorage, getContext } from 'hono/context-storage'
import { getCookie, getSignedCookie, setCookie, setSignedCookie } from 'hono/cookie'
import { cors } from 'hono/cors'
import { csrf } from 'hono/csrf'
import { etag } from 'hono/etag'
import { html } from 'hono/html'
import { HTTPException } from 'hono/http-exception'
import { ipRestriction } from 'hono/ip-restriction'
import { jsxRenderer } from 'hono/jsx-renderer'
import { jwt, sign } from 'hono/jwt'
import { languageDetector } from 'hono/language'
import { logger } from 'hono/logger'
import { methodOverride } from 'hono/method-override'
import { poweredBy } from 'hono/powered-by'
import { prettyJSON } from 'hono/pretty-json'
import { proxy } from 'hono/proxy'
import { requestId } from 'hono/request-id'
import { secureHeaders } from 'hono/secure-headers'
import { timeout } from 'hono/timeout'
import { setMetric, timing } from 'hono/timing'
import { appendTrailingSlash, trimTrailingSlash } from 'hono/trailing-slash'
import { validator } from 'hono/validator'
import { muchLater } from '../late-response.ts'
import type { TransparencyCase } from './observe.ts'
import { get } from './route.ts'

type More = Partial<TransparencyCase> & { handler?: Handler }

const text: Handler = (c) => c.text('hello '.repeat(300), 200, { 'x-own': '1' })

/** Two cases: the middleware before the cache, and behind it. */
function around(name: string, middleware: MiddlewareHandler, more: More = {}): TransparencyCase[] {
  const { handler = text, ...rest } = more
  const places = {
    before: (cache: MiddlewareHandler[]) => [middleware, ...cache],
    behind: (cache: MiddlewareHandler[]) => [...cache, middleware],
  }
  return (['before', 'behind'] as const).map((place) => ({
    name: `${name}, ${place} the cache`,
    routes: ({ app, cache }) => {
      for (const one of places[place](cache)) app.use(one)
      app.all('*', handler)
    },
    ...rest,
  }))
}

const sending = (headers: Record<string, string>, method = 'GET', body?: string) => ({
  request: { method, headers, ...(body === undefined ? {} : { body }) },
})

const secret = 'a secret of at least thirty-two bytes'
const token = await sign({ sub: 'ada' }, secret, 'HS256')
const payload: Handler = (c) => c.json(c.get('jwtPayload' as never))
const form = { 'content-type': 'application/x-www-form-urlencoded' }
const gzip = sending({ 'accept-encoding': 'gzip' })

const access: TransparencyCase[] = [
  ...around(
    'basicAuth',
    basicAuth({ username: 'ada', password: 'x' }),
    sending({ authorization: `Basic ${btoa('ada:x')}` }),
  ),
  ...around('basicAuth that refuses', basicAuth({ username: 'ada', password: 'x' })),
  ...around('bearerAuth', bearerAuth({ token: 't' }), sending({ authorization: 'Bearer t' })),
  ...around('bearerAuth that refuses', bearerAuth({ token: 't' }), sending({ authorization: 'Bearer u' })),
  ...around('jwt', jwt({ secret, alg: 'HS256' }), {
    ...sending({ authorization: `Bearer ${token}` }),
    handler: payload,
  }),
  ...around('jwt that refuses', jwt({ secret, alg: 'HS256' }), sending({ authorization: 'Bearer x' })),
  ...around('jwt in a cookie', jwt({ secret, alg: 'HS256', cookie: 'tok' }), {
    ...sending({ cookie: `tok=${token}` }),
    handler: payload,
  }),
  ...around('csrf', csrf(), sending({ ...form, origin: 'http://localhost' }, 'POST', 'a=1')),
  ...around('csrf that refuses', csrf(), sending({ ...form, origin: 'http://evil' }, 'POST', 'a=1')),
  ...around(
    'ipRestriction',
    ipRestriction(() => '10.0.0.1', { allowList: ['10.0.0.1'] }),
  ),
  ...around(
    'ipRestriction that refuses',
    ipRestriction(() => '10.0.0.2', { allowList: ['10.0.0.1'] }),
  ),
  ...around('bodyLimit', bodyLimit({ maxSize: 10 }), {
    ...sending({}, 'POST', 'short'),
    handler: async (c) => c.text(await c.req.text()),
  }),
  ...around('bodyLimit that refuses', bodyLimit({ maxSize: 3 }), sending({}, 'POST', 'too long')),
  ...around(
    'some',
    some(bearerAuth({ token: 't' }), basicAuth({ username: 'ada', password: 'x' })),
    sending({ authorization: 'Bearer t' }),
  ),
  ...around(
    'every that refuses',
    every(async (_, next) => next(), bearerAuth({ token: 't' })),
  ),
  ...around('except', except('/x', bearerAuth({ token: 't' }))),
]

const responses: TransparencyCase[] = [
  ...around('compress', compress(), gzip),
  ...around('compress without a coding in common', compress(), sending({ 'accept-encoding': 'identity' })),
  ...around('etag', etag()),
  ...around('weak etag', etag({ weak: true })),
  ...around('etag and a condition', etag(), {
    ...sending({ 'if-none-match': '"a"' }),
    handler: (c) => c.text('x', 200, { etag: '"a"', 'x-own': '1', 'cache-control': 'no-cache' }),
  }),
  ...around('etag with retained headers', etag({ retainedHeaders: ['x-own', 'etag'] }), {
    ...sending({ 'if-none-match': '"a"' }),
    handler: (c) => c.text('x', 200, { etag: '"a"', 'x-own': '1' }),
  }),
  ...around('prettyJSON', prettyJSON(), { path: '/x?pretty', handler: (c) => c.json({ a: [1] }) }),
  ...around('poweredBy', poweredBy()),
  ...around('secureHeaders', secureHeaders()),
  ...around('secureHeaders without overwriting', secureHeaders({ overwrite: false }), {
    handler: (c) => c.text('x', 200, { 'referrer-policy': 'origin' }),
  }),
  ...around(
    'jsxRenderer',
    jsxRenderer(({ children }) => html`<main>${children}</main>`),
    { handler: (c) => c.render('hello') },
  ),
  ...around(
    'streaming jsxRenderer',
    jsxRenderer(({ children }) => html`<main>${children}</main>`, { stream: true }),
    {
      handler: (c) => c.render('hello'),
    },
  ),
  ...around('requestId', requestId({ generator: () => 'id' }), {
    differsOnHit: 'an id of another request is not repeated',
    handler: (c) => c.text(c.get('requestId')),
  }),
  ...around('requestId of the client', requestId(), {
    ...sending({ 'x-request-id': 'own' }),
    differsOnHit: 'an id of another request is not repeated',
  }),
  ...around('timing', timing({ total: false }), {
    differsOnHit: 'the time of another request is not repeated',
    handler: (c) => {
      setMetric(c, 'db', 1)
      return c.text('x')
    },
  }),
]

const requests: TransparencyCase[] = [
  ...around('cors with any origin', cors(), sending({ origin: 'https://a.test' })),
  ...around(
    'cors with a list',
    cors({ origin: ['https://a.test'], exposeHeaders: ['x-own'] }),
    sending({ origin: 'https://a.test' }),
  ),
  ...around(
    'cors with another origin',
    cors({ origin: ['https://a.test'] }),
    sending({ origin: 'https://b.test' }),
  ),
  ...around(
    'cors with a function and credentials',
    cors({ origin: (origin) => origin, credentials: true }),
    sending({ origin: 'https://a.test' }),
  ),
  ...around(
    'a preflight',
    cors({ origin: ['https://a.test'], maxAge: 60 }),
    sending({ origin: 'https://a.test', 'access-control-request-method': 'PUT' }, 'OPTIONS'),
  ),
  ...around(
    'languageDetector',
    languageDetector({ supportedLanguages: ['en', 'de'], fallbackLanguage: 'en' }),
    {
      ...sending({ 'accept-language': 'de' }),
      handler: (c) => c.text(c.get('language')),
    },
  ),
  ...around(
    'languageDetector without a cookie',
    languageDetector({ supportedLanguages: ['en', 'de'], fallbackLanguage: 'en', caches: false }),
    {
      ...sending({ 'accept-language': 'de' }),
      handler: (c) => c.text(c.get('language')),
    },
  ),
  ...around('trimTrailingSlash', trimTrailingSlash({ alwaysRedirect: true }), { path: '/x/' }),
  ...around('appendTrailingSlash', appendTrailingSlash({ alwaysRedirect: true }), { path: '/x' }),
  ...around(
    'logger',
    logger(() => {}),
  ),
  ...around('contextStorage', contextStorage(), { handler: (c) => c.text(String(getContext() === c)) }),
  ...around('timeout', timeout(10_000)),
  ...around('timeout that expires', timeout(1), {
    differsOnHit: 'before the cache, the late response is stored',
    handler: () => muchLater().then(() => new Response('late')),
  }),
  ...around('timeout with an exception', timeout(1, new HTTPException(408, { message: 'slow' })), {
    differsOnHit: 'before the cache, the late response is stored',
    handler: () => muchLater().then(() => new Response('late')),
  }),
]

const helpers: TransparencyCase[] = [
  {
    ...get('accepts()', (c) =>
      c.text(accepts(c, { header: 'Accept', supports: ['a/b', 'c/d'], default: 'a/b' })),
    ),
    ...sending({ accept: 'c/d' }),
  },
  { ...get('getCookie()', (c) => c.json(getCookie(c))), ...sending({ cookie: 'a=1; b=2' }) },
  get('setCookie()', (c) => {
    setCookie(c, 'a', '1', { httpOnly: true })
    setCookie(c, 'b', '2')
    return c.text('x')
  }),
  get('a signed cookie', async (c) => {
    await setSignedCookie(c, 'a', '1', secret)
    return c.text(String(await getSignedCookie(c, secret, 'a')))
  }),
  {
    name: 'a validator that refuses',
    routes: ({ app, cache }) =>
      void app.on(
        'GET',
        ['/x'],
        ...cache,
        validator('query', (value, c) => value.a ?? c.text('no a', 400)) as MiddlewareHandler,
        (c) => c.text('x'),
      ),
  },
  {
    name: 'a header validator',
    routes: ({ app, cache }) =>
      void app.on('GET', ['/x'], ...cache, validator('header', (value) => value) as MiddlewareHandler, (c) =>
        c.json(c.req.valid('header' as never)),
      ),
    ...sending({ 'x-a': '1' }),
  },
  get('proxy()', () => proxy('data:text/plain,hello')),
  {
    name: 'methodOverride',
    routes({ app, cache }) {
      app.use('/x', methodOverride({ app, header: 'x-method' }))
      app.on(['DELETE', 'POST'], ['/x'], ...cache, (c) => c.text(c.req.method))
    },
    ...sending({ 'x-method': 'DELETE' }, 'POST'),
  },
]

export const middlewareCases: TransparencyCase[] = [...access, ...responses, ...requests, ...helpers]
