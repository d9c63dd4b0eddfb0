/** Each row of the table in docs/http/middleware-order.md as a test case: middleware before and behind `cached()`, and two clients. */
import assert from 'node:assert/strict'
import type { Handler, MiddlewareHandler } from 'hono'
import { accepts } from 'hono/accepts'
import { basicAuth } from 'hono/basic-auth'
import { bearerAuth } from 'hono/bearer-auth'
import { bodyLimit } from 'hono/body-limit'
import { every, except, some } from 'hono/combine'
import { compress } from 'hono/compress'
import { contextStorage, getContext } from 'hono/context-storage'
import { cors } from 'hono/cors'
import { csrf } from 'hono/csrf'
import { etag } from 'hono/etag'
import { html } from 'hono/html'
import { ipRestriction } from 'hono/ip-restriction'
import { jsxRenderer } from 'hono/jsx-renderer'
import { jwk } from 'hono/jwk'
import { jwt, sign } from 'hono/jwt'
import { languageDetector } from 'hono/language'
import { logger } from 'hono/logger'
import { poweredBy } from 'hono/powered-by'
import { prettyJSON } from 'hono/pretty-json'
import { requestId } from 'hono/request-id'
import { NONCE, secureHeaders } from 'hono/secure-headers'
import { timeout } from 'hono/timeout'
import { setMetric, timing } from 'hono/timing'
import { trimTrailingSlash } from 'hono/trailing-slash'
import type { CachedOptions } from '../../src/http/cached/cached.ts'
import { muchLater } from './late-response.ts'

export type Place = 'before' | 'behind'

export interface OrderCase {
  /** New middleware for each run. */
  middleware(): MiddlewareHandler | MiddlewareHandler[]
  /** Default: a text of 3,000 characters. */
  handler?: Handler
  options?: Omit<CachedOptions, 'cache'>
  method?: string
  path?: string
  /** Request headers of two clients that differ in the way that concerns the middleware. Default: none. */
  clients?: readonly [Record<string, string>, Record<string, string>]
  body?: string
  /** Client addresses, for middleware that reads them. */
  addresses?: readonly [string, string]
  /** Further expectations of the responses of both clients. Bodies are texts. */
  check?(first: Received, second: Received, place: Place, warnings: readonly string[]): void
}

export interface Received {
  status: number
  headers: Headers
  body: string
}

const secret = 'a secret of at least thirty-two bytes'
const keys = (await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, [
  'sign',
  'verify',
])) as CryptoKeyPair
const publicJwk = { ...(await crypto.subtle.exportKey('jwk', keys.publicKey)), kid: 'k', alg: 'ES256' }
const privateJwk = { ...(await crypto.subtle.exportKey('jwk', keys.privateKey)), kid: 'k', alg: 'ES256' }
const tokens = {
  jwt: await sign({ sub: 'ada' }, secret, 'HS256'),
  other: await sign({ sub: 'bob' }, secret, 'HS256'),
  jwk: await sign({ sub: 'ada' }, privateJwk as never, 'ES256'),
}

export const TEXT = 'hello '.repeat(500)

const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
const origins = [{ origin: 'https://a.test' }, { origin: 'https://b.test' }] as const
const languages = [{ 'accept-language': 'de' }, { 'accept-language': 'en' }] as const
const supportedLanguages = ['en', 'de']
const form = { 'content-type': 'application/x-www-form-urlencoded' }

const variable =
  (name: string): Handler =>
  (c) =>
    c.text(String(c.get(name as never)))

const allowed = ({ headers }: Received) => headers.get('access-control-allow-origin')
const idOf = ({ headers }: Received) => headers.get('x-request-id')

/** The nonce of the header and that of the body. */
const nonces = ({ headers, body }: Received) => [
  /'nonce-([^']+)'/.exec(headers.get('content-security-policy') ?? '')?.[1],
  /nonce="([^"]+)"/.exec(body)?.[1],
]

/** The cases by the first cell of their row. */
export const orderCases: Readonly<Record<string, OrderCase>> = {
  basicAuth: {
    middleware: () => basicAuth({ username: 'ada', password: 'x' }),
    clients: [{ authorization: `Basic ${btoa('ada:x')}` }, {}],
  },
  bearerAuth: { middleware: () => bearerAuth({ token: 't' }), clients: [bearer('t'), {}] },
  jwt: { middleware: () => jwt({ secret, alg: 'HS256' }), clients: [bearer(tokens.jwt), {}] },
  'jwt with cookie': {
    middleware: () => jwt({ secret, alg: 'HS256', cookie: 'token' }),
    clients: [{ cookie: `token=${tokens.jwt}` }, {}],
  },
  'jwt with headerName': {
    middleware: () => jwt({ secret, alg: 'HS256', headerName: 'x-token' }),
    clients: [{ 'x-token': `Bearer ${tokens.jwt}` }, {}],
  },
  'jwt and jwtPayload in the response': {
    middleware: () => jwt({ secret, alg: 'HS256', cookie: 'token' }),
    handler: (c) => c.json(c.get('jwtPayload' as never)),
    clients: [{ cookie: `token=${tokens.jwt}` }, { cookie: `token=${tokens.other}` }],
    check(first, second) {
      assert.equal(first.body, '{"sub":"ada"}')
      assert.equal(second.body, '{"sub":"bob"}')
    },
  },
  jwk: {
    middleware: () => jwk({ keys: [publicJwk as never], alg: ['ES256'] }),
    clients: [bearer(tokens.jwk), {}],
  },
  csrf: {
    middleware: () => csrf(),
    method: 'POST',
    body: 'a=1',
    clients: [
      { ...form, origin: 'http://localhost' },
      { ...form, origin: 'https://b.test' },
    ],
  },
  ipRestriction: {
    middleware: () => ipRestriction((c) => c.env.address, { allowList: ['10.0.0.1'] }),
    addresses: ['10.0.0.1', '10.0.0.2'],
  },
  bodyLimit: {
    middleware: () => bodyLimit({ maxSize: 3 }),
    method: 'POST',
    body: 'too long',
  },
  'every, some, except': {
    middleware: () => [
      every(requestId()),
      some(logger(() => {})),
      except('/other', bearerAuth({ token: 't' })),
    ],
    clients: [bearer('t'), {}],
  },
  'cors with *': {
    middleware: () => cors(),
    clients: origins,
    check: both((one) => assert.equal(allowed(one), '*')),
  },
  'cors with a string': {
    middleware: () => cors({ origin: 'https://a.test' }),
    clients: origins,
    check(first, second) {
      assert.deepEqual([allowed(first), allowed(second)], ['https://a.test', null])
    },
  },
  'cors with a list': {
    middleware: () => cors({ origin: ['https://a.test', 'https://b.test'] }),
    clients: origins,
    check: ownOrigins,
  },
  'cors with a function and credentials': {
    middleware: () => cors({ origin: (origin) => origin, credentials: true }),
    clients: origins,
    check: ownOrigins,
  },
  'cors and a preflight': {
    middleware: () => cors({ origin: ['https://a.test', 'https://b.test'] }),
    method: 'OPTIONS',
    clients: origins.map((origin) => ({ ...origin, 'access-control-request-method': 'PUT' })) as never,
    check: ownOrigins,
  },
  secureHeaders: {
    middleware: () => secureHeaders(),
    check: both(({ headers }) => assert.equal(headers.get('x-frame-options'), 'SAMEORIGIN')),
  },
  'secureHeaders with NONCE': {
    middleware: () => secureHeaders({ contentSecurityPolicy: { scriptSrc: [NONCE] } }),
    handler: (c) => c.html(`<script nonce="${c.get('secureHeadersNonce')}"></script>`),
    check(first, second, place) {
      for (const one of [first, second]) assert.equal(...(nonces(one) as [string, string]))
      const isReused = nonces(first)[0] === nonces(second)[0]
      assert.equal(isReused, place === 'behind')
    },
  },
  requestId: {
    middleware: () => requestId(),
    check(first, second, place) {
      assert.ok(idOf(first))
      assert.notEqual(idOf(first), idOf(second))
      assert.equal(idOf(second) === null, place === 'behind')
    },
  },
  'requestId with headerName': {
    middleware: () => requestId({ headerName: 'x-trace' }),
    check(first, second) {
      assert.ok(first.headers.get('x-trace'))
      assert.notEqual(first.headers.get('x-trace'), second.headers.get('x-trace'))
    },
  },
  'requestId and the id in the response': {
    middleware: () => requestId(),
    handler: variable('requestId'),
    check(first, second, place, warnings) {
      assert.equal(first.body, second.body)
      assert.deepEqual(warnings, place === 'before' ? ['reads-variable-requestId'] : [])
    },
  },
  timing: {
    middleware: () => timing(),
    handler(c) {
      setMetric(c, 'db', 1)
      return c.text('x')
    },
    check(first, second, place) {
      assert.match(first.headers.get('server-timing') ?? '', /db;dur=1/)
      if (place === 'behind') assert.equal(second.headers.get('server-timing'), null)
    },
  },
  'logger, poweredBy, contextStorage': {
    middleware: () => [logger(() => {}), poweredBy(), contextStorage()],
    handler: (c) => c.text(String(getContext() === c)),
    check: both(({ headers, body }) =>
      assert.deepEqual([headers.get('x-powered-by'), body], ['Hono', 'true']),
    ),
  },
  compress: {
    middleware: () => compress(),
    clients: [{ 'accept-encoding': 'gzip, br' }, { 'accept-encoding': 'gzip' }],
    check: both(({ headers }) => assert.equal(headers.get('content-encoding'), 'gzip')),
  },
  'compress and a client without gzip': {
    middleware: () => compress(),
    clients: [{ 'accept-encoding': 'gzip' }, {}],
    check(first, second) {
      assert.equal(first.headers.get('content-encoding'), 'gzip')
      assert.deepEqual([second.headers.get('content-encoding'), second.body], [null, TEXT])
    },
  },
  etag: {
    middleware: () => etag(),
    check(first, second) {
      assert.equal(first.headers.get('etag'), second.headers.get('etag'))
    },
  },
  timeout: {
    middleware: () => timeout(10_000),
    check: both(({ body }) => assert.equal(body, TEXT)),
  },
  'timeout that expires': {
    middleware: () => timeout(1),
    handler: async (c) => {
      await muchLater()
      return c.text('slow')
    },
    check: (first) => assert.equal(first.status, 504),
  },
  languageDetector: {
    middleware: () => languageDetector({ supportedLanguages, fallbackLanguage: 'en' }),
    handler: variable('language'),
    clients: languages,
    check: ownLanguages,
  },
  'languageDetector with order header and without caches': {
    middleware: () =>
      languageDetector({ supportedLanguages, fallbackLanguage: 'en', order: ['header'], caches: false }),
    handler: variable('language'),
    clients: languages,
    check: ownLanguages,
  },
  'languageDetector with order header, without caches, and vary': {
    middleware: () =>
      languageDetector({ supportedLanguages, fallbackLanguage: 'en', order: ['header'], caches: false }),
    handler: variable('language'),
    options: { vary: 'accept-language' },
    clients: languages,
    check: ownLanguages,
  },
  'languageDetector with order path and without caches': {
    middleware: () =>
      languageDetector({ supportedLanguages, fallbackLanguage: 'en', order: ['path'], caches: false }),
    handler: variable('language'),
    path: '/de',
    check: both(({ body }) => assert.equal(body, 'de')),
  },
  'accepts()': {
    middleware: () => [],
    handler: (c) =>
      c.text(accepts(c, { header: 'Accept', supports: ['text/html', 'text/csv'], default: 'text/html' })),
    clients: [{ accept: 'text/csv' }, { accept: 'text/html' }],
    check(first, second) {
      assert.deepEqual([first.body, second.body], ['text/csv', 'text/html'])
    },
  },
  prettyJSON: {
    middleware: () => prettyJSON(),
    path: '/x?pretty',
    handler: (c) => c.json({ a: 1 }),
    check: both(({ body }) => assert.equal(body, '{\n  "a": 1\n}')),
  },
  jsxRenderer: {
    middleware: () => jsxRenderer(({ children }) => html`<main>${children}</main>`),
    handler: (c) => c.render('hello'),
    check: both(({ body }) => assert.match(body, /<main>hello<\/main>/)),
  },
  trimTrailingSlash: {
    middleware: () => trimTrailingSlash({ alwaysRedirect: true }),
    path: '/x/',
    check: both(({ status, headers }) =>
      assert.deepEqual([status, headers.get('location')], [301, 'http://localhost/x']),
    ),
  },
}

/** A check of each of the two responses. */
function both(check: (one: Received) => void): (first: Received, second: Received) => void {
  return (first, second) => {
    check(first)
    check(second)
  }
}

function ownOrigins(first: Received, second: Received): void {
  assert.deepEqual([allowed(first), allowed(second)], ['https://a.test', 'https://b.test'])
}

function ownLanguages(first: Received, second: Received): void {
  assert.deepEqual([first.body, second.body], ['de', 'en'])
}
