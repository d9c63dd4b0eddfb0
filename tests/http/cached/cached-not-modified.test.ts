/** Stale answers that have a validator: the handler is asked whether they still hold. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Context } from 'hono'
import type { CacheOptions } from '../../../src/cache/cache.ts'
import type { CachedOptions } from '../../../src/http/cached/cached.ts'
import { statusAndBody, type TestApp, testApp } from '../../support/test-app.ts'

const CONDITIONS = [
  'if-none-match',
  'if-modified-since',
  'if-match',
  'if-unmodified-since',
  'if-range',
  'range',
]

interface Validated extends TestApp {
  /** The conditions of each request that reached the handler. */
  asked: Record<string, string>[]
  /** What the handler answers next, in place of the first answer. */
  next: { answer: (c: Context) => Response }
}

/** A handler that answers `old` with these fields at first. */
function validated(
  fields: Record<string, string>,
  options: Omit<CachedOptions, 'cache'> = {},
  cacheOptions: CacheOptions = {},
): Validated {
  const made = testApp(cacheOptions)
  const asked: Record<string, string>[] = []
  const next = { answer: (c: Context): Response => c.text('old', 200, fields) }
  made.app.get('/x', made.cached(options), (c) => {
    const sent = CONDITIONS.flatMap((name) => {
      const value = c.req.header(name)
      return value === undefined ? [] : [[name, value] as const]
    })
    asked.push(Object.fromEntries(sent))
    return next.answer(c)
  })
  made.app.onError((error, c) => c.text(error.message, 500))
  return { ...made, asked, next }
}

const unchanged =
  (fields: HeadersInit = {}) =>
  () =>
    new Response(null, { status: 304, headers: fields })

const kept = { 'cache-control': 'max-age=10', etag: '"a"' }
const refreshing = { 'cache-control': 'max-age=10, stale-while-revalidate=60', etag: '"a"' }
const MODIFIED = 'Sun, 01 Nov 2026 00:00:00 GMT'

describe('a stale answer', () => {
  it('is asked about by the handler’s own validators, and holds on when that says so', async () => {
    const { asked, clock, get, next, outcomes } = validated({
      ...kept,
      'last-modified': MODIFIED,
      'x-a': '1',
    })
    await get('/x')
    clock.ms += 20_000
    next.answer = unchanged({ 'x-a': '2', 'cache-control': 'max-age=100' })
    const answer = await get('/x')
    assert.deepEqual(asked, [{}, { 'if-none-match': '"a"', 'if-modified-since': MODIFIED }])
    assert.equal(answer.status, 200)
    assert.equal(answer.headers.get('x-a'), '2')
    assert.equal(answer.headers.get('content-length'), '3')
    assert.deepEqual(await statusAndBody(answer), [
      'hitrate; fwd=stale; fwd-status=304; ttl=100; stored',
      'old',
    ])
    assert.deepEqual(await statusAndBody(get('/x')), ['hitrate; hit; ttl=100', 'old'])
    assert.deepEqual(outcomes, ['miss', 'miss', 'hit'])
  })

  it('with a tag of ours alone is asked for anew: the handler knows nothing of that', async () => {
    const { asked, clock, get, next } = validated({
      'cache-control': 'max-age=10, stale-while-revalidate=60',
    })
    const etag = (await get('/x')).headers.get('etag') ?? assert.fail()
    clock.ms += 100_000
    next.answer = (c) => c.text('new', 200, { 'cache-control': 'max-age=10' })
    assert.deepEqual(await statusAndBody(get('/x', { 'if-none-match': etag })), [
      'hitrate; fwd=stale; ttl=10; stored',
      'new',
    ])
    assert.deepEqual(asked, [{}, {}])
  })

  it('with a tag of ours and the handler’s date is asked about by the date, and keeps the tag', async () => {
    const { asked, clock, get, next } = validated({
      'cache-control': 'max-age=10',
      'last-modified': MODIFIED,
    })
    const etag = (await get('/x')).headers.get('etag') ?? assert.fail()
    clock.ms += 20_000
    next.answer = unchanged({ 'cache-control': 'max-age=10' })
    assert.equal((await get('/x')).headers.get('etag'), etag)
    assert.deepEqual(asked, [{}, { 'if-modified-since': MODIFIED }])
    assert.equal((await get('/x', { 'if-none-match': etag })).status, 304)
    clock.ms += 20_000
    await get('/x')
    assert.deepEqual(asked[2], { 'if-modified-since': MODIFIED }, 'it is still ours')
  })

  const clients = {
    'if-none-match': '"theirs"',
    'if-modified-since': 'Mon, 02 Nov 2026 00:00:00 GMT',
    'if-match': '"theirs"',
    'if-unmodified-since': 'Mon, 02 Nov 2026 00:00:00 GMT',
    'if-range': '"theirs"',
    range: 'bytes=0-0',
  }

  it('is asked about without the client’s conditions and range', async () => {
    const { asked, clock, get, next } = validated(kept)
    await get('/x', clients)
    clock.ms += 20_000
    next.answer = unchanged()
    assert.equal(await (await get('/x', clients)).text(), 'old')
    assert.deepEqual(asked, [{}, { 'if-none-match': '"a"' }])
  })

  it('is refreshed behind without them too, by one request with its validators', async () => {
    const { asked, clock, get, next, settled } = validated(refreshing)
    await get('/x')
    clock.ms += 20_000
    next.answer = unchanged()
    for (const _ of [1, 2]) assert.equal(await (await get('/x', clients)).text(), 'old')
    await settled()
    assert.deepEqual(asked, [{}, { 'if-none-match': '"a"' }])
    assert.deepEqual(await statusAndBody(get('/x')), ['hitrate; hit; ttl=10', 'old'])
  })

  it('meets the client’s own condition after it was validated', async () => {
    const { clock, get, next } = validated(kept)
    await get('/x')
    clock.ms += 20_000
    next.answer = unchanged()
    const same = await get('/x', { 'if-none-match': '"b", "a"' })
    assert.equal(same.status, 304)
    assert.equal(same.headers.get('cache-status'), 'hitrate; fwd=stale; fwd-status=304; ttl=10; stored')
    clock.ms += 20_000
    next.answer = (c) => c.text('new', 200, { ...kept, etag: '"b"' })
    const changed = await get('/x', { 'if-none-match': '"b"' })
    assert.equal(changed.status, 304)
    assert.equal(changed.headers.get('cache-status'), 'hitrate; fwd=stale; fwd-status=200; ttl=10; stored')
  })

  it('is cut into the range that the client wants after it was validated', async () => {
    const { clock, get, next } = validated(kept)
    await get('/x')
    clock.ms += 20_000
    next.answer = unchanged()
    const part = await get('/x', { range: 'bytes=1-' })
    assert.deepEqual([part.status, part.headers.get('content-range')], [206, 'bytes 1-2/3'])
    assert.deepEqual(await statusAndBody(part), ['hitrate; fwd=stale; fwd-status=304; ttl=10; stored', 'ld'])
  })

  it('is validated by a HEAD, which has no body', async () => {
    const { asked, clock, get, next, request } = validated(kept)
    await get('/x')
    clock.ms += 20_000
    next.answer = (c) => {
      assert.equal(c.req.method, 'GET')
      return unchanged()()
    }
    const head = await request('HEAD', '/x')
    assert.equal(head.headers.get('content-length'), '3')
    assert.deepEqual(await statusAndBody(head), ['hitrate; fwd=stale; fwd-status=304; ttl=10; stored', ''])
    assert.deepEqual(asked[1], { 'if-none-match': '"a"' })
    assert.deepEqual(await statusAndBody(get('/x')), ['hitrate; hit; ttl=10', 'old'])
  })

  it('is replaced by what the handler answers in place of a 304', async () => {
    const { clock, get, next } = validated(kept)
    await get('/x')
    clock.ms += 20_000
    next.answer = (c) => c.text('new', 200, { 'cache-control': 'max-age=10', etag: '"b"' })
    assert.deepEqual(await statusAndBody(get('/x')), ['hitrate; fwd=stale; ttl=10; stored', 'new'])
    assert.equal((await get('/x')).headers.get('etag'), '"b"')
  })

  it('is validated once for all who wait', async () => {
    const { asked, clock, get, next } = validated(kept)
    await get('/x')
    clock.ms += 20_000
    next.answer = unchanged()
    const together = await Promise.all([get('/x'), get('/x'), get('/x')])
    for (const answer of together) assert.equal(await answer.text(), 'old')
    assert.equal(asked.length, 2)
  })

  it('that must be validated each time is, and is never answered unasked', async () => {
    const { asked, clock, get, next } = validated({ 'cache-control': 'no-cache', etag: '"a"' })
    await get('/x')
    next.answer = unchanged()
    for (const _ of [1, 2]) {
      assert.deepEqual(await statusAndBody(get('/x')), [
        'hitrate; fwd=stale; fwd-status=304; ttl=0; stored',
        'old',
      ])
    }
    assert.equal(asked.length, 3)
    next.answer = () => {
      throw new Error('down')
    }
    clock.ms += 1000
    assert.equal((await get('/x', { 'cache-control': 'max-stale' })).status, 500)
  })

  it('of each variant is asked about by its own validators', async () => {
    const { asked, clock, get, next } = validated({})
    const fields = { 'cache-control': 'max-age=10', vary: 'x-user' }
    next.answer = (c) =>
      c.text(`for ${c.req.header('x-user')}`, 200, { ...fields, etag: `"${c.req.header('x-user')}"` })
    for (const user of ['ann', 'bob']) await get('/x', { 'x-user': user })
    clock.ms += 20_000
    next.answer = unchanged()
    for (const user of ['bob', 'ann']) {
      const answer = await get('/x', { 'x-user': user })
      assert.equal(answer.headers.get('etag'), `"${user}"`)
      assert.equal(await answer.text(), `for ${user}`)
    }
    assert.deepEqual(asked.slice(2), [{ 'if-none-match': '"bob"' }, { 'if-none-match': '"ann"' }])
    assert.deepEqual(await statusAndBody(get('/x', { 'x-user': 'ann' })), ['hitrate; hit; ttl=10', 'for ann'])
  })

  it('is kept a day for its validators, and then no longer', async () => {
    const DAY = 24 * 60 * 60 * 1000
    for (const [ms, conditions] of [
      [DAY + 9000, { 'if-none-match': '"a"' }],
      [DAY + 10_000, {}],
    ] as const) {
      const { asked, cache, clock, get, next } = validated(kept)
      await get('/x')
      clock.ms += ms
      cache.stats() // what is dead leaves
      next.answer = (c) => c.text('new', 200, kept)
      await get('/x')
      assert.deepEqual(asked[1], conditions)
    }
  })
})

describe('a 304 that', () => {
  it('says nothing of fields leaves them as they were, whatever middleware around gives to the same names', async () => {
    const { app, cached, clock, get } = testApp()
    app.use(async (c, next) => {
      for (const name of ['x-added', 'x-over', 'x-new']) c.header(name, c.req.query('who'))
      await next()
    })
    let calls = 0
    app.get('/x', cached({ query: [] }), (c) => {
      for (const [name, value] of Object.entries(kept)) c.header(name, value)
      if (++calls === 1) {
        c.header('x-added', 'h', { append: true })
        c.header('x-over', 'h')
        return c.text('old')
      }
      c.header('x-new', `n${calls}`, { append: true })
      return c.body(null, 304)
    })
    const fields = async (who: string) => {
      const { headers } = await get(`/x?who=${who}`)
      return ['x-added', 'x-over', 'x-new'].map((name) => headers.get(name))
    }
    assert.deepEqual(await fields('ann'), ['ann, h', 'h', 'ann'])
    for (const call of [2, 3]) {
      clock.ms += 11_000
      for (const who of ['ann', 'bob', 'eve']) {
        assert.deepEqual(await fields(who), [`${who}, h`, 'h', `${who}, n${call}`])
      }
    }
    assert.equal(calls, 3)
  })

  it('is about another tag than was asked lets what was kept answer once more, and then that is over', async () => {
    const { asked, cache, clock, get, next, outcomes } = validated(kept)
    await get('/x')
    clock.ms += 20_000
    next.answer = unchanged({ etag: '"b"' })
    assert.deepEqual(await statusAndBody(get('/x')), [
      'hitrate; fwd=stale; fwd-status=304; detail=other-tag',
      'old',
    ])
    assert.equal(cache.stats().entries, 0)
    next.answer = (c) => c.text('new', 200, kept)
    assert.equal((await statusAndBody(get('/x')))[1], 'new')
    assert.deepEqual(asked[2], {})
    assert.deepEqual(outcomes, ['miss', 'miss', 'miss'])
  })

  it('is about the same tag, weak, is none', async () => {
    const { clock, get, next } = validated(kept)
    await get('/x')
    clock.ms += 20_000
    next.answer = unchanged({ etag: 'W/"a"' })
    assert.equal((await get('/x')).status, 200)
  })

  const forOne: [what: string, fields: Record<string, string>, detail: string][] = [
    ['sets a cookie', { 'set-cookie': 'sid=1' }, 'set-cookie'],
    ['is private', { 'cache-control': 'private, max-age=60' }, 'private'],
    ['is not to be stored', { 'cache-control': 'no-store' }, 'no-store'],
    ['varies by anything', { vary: '*' }, 'vary-any'],
  ]
  for (const [what, fields, detail] of forOne) {
    it(`${what} answers its own client, who gets all of it, and nobody else`, async () => {
      const { asked, clock, get, next } = validated(kept)
      await get('/x')
      clock.ms += 20_000
      let calls = 0
      next.answer = (c) => (++calls === 1 ? unchanged(fields)() : c.text(`own ${calls}`, 200, fields))
      const together = await Promise.all([get('/x'), get('/x')])
      const [first, second] = together
      assert.equal(first?.status, 200)
      assert.equal(first?.headers.get('set-cookie'), fields['set-cookie'] ?? null)
      assert.deepEqual(await statusAndBody(first ?? assert.fail()), [
        `hitrate; fwd=stale; fwd-status=304; detail=${detail}`,
        'old',
      ])
      assert.equal((await statusAndBody(second ?? assert.fail()))[1], 'own 2')
      assert.equal((await statusAndBody(get('/x')))[1], 'own 3')
      assert.deepEqual(asked.at(-1), {}, 'what was kept is over')
    })
  }

  it('sets a cookie does so once, beside those that middleware around has set', async () => {
    const { app, cached, clock, get } = testApp()
    let calls = 0
    app.use(async (c, next) => {
      if (calls > 0) c.header('set-cookie', 'around=1', { append: true })
      c.header('x-around', '1')
      await next()
    })
    app.get('/x', cached(), (c) => {
      if (++calls === 1) return c.text('old', 200, kept)
      c.header('set-cookie', 'own=1', { append: true })
      return c.body(null, 304)
    })
    await get('/x')
    clock.ms += 20_000
    const answer = await get('/x')
    assert.deepEqual(await statusAndBody(answer), [
      'hitrate; fwd=stale; fwd-status=304; detail=set-cookie',
      'old',
    ])
    assert.deepEqual(answer.headers.getSetCookie().sort(), ['around=1', 'own=1'])
    assert.equal(answer.headers.get('x-around'), '1')
  })

  it('sets a cookie is kept with it where the route keeps cookies', async () => {
    const { clock, get, next } = validated(kept, { storeSetCookie: true })
    await get('/x')
    clock.ms += 20_000
    const cookies: [string, string][] = [
      ['set-cookie', 'sid=1'],
      ['set-cookie', 'seen=1'],
    ]
    next.answer = unchanged(cookies)
    for (const _ of [1, 2]) {
      assert.deepEqual((await get('/x')).headers.getSetCookie(), ['sid=1', 'seen=1'])
    }
  })

  it('nobody has asked for is the handler’s own, and is not kept', async () => {
    const { get, next } = validated({})
    next.answer = unchanged({ 'cache-control': 'max-age=60' })
    for (const _ of [1, 2]) {
      const answer = await get('/x')
      assert.equal(answer.status, 304)
      assert.equal(answer.headers.get('cache-status'), 'hitrate; fwd=uri-miss; detail=status')
    }
  })

  it('comes behind a stale answer and may not be kept ends that', async () => {
    const { asked, clock, get, next, settled } = validated(refreshing)
    await get('/x')
    clock.ms += 20_000
    next.answer = unchanged({ 'cache-control': 'no-store' })
    assert.deepEqual(await statusAndBody(get('/x')), ['hitrate; hit; ttl=-10', 'old'])
    await settled()
    next.answer = (c) => c.text('new', 200, kept)
    assert.equal((await statusAndBody(get('/x')))[1], 'new')
    assert.deepEqual(asked.at(-1), {})
  })

  it('comes too late, after an invalidation, is kept no more', async () => {
    const { app, cache, cached, clock, get } = testApp()
    const answers: PromiseWithResolvers<Response>[] = []
    app.get('/x', cached(), () => {
      const answer = Promise.withResolvers<Response>()
      answers.push(answer)
      return answer.promise
    })
    const first = get('/x')
    await new Promise((resolve) => setTimeout(resolve, 0))
    answers[0]?.resolve(new Response('old', { headers: kept }))
    await first
    clock.ms += 20_000
    const late = get('/x')
    await new Promise((resolve) => setTimeout(resolve, 0))
    await cache.delete('http://localhost/x')
    answers[1]?.resolve(unchanged()())
    assert.equal(await (await late).text(), 'old', 'who asked before gets what held then')
    assert.equal(cache.peek('http://localhost/x'), undefined)
  })
})

describe('where promises are not shared', () => {
  it('stale answers are validated as well', async () => {
    const { asked, clock, get, next, settled } = validated(refreshing, {}, { coalesce: false })
    await get('/x')
    clock.ms += 20_000
    next.answer = unchanged()
    assert.equal(await (await get('/x')).text(), 'old')
    await settled()
    assert.deepEqual(asked, [{}, { 'if-none-match': '"a"' }])
    assert.deepEqual(await statusAndBody(get('/x')), ['hitrate; hit; ttl=10', 'old'])
  })
})
