/** `private` and `no-cache` with header names: these headers reach only the client of that response. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { gate, testApp } from '../../support/test-app.ts'

for (const directive of ['private', 'no-cache'] as const) {
  describe(`${directive} with header names`, () => {
    const control = `${directive}="X-User, x-seat", max-age=60`

    it(`headers that ${directive} names reach the first client and are not stored`, async () => {
      const { app, cached, get } = testApp()
      app.get('/x', cached(), (c) =>
        c.text('x', 200, { 'cache-control': control, 'x-user': 'ann', 'x-seat': '7', 'x-all': '1' }),
      )
      const first = await get('/x')
      assert.equal(first.headers.get('cache-status'), 'hitrate; fwd=uri-miss; ttl=60; stored')
      assert.deepEqual([first.headers.get('x-user'), first.headers.get('x-seat')], ['ann', '7'])
      for (const _ of [1, 2]) {
        const hit = await get('/x')
        assert.equal(hit.headers.get('cache-status'), 'hitrate; hit; ttl=60')
        assert.deepEqual([hit.headers.get('x-user'), hit.headers.get('x-seat')], [null, null])
        assert.equal(hit.headers.get('x-all'), '1')
      }
    })

    it(`headers that ${directive} names are not shared with waiting requests`, async () => {
      const { app, cached, get } = testApp()
      const { open, opened } = gate()
      app.get('/x', cached({ ignoredHeaders: ['x-me'] }), async (c) => {
        await opened
        return c.text('x', 200, { 'cache-control': control, 'x-user': c.req.header('x-me') ?? 'nobody' })
      })
      const concurrent = ['ann', 'bob'].map((me) => get('/x', { 'x-me': me }))
      open()
      const users = (await Promise.all(concurrent)).map(({ headers }) => headers.get('x-user'))
      assert.deepEqual(users, ['ann', null])
    })

    it(`${directive}="set-cookie" lets the response be stored without its cookies`, async () => {
      for (const storeSetCookie of [false, true]) {
        const { app, cached, get } = testApp()
        app.use(async (c, next) => {
          c.header('set-cookie', 'around=1', { append: true })
          await next()
        })
        app.get('/x', cached({ storeSetCookie }), (c) => {
          c.header('set-cookie', 'sid=1', { append: true })
          c.header('set-cookie', 'sid=2', { append: true })
          return c.text('x', 200, { 'cache-control': `${directive}="set-cookie", max-age=60` })
        })
        const first = await get('/x')
        assert.deepEqual(first.headers.getSetCookie().sort(), ['around=1', 'sid=1', 'sid=2'])
        const hit = await get('/x')
        assert.equal(hit.headers.get('cache-status'), 'hitrate; hit; ttl=60')
        assert.deepEqual(hit.headers.getSetCookie(), ['around=1'])
      }
    })

    it(`${directive}="vary" has no effect on Vary, which stays on every response`, async () => {
      const { app, cached, get } = testApp()
      app.get('/x', cached(), (c) =>
        c.text(c.req.header('accept') ?? '', 200, {
          'cache-control': `${directive}="vary", max-age=60`,
          vary: 'Accept',
        }),
      )
      for (const accept of ['a', 'b', 'a']) {
        const response = await get('/x', { accept })
        assert.deepEqual([response.headers.get('vary'), await response.text()], ['Accept', accept])
      }
    })

    it(`headers that ${directive} names are not stored by a revalidation or a streamed response either`, async () => {
      const { app, cached, clock, get, settled } = testApp()
      let calls = 0
      app.get('/x', cached({ bufferBytes: 1 }), (c) => {
        const handlerHeaders = { 'cache-control': control, etag: '"a"', 'x-user': `user ${++calls}` }
        return calls === 1
          ? c.text('abcdef', 200, handlerHeaders)
          : new Response(null, { status: 304, headers: handlerHeaders })
      })
      for (const call of [1, 2, 3]) {
        const revalidated = await get('/x')
        assert.equal(revalidated.headers.get('x-user'), `user ${call}`)
        assert.equal(await revalidated.text(), 'abcdef')
        await settled()
        const hit = await get('/x')
        assert.equal(hit.headers.get('x-user'), null)
        assert.equal(hit.headers.get('cache-status'), 'hitrate; hit; ttl=60')
        clock.ms += 61_000
      }
      assert.equal(calls, 3)
    })

    it(`${directive} with an invalid header name applies to the whole response`, async () => {
      const { app, cached, get } = testApp()
      app.get('/x', cached(), (c) =>
        c.text('x', 200, { 'cache-control': `${directive}="a b", max-age=60`, 'x-user': 'ann' }),
      )
      for (const _ of [1, 2]) {
        assert.equal(
          (await get('/x')).headers.get('cache-status'),
          `hitrate; fwd=uri-miss; detail=${directive}`,
        )
      }
    })
  })
}

describe('private with header names', () => {
  it('headers that private names reach only the first client, once, and replace the stored ones', async () => {
    const { app, cached, get } = testApp()
    const date = 'Sun, 22 Nov 2026 11:00:00 GMT'
    app.use(async (c, next) => {
      c.header('set-cookie', 'outer=1')
      await next()
    })
    app.get('/x', cached(), (c) => {
      c.header('set-cookie', 'own=1', { append: true })
      const control = 'max-age=7200, private="set-cookie, etag, date"'
      return c.text('x', 200, { 'cache-control': control, etag: '"own"', date })
    })
    const first = await get('/x')
    assert.equal(first.headers.get('etag'), '"own"')
    assert.equal(first.headers.get('date'), date)
    assert.deepEqual(first.headers.getSetCookie().sort(), ['outer=1', 'own=1'])
    const second = await get('/x')
    assert.notEqual(second.headers.get('etag'), '"own"')
    assert.deepEqual(second.headers.getSetCookie(), ['outer=1'])
  })

  it('a Cache-Tag that private names does not reach the client either', async () => {
    const { app, cached, get } = testApp()
    app.get('/x', cached(), (c) =>
      c.text('x', 200, { 'cache-control': 'max-age=60, private="cache-tag"', 'cache-tag': 'a' }),
    )
    assert.equal((await get('/x')).headers.get('cache-tag'), null)
  })
})
