/** Answers to POST that say they are what the same URL holds now. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Context } from 'hono'
import type { CachedOptions } from '../../../src/http/cached/cached.ts'
import { gate, statusAndBody, type TestApp, testApp } from '../../support/test-app.ts'

type Answer = (c: Context) => Response

const kept = { 'cache-control': 'max-age=60', 'content-location': '/x' }

/** A resource whose POST answers so; its GET says `from GET`. */
function posting(answer: Answer, options: Omit<CachedOptions, 'cache'> = {}): TestApp {
  const made = testApp()
  const cached = made.cached(options)
  made.app.get('/x', cached, (c) => c.text('from GET'))
  made.app.on(['POST', 'PUT', 'PATCH', 'QUERY'], '/x', cached, answer)
  return made
}

const post = ({ request }: TestApp, headers?: Record<string, string>, path = '/x') =>
  request('POST', path, headers)

describe('an answer to POST', () => {
  it('answers the GETs to come, where it says that it is theirs and for how long', async () => {
    const made = posting((c) => c.text('posted', 200, { ...kept, 'x-a': '1' }))
    assert.deepEqual(await statusAndBody(post(made)), ['hitrate; fwd=method', 'posted'])
    const hit = await made.get('/x')
    assert.equal(hit.headers.get('x-a'), '1')
    assert.equal(hit.headers.get('content-length'), '6')
    assert.match(hit.headers.get('etag') ?? '', /^"/)
    assert.deepEqual(await statusAndBody(hit), ['hitrate; hit; ttl=60', 'posted'])
    assert.deepEqual(await statusAndBody(made.request('HEAD', '/x')), ['hitrate; hit; ttl=60', ''])
    assert.deepEqual(made.outcomes, ['bypass', 'hit', 'hit'])
  })

  it('takes the place of what was kept before', async () => {
    const made = posting((c) => c.text('posted', 200, kept), { targetedControl: 'max-age=60' })
    assert.equal((await statusAndBody(made.get('/x')))[1], 'from GET')
    await post(made)
    assert.equal((await statusAndBody(made.get('/x')))[1], 'posted')
  })

  it('answers no other POST', async () => {
    let calls = 0
    const made = posting((c) => c.text(`posted ${++calls}`, 200, kept))
    for (const n of [1, 2]) assert.equal((await statusAndBody(post(made)))[1], `posted ${n}`)
    assert.equal((await statusAndBody(made.get('/x')))[1], 'posted 2')
  })

  it('lives as long as it says, and is then asked for by GET', async () => {
    const made = posting((c) => c.text('posted', 200, kept))
    await post(made)
    made.clock.ms += 60_000
    assert.equal((await statusAndBody(made.get('/x')))[1], 'from GET')
  })

  it('may name its own URL in full, and say its lifetime by Expires or s-maxage', async () => {
    const ways: Record<string, string>[] = [
      { ...kept, 'content-location': 'http://localhost/x' },
      { 'content-location': '/x', expires: 'Sun, 22 Nov 2026 13:00:00 GMT' },
      { 'content-location': '/x', 'cache-control': 's-maxage=60' },
    ]
    for (const fields of ways) {
      const made = posting((c) => c.text('posted', 200, fields))
      await post(made)
      assert.equal((await statusAndBody(made.get('/x')))[1], 'posted', JSON.stringify(fields))
    }
  })

  it('is kept as exactly as it came, and answers its own client whole', async () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i)
    const made = posting((c) => c.body(bytes, 200, kept))
    for (const answer of [await post(made), await made.get('/x')]) {
      assert.deepEqual(new Uint8Array(await answer.arrayBuffer()), bytes)
    }
  })

  it('is kept without what middleware around has set', async () => {
    const { app, cached, get, request } = testApp()
    let n = 0
    app.use(async (c, next) => {
      c.header('x-request', String(++n))
      await next()
    })
    app.on(['GET', 'POST'], '/x', cached(), (c) => c.text('posted', 200, kept))
    assert.equal((await request('POST', '/x')).headers.get('x-request'), '1')
    assert.equal((await get('/x')).headers.get('x-request'), '2')
  })

  const notKept: [what: string, answer: Answer, asking?: Record<string, string>][] = [
    ['names no URL', (c) => c.text('posted', 200, { 'cache-control': 'max-age=60' })],
    ['names another', (c) => c.text('posted', 200, { ...kept, 'content-location': '/y' })],
    ['names another query', (c) => c.text('posted', 200, { ...kept, 'content-location': '/x?a' })],
    ['names another host', (c) => c.text('posted', 200, { ...kept, 'content-location': '//other/x' })],
    ['names what is no URL', (c) => c.text('posted', 200, { ...kept, 'content-location': 'http://[' })],
    ['says no lifetime', (c) => c.text('posted', 200, { 'content-location': '/x' })],
    [
      'has a date to guess a lifetime from, and no more',
      (c) =>
        c.text('posted', 200, { 'content-location': '/x', 'last-modified': 'Sun, 01 Nov 2026 00:00:00 GMT' }),
    ],
    ['is only public', (c) => c.text('posted', 200, { ...kept, 'cache-control': 'public' })],
    ['is no 200', (c) => c.text('posted', 201, kept)],
    ['is private', (c) => c.text('posted', 200, { ...kept, 'cache-control': 'private, max-age=60' })],
    [
      'is private in part',
      (c) => c.text('posted', 200, { ...kept, 'cache-control': 'private="x", max-age=60' }),
    ],
    [
      'is not to be stored',
      (c) => c.text('posted', 200, { ...kept, 'cache-control': 'no-store, max-age=60' }),
    ],
    [
      'is to be validated',
      (c) => c.text('posted', 200, { ...kept, 'cache-control': 'no-cache, max-age=60' }),
    ],
    [
      'is to be validated, and could be',
      (c) => c.text('posted', 200, { ...kept, 'cache-control': 'no-cache, max-age=60', etag: '"a"' }),
    ],
    ['sets a cookie', (c) => c.text('posted', 200, { ...kept, 'set-cookie': 'sid=1' })],
    ['varies', (c) => c.text('posted', 200, { ...kept, vary: 'accept' })],
    ['is to Authorization', (c) => c.text('posted', 200, kept), { authorization: 'a' }],
    ['was made from a cookie', (c) => c.text(c.req.header('cookie') ?? 'posted', 200, kept)],
    ['was made from Authorization', (c) => c.text(c.req.header('authorization') ?? 'posted', 200, kept)],
  ]
  for (const [what, answer, asking] of notKept) {
    it(`is no answer for others where it ${what}`, async () => {
      const made = posting(answer)
      assert.equal((await statusAndBody(post(made, asking)))[1], 'posted')
      assert.equal(made.cache.stats().entries, 0)
      assert.equal((await statusAndBody(made.get('/x')))[1], 'from GET')
    })
  }

  it('is no answer for others by our options alone', async () => {
    const options = { targetedControl: 'max-age=60', cacheControl: 'max-age=60' }
    const made = posting((c) => c.text('posted', 200, { 'content-location': '/x' }), options)
    await post(made)
    assert.equal((await statusAndBody(made.get('/x')))[1], 'from GET')
  })

  it('is one for POST alone: PUT, PATCH and others say nothing of what a GET gets', async () => {
    for (const method of ['PUT', 'PATCH', 'QUERY']) {
      const made = posting((c) => c.text('not posted', 200, kept))
      await made.request(method, '/x')
      assert.equal((await statusAndBody(made.get('/x')))[1], 'from GET', method)
    }
  })

  it('that is too large to be read before it answers passes whole, and is not kept', async () => {
    for (const size of [100, 2000]) {
      const made = posting((c) => c.text('x'.repeat(size), 200, kept), {
        bufferBytes: 50,
        maxBodyBytes: 1000,
      })
      assert.equal((await statusAndBody(post(made)))[1].length, size)
      assert.equal((await statusAndBody(made.get('/x')))[1], 'from GET')
    }
  })

  it('that is overtaken by another change, in its handler or in its body, is not what a GET gets', async () => {
    const overtaking: [what: string, change: (made: TestApp) => Promise<unknown>][] = [
      ['PUT', ({ request }) => request('PUT', '/x')],
      ['its key', ({ cache }) => cache.delete('http://localhost/x')],
      ['a tag', ({ cache }) => cache.invalidateTags(['t'])],
      ['everything', ({ cache }) => cache.clear()],
    ]
    for (const [what, change] of overtaking) {
      for (const where of ['handler', 'body', 'nowhere']) {
        const made = testApp()
        const way = gate()
        const { app, cached, get } = made
        app.get('/x', cached(), (c) => c.text('from GET'))
        app.put('/x', cached(), (c) => c.text('changed'))
        app.post('/x', cached(), async () => {
          if (where === 'handler') await way.opened
          const body = new ReadableStream<Uint8Array>({
            async pull(controller) {
              if (where === 'body') await way.opened
              controller.enqueue(new TextEncoder().encode('posted'))
              controller.close()
            },
          })
          return new Response(body, { headers: { ...kept, 'cache-tag': 't' } })
        })
        const posting = post(made)
        for (let i = 0; i < 3; i++) await new Promise((resolve) => setTimeout(resolve, 0))
        if (where !== 'nowhere') await change(made)
        way.open()
        assert.equal(await (await posting).text(), 'posted')
        const expected = where === 'nowhere' ? 'posted' : 'from GET'
        assert.equal(await (await get('/x')).text(), expected, `${what}, in its ${where}`)
      }
    }
  })

  it('is nothing to a cache that is switched off, which reads none of it', async () => {
    const { app, cached, get, request } = testApp({ enabled: false })
    app.get('/x', cached(), (c) => c.text('from GET'))
    app.post('/x', cached(), () => new Response(new ReadableStream(), { headers: kept }))
    const posted = await request('POST', '/x')
    assert.equal(posted.status, 200)
    await posted.body?.cancel()
    assert.equal((await statusAndBody(get('/x')))[1], 'from GET')
  })
})
