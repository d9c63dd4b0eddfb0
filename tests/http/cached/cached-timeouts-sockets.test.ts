/** Timeouts over the HTTP server of the runtime: `hardTimeoutMs`, `softTimeoutMs`, and `hono/timeout` before the cache. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Hono } from 'hono'
import { timeout } from 'hono/timeout'
import { createCache } from '../../../src/cache/create-cache.ts'
import { type CachedOptions, cached } from '../../../src/http/cached/cached.ts'
import { memoryStore } from '../../../src/stores/memory/store.ts'
import { flush, gate } from '../../support/test-app.ts'
import { openRawServer, type RawResponse, type RawServer } from '../../support/transparent/raw-server.ts'

let server: RawServer
before(async () => {
  server = await openRawServer()
})
after(() => server.close())

function appWith(options: Omit<CachedOptions, 'cache'>, isBehindTimeout = false) {
  const clock = { ms: Date.UTC(2026, 10, 22, 12) }
  const cache = createCache({ memory: memoryStore(), now: () => clock.ms })
  const app = new Hono()
  const handler = { calls: 0, ...gate(), started: gate(), signal: undefined as AbortSignal | undefined }
  const errors: string[] = []
  app.onError((error, c) => {
    errors.push(error.message)
    return c.text(error.message, 504)
  })
  if (isBehindTimeout) {
    app.use((c, next) => (c.req.header('x-early') === undefined ? next() : timeout(20)(c, next)))
  }
  app.get(
    '/x',
    cached({ cache, targetedControl: 'max-age=60, stale-if-error=600', ...options }),
    async (c) => {
      handler.calls++
      handler.signal = c.req.raw.signal
      handler.started.open()
      await handler.opened
      return c.text(`good ${handler.calls}`, 200, { 'x-own': '1' })
    },
  )
  const get = (headers: Record<string, string> = {}) =>
    server.send((request, env) => app.fetch(request, env as object), '/x', { headers })
  return { get, handler, errors, clock }
}

function statusOf({ statusLine, headers }: RawResponse): string {
  const line = headers.find((header) => header.startsWith('cache-status: hitrate')) ?? 'none'
  return `${statusLine.split(' ')[1]} ${line.replace('cache-status: hitrate; ', '')}`
}

describe('a handler that hangs, over sockets', () => {
  it('clients get 504 at the hard timeout, its signal aborts, and its late response is stored', async () => {
    const { get, handler, errors } = appWith({ hardTimeoutMs: 250 })
    const responses = await Promise.all([get(), get()])
    assert.deepEqual(responses.map(statusOf).toSorted(), [
      '504 fwd=uri-miss; collapsed; detail=timeout',
      '504 fwd=uri-miss; detail=timeout',
    ])
    assert.equal(handler.signal?.aborted, true)
    handler.open()
    await flush()
    const hit = await get()
    assert.deepEqual([statusOf(hit), hit.body], ['200 hit; ttl=60', 'good 1'])
    assert.ok(hit.headers.includes('x-own: 1'))
    assert.deepEqual([handler.calls, errors], [1, []])
  })

  it('clients get the stale response at the soft timeout, and the handler goes on', async () => {
    const { get, handler, clock, errors } = appWith({ softTimeoutMs: 20 })
    handler.open()
    await get()
    clock.ms += 61_000
    const { open, opened } = gate()
    handler.opened = opened
    const stale = await get()
    assert.deepEqual([statusOf(stale), stale.body], ['200 fwd=stale; ttl=-1; detail=soft-timeout', 'good 1'])
    open()
    await flush()
    const hit = await get()
    assert.deepEqual([statusOf(hit), hit.body], ['200 hit; ttl=60', 'good 2'])
    assert.deepEqual([handler.calls, errors], [2, []])
  })
})

describe('hono/timeout before the cache, over sockets', () => {
  it('the client that is too late gets 504, one in time the response, and the next one a hit', async () => {
    const { get, handler, errors } = appWith({}, true)
    const leader = get({ 'x-early': '1' })
    await handler.started.opened
    const waiting = get()
    const late = await leader
    assert.deepEqual([late.statusLine.split(' ')[1], late.body], ['504', 'Gateway Timeout'])
    handler.open()
    const inTime = await waiting
    assert.deepEqual([inTime.statusLine.split(' ')[1], inTime.body], ['200', 'good 1'])
    assert.ok(inTime.headers.includes('x-own: 1'))
    const hit = await get({ 'x-early': '1' })
    assert.deepEqual([statusOf(hit), hit.body], ['200 hit; ttl=60', 'good 1'])
    assert.deepEqual([handler.calls, errors], [1, ['Gateway Timeout']])
  })
})
