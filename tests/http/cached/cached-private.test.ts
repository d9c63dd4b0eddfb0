/** What is meant for one client never reaches another, whoever says so: the handler, our options, or an exception. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Hono } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { createCache } from '../../../src/cache/create-cache.ts'
import { type CachedOptions, cached } from '../../../src/http/cached/cached.ts'
import { memoryStore } from '../../../src/stores/memory/store.ts'

function setUp(options: Omit<CachedOptions, 'cache'>, fields: Record<string, string> = {}) {
  const clock = { now: 1_800_000_000_000 }
  const cache = createCache({ memory: memoryStore(), now: () => clock.now })
  const app = new Hono()
  app.get('/mine', cached({ cache, ...options }), (c) =>
    c.text(c.req.header('cookie') ?? 'nobody', 200, fields),
  )
  const ask = async (cookie: string, headers = {}) => {
    const response = await app.request('/mine', { headers: { cookie, ...headers } })
    return [await response.text(), response.headers.get('cache-status')]
  }
  return { app, cache, clock, ask }
}

describe('an option that says no', () => {
  for (const word of ['private', 'no-store', 'no-cache']) {
    for (const option of ['cacheControl', 'targetedControl'] as const) {
      it(`is obeyed like the handler: ${word} in ${option}`, async () => {
        const { ask } = setUp({ [option]: `${word}, max-age=60` })
        await ask('alice')
        assert.deepEqual(await ask('bob'), ['bob', `hitrate; fwd=uri-miss; detail=${word}`])
      })
    }
  }
})

describe('a handler that forbids stale answers', () => {
  for (const word of ['must-revalidate', 'proxy-revalidate', 's-maxage=60']) {
    it(`is obeyed where our option gives the lifetime: ${word}`, async () => {
      const targetedControl = 'max-age=60, stale-while-revalidate=600'
      const { ask, clock } = setUp({ targetedControl }, { 'cache-control': `public, ${word}` })
      await ask('alice', { authorization: 'Bearer a' })
      assert.equal((await ask('bob'))[0], 'alice', 'fresh, and public')
      clock.now += 61_000
      assert.equal((await ask('bob'))[0], 'bob')
    })
  }
})

describe('an exception that brings its own answer', () => {
  it('is for its own request alone, and its body for one reader', async () => {
    const cache = createCache({ memory: memoryStore() })
    const app = new Hono()
    let release = () => {}
    const gate = new Promise<void>((resolve) => {
      release = resolve
    })
    app.get('/mine', cached({ cache, targetedControl: 'max-age=60' }), async (c) => {
      await gate
      const user = c.req.header('cookie') ?? ''
      throw new HTTPException(503, {
        res: new Response(user, { status: 503, headers: { 'set-cookie': `sid=${user}` } }),
      })
    })
    const asked = ['alice', 'bob', 'carol'].map((cookie) => app.request('/mine', { headers: { cookie } }))
    release()
    const answers = await Promise.all(asked)
    for (const [i, name] of ['alice', 'bob', 'carol'].entries()) {
      const response = answers[i]
      assert.deepEqual([response?.status, await response?.text()], [503, name])
      assert.equal(response?.headers.get('set-cookie'), `sid=${name}`)
    }
  })
})

describe('data under an answer’s key', () => {
  it('is no answer: the handler gives one', async () => {
    const options = { targetedControl: 'max-age=60', keyGenerator: () => 'shared key' }
    const { ask, cache } = setUp(options, { 'cache-control': 'public' })
    await cache.write('shared key', { some: 'data' })
    assert.equal((await ask('alice'))[0], 'alice')
    assert.equal((await ask('bob'))[0], 'alice', 'what is kept now is the answer')
  })
})

describe('a stream of events', () => {
  it('is passed on as it comes, whatever our options say', async () => {
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

describe('a HEAD whose answer is not kept', () => {
  it('gives the body back to its source', async () => {
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
