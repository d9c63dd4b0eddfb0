/** Who may have whose answer, when many ask for the same URL at once. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { Context } from 'hono'
import { gate, statusAndBody, testApp } from '../../support/test-app.ts'

/** A handler that says to whom it answers, once the gate is open. */
function personal(fields: (c: Context) => Record<string, string>) {
  const { open, opened } = gate()
  let calls = 0
  async function handler(c: Context): Promise<Response> {
    calls++
    await opened
    return c.text(`for ${c.req.header('x-user')}`, 200, fields(c))
  }
  return { handler, open, calls: () => calls }
}

const users = ['ann', 'bob', 'cat', 'dan']

describe('those who ask at the same time', () => {
  const notShared: [what: string, fields: Record<string, string>, asking?: Record<string, string>][] = [
    ['is private', { 'cache-control': 'private, max-age=60' }],
    ['is not to be stored', { 'cache-control': 'no-store' }],
    ['is to be revalidated', { 'cache-control': 'no-cache' }],
    ['is kept, to be revalidated each time', { 'cache-control': 'no-cache', etag: '"a"' }],
    ['is kept, and over when it comes', { 'cache-control': 'max-age=0', etag: '"a"' }],
    ['has no lifetime', {}],
    ['sets a cookie', { 'cache-control': 'public, max-age=60', 'set-cookie': 'sid=1' }],
    ['varies by anything', { 'cache-control': 'max-age=60', vary: '*' }],
    ['is to Authorization', { 'cache-control': 'max-age=60' }, { authorization: 'Basic eDp5' }],
  ]
  for (const [what, fields, asking] of notShared) {
    it(`load each for themselves when the answer ${what}`, async () => {
      const { app, cached, get, outcomes } = testApp()
      const { handler, open, calls } = personal(() => fields)
      app.get('/x', cached(), handler)
      const answers = users.map((user) => get('/x', { 'x-user': user, ...asking }))
      open()
      for (const [i, answer] of answers.entries())
        assert.equal((await statusAndBody(answer))[1], `for ${users[i]}`)
      assert.equal(calls(), users.length)
      assert.deepEqual(outcomes, ['miss', 'miss', 'miss', 'miss'])
      assert.equal((await statusAndBody(get('/x', { 'x-user': 'eve', ...asking })))[1], 'for eve')
    })
  }

  it('each get their own variant', async () => {
    const { app, cached, get } = testApp()
    const { handler, open, calls } = personal(() => ({ 'cache-control': 'max-age=60', vary: 'X-User' }))
    app.get('/x', cached(), handler)
    const asking = [...users, ...users]
    const answers = asking.map((user) => get('/x', { 'x-user': user }))
    open()
    for (const [i, answer] of answers.entries())
      assert.equal((await statusAndBody(answer))[1], `for ${asking[i]}`)
    assert.ok(calls() <= asking.length)
    const before = calls()
    for (const user of users) {
      assert.deepEqual(await statusAndBody(get('/x', { 'x-user': user })), [
        'hitrate; hit; ttl=60',
        `for ${user}`,
      ])
    }
    assert.equal(calls(), before)
  })

  it('do not share with Authorization what only the handler could share', async () => {
    const { app, cached, get } = testApp()
    const { handler, open } = personal(() => ({}))
    app.get(
      '/x',
      cached({ targetedControl: 'public, max-age=60', cacheControl: 'public, max-age=60' }),
      handler,
    )
    open()
    assert.equal((await statusAndBody(get('/x', { 'x-user': 'ann', authorization: 'a' })))[1], 'for ann')
    assert.equal((await statusAndBody(get('/x', { 'x-user': 'bob', authorization: 'b' })))[1], 'for bob')
    assert.equal((await statusAndBody(get('/x', { 'x-user': 'cat' })))[1], 'for cat')
  })

  it('share with Authorization what the handler itself says is public', async () => {
    const { app, cached, get } = testApp()
    const { handler, open, calls } = personal(() => ({ 'cache-control': 'public, max-age=60' }))
    app.get('/x', cached(), handler)
    open()
    for (const user of users)
      assert.equal((await statusAndBody(get('/x', { 'x-user': user, authorization: user })))[1], 'for ann')
    assert.equal(calls(), 1)
  })

  it('never get what is another’s, whatever each answer turns out to be', async () => {
    const kinds = ['public', 'private', 'cookie', 'vary', 'none', 'error'] as const
    const kind = fc.constantFrom(...kinds)
    const step = fc.record({
      user: fc.constantFrom(...users),
      kind,
      authorized: fc.boolean(),
      together: fc.boolean(),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), fc.boolean(), async (steps, coalesce) => {
        const { app, cached, clock, get, outcomes, settled } = testApp({ coalesce })
        app.get(
          '/x',
          cached({ targetedControl: 'max-age=60, stale-while-revalidate=60, stale-if-error=60' }),
          async (c) => {
            await Promise.resolve()
            const user = c.req.header('x-user')
            const kind = c.req.header('x-kind')
            if (kind === 'error') throw new Error('broken')
            const shared = kind === 'public' && c.req.header('authorization') === undefined
            if (kind === 'private') c.header('cache-control', 'private')
            if (kind === 'cookie') c.header('set-cookie', `sid=${user}`)
            if (kind === 'vary') c.header('vary', 'x-user')
            return c.text(shared ? 'for all' : `for ${user}`, kind === 'none' ? 201 : 200)
          },
        )
        app.onError((_, c) => c.text('error', 500))
        let together: Promise<void>[] = []
        for (const { user, kind, authorized, together: more } of steps) {
          const fields = { 'x-user': user, 'x-kind': kind, ...(authorized ? { authorization: user } : {}) }
          together.push(
            get('/x', fields).then(async (answer) => {
              const body = await answer.text()
              assert.ok(['for all', `for ${user}`, 'error'].includes(body), `${user} got ${body}`)
              if (body !== 'error' && answer.headers.has('set-cookie')) {
                assert.equal(answer.headers.get('set-cookie'), `sid=${user}`)
              }
            }),
          )
          if (more) continue
          await Promise.all(together)
          together = []
          clock.ms += 45_000
        }
        await Promise.all(together)
        await settled()
        assert.equal(outcomes.length, steps.length)
      }),
      { numRuns: 300 },
    )
  })
})

describe('an answer that sets cookies', () => {
  it('is kept with all of them where the route wants that', async () => {
    const { app, cached, get } = testApp()
    app.get('/x', cached({ storeSetCookie: true }), (c) => {
      c.header('set-cookie', 'a=1; Expires=Mon, 23 Nov 2026 00:00:00 GMT', { append: true })
      c.header('set-cookie', 'b=2', { append: true })
      return c.text('x', 200, { 'cache-control': 'max-age=60' })
    })
    for (const _ of [1, 2]) {
      const { headers } = await get('/x')
      assert.deepEqual(headers.getSetCookie(), ['a=1; Expires=Mon, 23 Nov 2026 00:00:00 GMT', 'b=2'])
    }
  })
})

describe('what middleware around the cache has set before', () => {
  const everyWay: [way: string, set: (c: Context, name: string, value: string) => void][] = [
    ['c.header()', (c, name, value) => c.header(name, value)],
    ['c.res.headers', (c, name, value) => c.res.headers.set(name, value)],
  ]
  const handlers: [way: string, handler: (c: Context) => Response][] = [
    [
      'c.text()',
      (c) => c.text('x', 200, { 'cache-control': 'max-age=10, stale-if-error=60', 'x-own': 'handler' }),
    ],
    [
      'new Response()',
      () => new Response('x', { headers: { 'cache-control': 'max-age=10, stale-if-error=60' } }),
    ],
  ]
  for (const [way, set] of everyWay) {
    for (const [answering, answer] of handlers) {
      it(`with ${way} is on this request’s answer and on no other’s: ${answering}`, async () => {
        const { app, cached, clock, request } = testApp()
        let requests = 0
        let broken = false
        app.use(async (c, next) => {
          set(c, 'x-request', String(++requests))
          set(c, 'x-user', c.req.header('x-user') ?? '')
          await next()
        })
        app.get('/x', cached(), (c) => {
          if (broken) throw new Error('broken')
          return answer(c)
        })
        app.onError((_, c) => c.text('error', 500))
        const asked: [method: string, fields: Record<string, string>, status: number][] = [
          ['GET', {}, 200],
          ['GET', {}, 200],
          ['HEAD', {}, 200],
          ['GET', { 'if-none-match': '*' }, 304],
          ['GET', { 'cache-control': 'only-if-cached' }, 200],
        ]
        for (const [i, [method, fields, status]] of asked.entries()) {
          const response = await request(method, '/x', { 'x-user': `user ${i}`, ...fields })
          assert.equal(response.status, status)
          assert.equal(response.headers.get('x-request'), String(i + 1))
          assert.equal(response.headers.get('x-user'), `user ${i}`)
        }
        clock.ms += 11_000
        broken = true
        const stale = await request('GET', '/x', { 'x-user': 'late' })
        assert.equal(stale.status, 200)
        assert.equal(stale.headers.get('x-user'), 'late')
        const refused = await request('GET', '/x?', {
          'x-user': 'refused',
          'cache-control': 'only-if-cached',
        })
        assert.equal(refused.status, 504)
        assert.equal(refused.headers.get('x-user'), 'refused')
      })
    }
  }

  it('is not in what is refreshed behind an answer', async () => {
    const { app, cached, clock, get, settled } = testApp()
    app.use(async (c, next) => {
      c.header('x-user', c.req.header('x-user'))
      await next()
    })
    app.get('/x', cached(), (c) =>
      c.text('x', 200, { 'cache-control': 'max-age=1, stale-while-revalidate=60' }),
    )
    await get('/x', { 'x-user': 'ann' })
    clock.ms += 2000
    await get('/x', { 'x-user': 'bob' })
    await settled()
    assert.equal((await get('/x')).headers.get('x-user'), null)
  })

  it('gives way to what the handler sets', async () => {
    const { app, cached, get } = testApp()
    app.use(async (c, next) => {
      c.header('cache-control', 'no-store')
      c.header('x-a', 'outer')
      await next()
    })
    app.get('/x', cached(), (c) => c.text('x', 200, { 'cache-control': 'max-age=60', 'x-a': 'handler' }))
    for (const status of ['hitrate; fwd=uri-miss; ttl=60; stored', 'hitrate; hit; ttl=60']) {
      const { headers } = await get('/x')
      assert.equal(headers.get('cache-status'), status)
      assert.equal(headers.get('cache-control'), 'max-age=60')
      assert.equal(headers.get('x-a'), 'handler')
    }
  })

  it('stands before what the handler adds to it, also while the body grows', async () => {
    const { app, cached, get } = testApp()
    app.use(async (c, next) => {
      c.header('link', `<${c.req.header('x-user')}>`)
      await next()
    })
    app.get('/x', cached({ targetedControl: 'max-age=60', bufferBytes: 1 }), (c) => {
      c.header('link', '<all>', { append: true })
      return c.text('long')
    })
    const statuses: (string | null)[] = []
    for (const user of users) {
      const answer = await get('/x', { 'x-user': user })
      assert.equal(await answer.text(), 'long')
      assert.equal(answer.headers.get('link'), `<${user}>, <all>`)
      statuses.push(answer.headers.get('cache-status'))
    }
    assert.equal(statuses[0], 'hitrate; fwd=uri-miss; detail=streaming')
  })

  it('counts for whether the answer may be kept', async () => {
    const { app, cached, get } = testApp()
    app.use(async (c, next) => {
      c.header('set-cookie', `sid=${c.req.header('x-user')}`)
      await next()
    })
    app.get('/x', cached({ targetedControl: 'max-age=60' }), (c) => c.text('x'))
    for (const user of users) {
      const { headers } = await get('/x', { 'x-user': user })
      assert.deepEqual(headers.getSetCookie(), [`sid=${user}`])
      assert.equal(headers.get('cache-status'), 'hitrate; fwd=uri-miss; detail=set-cookie')
    }
  })

  it('is never kept, not even a cookie where the route keeps cookies', async () => {
    const { app, cached, get } = testApp()
    app.use(async (c, next) => {
      c.header('set-cookie', `sid=${c.req.header('x-user')}`)
      await next()
    })
    app.get('/x', cached({ storeSetCookie: true }), (c) => {
      c.header('set-cookie', 'theme=dark', { append: true })
      return c.text('x', 200, { 'cache-control': 'max-age=60' })
    })
    await get('/x', { 'x-user': 'ann' })
    const { headers } = await get('/x', { 'x-user': 'bob' })
    assert.equal(headers.get('cache-status'), 'hitrate; hit; ttl=60')
    assert.deepEqual(headers.getSetCookie().sort(), ['sid=bob', 'theme=dark'])
  })
})
