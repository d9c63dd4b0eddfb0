/** Concurrent requests for one URL: which responses they share. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { Context } from 'hono'
import { rounds } from '../../support/rounds.ts'
import { gate, statusAndBody, testApp } from '../../support/test-app.ts'

/** A handler that names its user in the body, once the gate is open. */
function perUserHandler(headersFor: (c: Context) => Record<string, string>) {
  const { open, opened } = gate()
  let calls = 0
  async function handler(c: Context): Promise<Response> {
    calls++
    await opened
    return c.text(`for ${c.req.header('x-user')}`, 200, headersFor(c))
  }
  return { handler, open, calls: () => calls }
}

const users = ['ann', 'bob', 'cat', 'dan']

describe('concurrent requests', () => {
  const notShared: [
    label: string,
    fields: Record<string, string>,
    requestHeaders?: Record<string, string>,
  ][] = [
    ['is private', { 'cache-control': 'private, max-age=60' }],
    ['has no-store', { 'cache-control': 'no-store' }],
    ['has no-cache', { 'cache-control': 'no-cache' }],
    ['has no-cache and an ETag', { 'cache-control': 'no-cache', etag: '"a"' }],
    ['has max-age=0 and an ETag', { 'cache-control': 'max-age=0', etag: '"a"' }],
    ['has no lifetime', {}],
    ['sets a cookie', { 'cache-control': 'public, max-age=60', 'set-cookie': 'sid=1' }],
    ['has Vary: *', { 'cache-control': 'max-age=60', vary: '*' }],
    ['answers Authorization', { 'cache-control': 'max-age=60' }, { authorization: 'Basic eDp5' }],
  ]
  for (const [label, headers, requestHeaders] of notShared) {
    it(`concurrent requests call the handler separately when the response ${label}`, async () => {
      const { app, cached, get, outcomes } = testApp()
      const { handler, open, calls } = perUserHandler(() => headers)
      app.get('/x', cached(), handler)
      const responses = users.map((user) => get('/x', { 'x-user': user, ...requestHeaders }))
      open()
      for (const [i, response] of responses.entries())
        assert.equal((await statusAndBody(response))[1], `for ${users[i]}`)
      assert.equal(calls(), users.length)
      assert.deepEqual(outcomes, ['miss', 'miss', 'miss', 'miss'])
      assert.equal((await statusAndBody(get('/x', { 'x-user': 'eve', ...requestHeaders })))[1], 'for eve')
    })
  }

  it('concurrent requests each get their own variant', async () => {
    const { app, cached, get } = testApp()
    const { handler, open, calls } = perUserHandler(() => ({ 'cache-control': 'max-age=60', vary: 'X-User' }))
    app.get('/x', cached(), handler)
    const requestUsers = [...users, ...users]
    const responses = requestUsers.map((user) => get('/x', { 'x-user': user }))
    open()
    for (const [i, response] of responses.entries())
      assert.equal((await statusAndBody(response))[1], `for ${requestUsers[i]}`)
    assert.ok(calls() <= requestUsers.length)
    const callsBefore = calls()
    for (const user of users) {
      assert.deepEqual(await statusAndBody(get('/x', { 'x-user': user })), [
        'hitrate; hit; ttl=60',
        `for ${user}`,
      ])
    }
    assert.equal(calls(), callsBefore)
  })

  it('a request with Authorization does not share a response that only the options make public', async () => {
    const { app, cached, get } = testApp()
    const { handler, open } = perUserHandler(() => ({}))
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

  it('a request with Authorization shares a response that the handler declares public', async () => {
    const { app, cached, get } = testApp()
    const { handler, open, calls } = perUserHandler(() => ({ 'cache-control': 'public, max-age=60' }))
    app.get('/x', cached(), handler)
    open()
    for (const user of users)
      assert.equal((await statusAndBody(get('/x', { 'x-user': user, authorization: user })))[1], 'for ann')
    assert.equal(calls(), 1)
  })

  it('no request gets the response of another user, for any sequence of responses', async () => {
    const kinds = ['public', 'private', 'cookie', 'vary', 'none', 'error'] as const
    const kind = fc.constantFrom(...kinds)
    const step = fc.record({
      user: fc.constantFrom(...users),
      kind,
      isAuthorized: fc.boolean(),
      isConcurrent: fc.boolean(),
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
            const isShared = kind === 'public' && c.req.header('authorization') === undefined
            if (kind === 'private') c.header('cache-control', 'private')
            if (kind === 'cookie') c.header('set-cookie', `sid=${user}`)
            if (kind === 'vary') c.header('vary', 'x-user')
            return c.text(isShared ? 'for all' : `for ${user}`, kind === 'none' ? 201 : 200)
          },
        )
        app.onError((_, c) => c.text('error', 500))
        let pending: Promise<void>[] = []
        for (const { user, kind, isAuthorized, isConcurrent } of steps) {
          const requestHeaders = {
            'x-user': user,
            'x-kind': kind,
            ...(isAuthorized ? { authorization: user } : {}),
          }
          pending.push(
            get('/x', requestHeaders).then(async (response) => {
              const body = await response.text()
              assert.ok(['for all', `for ${user}`, 'error'].includes(body), `${user} got ${body}`)
              if (body !== 'error' && response.headers.has('set-cookie')) {
                assert.equal(response.headers.get('set-cookie'), `sid=${user}`)
              }
            }),
          )
          if (isConcurrent) continue
          await Promise.all(pending)
          pending = []
          clock.ms += 45_000
        }
        await Promise.all(pending)
        await settled()
        assert.equal(outcomes.length, steps.length)
      }),
      { numRuns: rounds(100, 300) },
    )
  })
})
