/** Fields that an answer's `private` or `no-cache` names: for the client that they came for, and nobody else. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { gate, testApp } from '../../support/test-app.ts'

for (const directive of ['private', 'no-cache'] as const) {
  describe(`${directive} that names fields`, () => {
    const control = `${directive}="X-User, x-seat", max-age=60`

    it('keeps the answer without them: the first client has them, and no later one', async () => {
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

    it('shares the answer without them with those who wait', async () => {
      const { app, cached, get } = testApp()
      const { open, opened } = gate()
      app.get('/x', cached(), async (c) => {
        await opened
        return c.text('x', 200, { 'cache-control': control, 'x-user': c.req.header('x-me') ?? 'nobody' })
      })
      const together = ['ann', 'bob'].map((me) => get('/x', { 'x-me': me }))
      open()
      const users = (await Promise.all(together)).map(({ headers }) => headers.get('x-user'))
      assert.deepEqual(users, ['ann', null])
    })

    it('may name cookies, which are then kept out and no reason to keep nothing', async () => {
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

    it('may name Vary, which every answer that was selected by it says all the same', async () => {
      const { app, cached, get } = testApp()
      app.get('/x', cached(), (c) =>
        c.text(c.req.header('accept') ?? '', 200, {
          'cache-control': `${directive}="vary", max-age=60`,
          vary: 'Accept',
        }),
      )
      for (const accept of ['a', 'b', 'a']) {
        const answer = await get('/x', { accept })
        assert.deepEqual([answer.headers.get('vary'), await answer.text()], ['Accept', accept])
      }
    })

    it('is obeyed when the answer is validated, and when it streams', async () => {
      const { app, cached, clock, get, settled } = testApp()
      let calls = 0
      app.get('/x', cached({ bufferBytes: 1 }), (c) => {
        const own = { 'cache-control': control, etag: '"a"', 'x-user': `user ${++calls}` }
        return calls === 1 ? c.text('abcdef', 200, own) : new Response(null, { status: 304, headers: own })
      })
      for (const call of [1, 2, 3]) {
        const own = await get('/x')
        assert.equal(own.headers.get('x-user'), `user ${call}`)
        assert.equal(await own.text(), 'abcdef')
        await settled()
        const hit = await get('/x')
        assert.equal(hit.headers.get('x-user'), null)
        assert.equal(hit.headers.get('cache-status'), 'hitrate; hit; ttl=60')
        clock.ms += 61_000
      }
      assert.equal(calls, 3)
    })

    it('that names what is no field means all of it', async () => {
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
