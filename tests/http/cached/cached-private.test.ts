/** Responses for one client, by the handler, the options or an exception, never reach another client. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Hono } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { createCache } from '../../../src/cache/create-cache.ts'
import { type CachedOptions, cached } from '../../../src/http/cached/cached.ts'
import { memoryStore } from '../../../src/stores/memory/store.ts'

function setUp(options: Omit<CachedOptions, 'cache'>, responseHeaders: Record<string, string> = {}) {
  const clock = { now: 1_800_000_000_000 }
  const cache = createCache({ memory: memoryStore(), now: () => clock.now })
  const app = new Hono()
  app.get('/mine', cached({ cache, ...options }), (c) =>
    c.text(c.req.header('cookie') ?? 'nobody', 200, responseHeaders),
  )
  const request = async (cookie: string, headers = {}) => {
    const response = await app.request('/mine', { headers: { cookie, ...headers } })
    return [await response.text(), response.headers.get('cache-status')]
  }
  return { app, cache, clock, request }
}

describe('private, no-store and no-cache in the options', () => {
  for (const directive of ['private', 'no-store', 'no-cache']) {
    for (const option of ['cacheControl', 'targetedControl'] as const) {
      it(`${directive} in ${option} applies like the handler’s own`, async () => {
        const { request } = setUp({ [option]: `${directive}, max-age=60` })
        await request('alice')
        assert.deepEqual(await request('bob'), ['bob', `hitrate; fwd=uri-miss; detail=${directive}`])
      })
    }
  }
})

describe('must-revalidate of the handler', () => {
  for (const directive of ['must-revalidate', 'proxy-revalidate', 's-maxage=60']) {
    it(`the handler’s ${directive} forbids stale-while-revalidate of targetedControl`, async () => {
      const targetedControl = 'max-age=60, stale-while-revalidate=600'
      const { request, clock } = setUp({ targetedControl }, { 'cache-control': `public, ${directive}` })
      await request('alice', { authorization: 'Bearer a' })
      assert.equal((await request('bob'))[0], 'alice', 'fresh, and public')
      clock.now += 61_000
      assert.equal((await request('bob'))[0], 'bob')
    })
  }
})

describe('an HTTPException with a response', () => {
  it('an HTTPException’s response reaches only its own request', async () => {
    const users = ['alice', 'bob', 'carol']
    const cache = createCache({ memory: memoryStore() })
    const app = new Hono()
    let release = () => {}
    const released = new Promise<void>((resolve) => {
      release = resolve
    })
    app.get('/mine', cached({ cache, targetedControl: 'max-age=60' }), async (c) => {
      await released
      const user = c.req.header('cookie') ?? ''
      throw new HTTPException(503, {
        res: new Response(user, { status: 503, headers: { 'set-cookie': `sid=${user}` } }),
      })
    })
    const pending = users.map((cookie) => app.request('/mine', { headers: { cookie } }))
    release()
    const responses = await Promise.all(pending)
    for (const [i, name] of users.entries()) {
      const response = responses[i]
      assert.deepEqual([response?.status, await response?.text()], [503, name])
      assert.equal(response?.headers.get('set-cookie'), `sid=${name}`)
    }
  })
})

describe('data under the key of a response', () => {
  it('a stored value that is not a response is replaced by the handler’s response', async () => {
    const options = { targetedControl: 'max-age=60', keyGenerator: () => 'shared key' }
    const { request, cache } = setUp(options, { 'cache-control': 'public' })
    await cache.write('shared key', { some: 'data' })
    assert.equal((await request('alice'))[0], 'alice')
    assert.equal((await request('bob'))[0], 'alice', 'the response is stored now')
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

describe('HEAD without storing', () => {
  it('a HEAD cancels the body of a response that is not stored', async () => {
    const cache = createCache({ memory: memoryStore() })
    const app = new Hono()
    let cancelled = false
    const source = {
      pull: (controller: ReadableStreamDefaultController) => controller.enqueue(new Uint8Array(10)),
      cancel() {
        cancelled = true
      },
    }
    app.get('/endless', cached({ cache }), (c) => c.body(new ReadableStream(source)))
    const response = await app.request('/endless', { method: 'HEAD' })
    assert.equal(response.body, null)
    await Promise.resolve()
    assert.equal(cancelled, true)
  })
})
