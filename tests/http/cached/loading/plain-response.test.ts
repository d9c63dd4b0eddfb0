import assert from 'node:assert/strict'
import process from 'node:process'
import { describe, it } from 'node:test'
import type { Context, MiddlewareHandler } from 'hono'
import type { CachedOptions } from '../../../../src/http/cached/cached.ts'
import { setsNoHeaders } from '../../../../src/http/context/sets-no-headers.ts'
import { seededRandom } from '../../../support/seeded-random.ts'
import { testApp } from '../../../support/test-app.ts'

const SEED = Number(process.env.HITRATE_SEED ?? Math.floor(Math.random() * 2 ** 31))

/** Headers of the handler, with several values to choose from. */
const HEADERS: Record<string, readonly string[]> = {
  'cache-control': [
    'max-age=60',
    'max-age=1, stale-while-revalidate=60',
    'private',
    'no-store',
    'private="x-a"',
  ],
  'hitrate-cache-control': ['max-age=30'],
  'cdn-cache-control': ['max-age=10'],
  'cache-tag': ['a, b'],
  etag: ['"own"', 'W/"own"'],
  'last-modified': ['Sun, 22 Nov 2026 10:00:00 GMT'],
  date: ['Sun, 22 Nov 2026 11:59:00 GMT'],
  expires: ['Sun, 22 Nov 2026 12:10:00 GMT'],
  age: ['5'],
  vary: ['accept', 'accept-encoding', '*'],
  'set-cookie': ['a=1'],
  connection: ['x-a'],
  'x-a': ['1'],
  'x-request-id': ['1'],
  'content-language': ['de'],
  'content-encoding': ['identity', 'gzip'],
  'accept-ranges': ['none'],
  'content-type': ['application/json; charset=iso-8859-1', 'image/svg+xml', 'text/event-stream'],
}

const BODIES = ['a', '{"a":"ä"}', 'x'.repeat(3000), '😀\ufeff', '\ud800', '']

const OPTIONS: readonly Omit<CachedOptions, 'cache'>[] = [
  {},
  { targetedControl: 'max-age=60' },
  { cacheControl: 'max-age=60, public' },
  { vary: 'accept', targetedControl: { '2xx': 'max-age=60', 404: 'max-age=5' } },
  { storeSetCookie: true, serverTiming: true, debug: true, bufferBytes: 2000 },
  { maxBodyBytes: 2000, targetedControl: ({ maxAge }) => (maxAge ? `max-age=${maxAge * 2}` : undefined) },
]

interface Made {
  body: string
  status: 200 | 203 | 404 | 503
  headers: Record<string, string>
  method: 'text' | 'html' | 'body'
}

const pass: MiddlewareHandler = setsNoHeaders((_, next) => next())

const setsHeaders: MiddlewareHandler = (c, next) => {
  c.header('x-outer', '1')
  c.header('vary', 'origin')
  return next()
}

/** All that clients get of the handler's responses, first and stored, and the events of the cache. */
async function seen(handler: (c: Context) => Response, options: Omit<CachedOptions, 'cache'>, outer = pass) {
  const { app, cached, get, request, clock, events, settled } = testApp()
  app.use(outer)
  app.get('/x', cached(options), handler)
  const requests: (() => Promise<Response>)[] = [
    () => get('/x', { authorization: 'a' }),
    () => get('/x', { accept: 'a' }),
    () => get('/x', { accept: 'a' }),
    () => get('/x', { range: 'bytes=0-1' }),
    () => get('/x', { 'if-none-match': '"own"' }),
    () => request('HEAD', '/x'),
  ]
  const shown: unknown[] = []
  for (const send of requests) {
    const response = await send()
    const headers = Object.fromEntries(response.headers)
    delete headers['server-timing'] // a measured time
    shown.push([response.status, headers, new TextDecoder().decode(await response.arrayBuffer())])
    await settled()
    clock.ms += 1500
  }
  return { shown, events: events.map(({ type }) => type) }
}

describe('a response whose text is known', () => {
  it(`is sent, stored and counted as one whose body is read; HITRATE_SEED=${SEED}`, async () => {
    const random = seededRandom(SEED)
    const one = <T>(list: readonly T[]) => list[Math.floor(random() * list.length)] as T
    for (let i = 0; i < 100; i++) {
      const headers: Record<string, string> = {}
      for (const [name, values] of Object.entries(HEADERS)) if (random() < 0.15) headers[name] = one(values)
      const status = one([200, 200, 200, 203, 404, 503] as const)
      const made: Made = { body: one(BODIES), status, headers, method: one(['text', 'html', 'body']) }
      made.headers['content-type'] ??= 'text/plain; charset=UTF-8'
      const options = one(OPTIONS)
      const outer = one([pass, setsHeaders])
      const make = (c: Context) => {
        const method = c[made.method] as Context['body'] // the types of the three methods differ
        return method(made.body, made.status, made.headers)
      }
      const known = await seen(make, options, outer)
      const read = await seen((c) => new Response(make(c).body, make(c)), options, outer)
      assert.deepEqual(known, read, JSON.stringify({ made, options, outer: outer === setsHeaders }))
    }
  })
})
