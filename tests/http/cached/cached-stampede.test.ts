/** A thousand who ask at the same time: one handler's run where it can be, and nobody held up where it cannot. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Context } from 'hono'
import { memoryStore } from '../../../src/stores/memory/store.ts'
import { gate, statusAndBody, type TestApp, testApp } from '../../support/test-app.ts'

interface Crowd extends TestApp {
  /** How many handlers run now, and how many ran at once at most. */
  running: { now: number; most: number; calls: number }
  /** All ask at the same time; the handlers answer when all who may run do. */
  burst(asking?: (i: number) => Record<string, string>): Promise<Burst>
}

interface Burst {
  calls: number
  /** How many handlers were under way at the same moment. */
  most: number
  answers: { body: string; status: string | null; cookies: string[]; fields: Record<string, string> }[]
}

const THOUSAND = 1000

function crowd(answer: (c: Context) => Response, size = THOUSAND): Crowd {
  const made = testApp()
  const running = { now: 0, most: 0, calls: 0 }
  let way = gate()
  const cached = made.cached()
  made.app.put('/x', cached, (c) => c.text('changed'))
  made.app.get('/x', cached, async (c) => {
    running.calls++
    running.most = Math.max(running.most, ++running.now)
    await way.opened
    running.now--
    return answer(c)
  })

  return {
    ...made,
    running,
    async burst(asking = () => ({})) {
      way = gate()
      Object.assign(running, { most: 0, calls: 0 })
      const asked = Array.from({ length: size }, (_, i) => asking(i))
      const together = asked.map((fields) => made.get('/x', fields))
      for (let i = 0; i < 5; i++) await new Promise((resolve) => setTimeout(resolve, 0))
      way.open()
      const answers = await Promise.all(
        together.map(async (response, i) => {
          const { headers } = await response
          const body = await (await response).text()
          const status = headers.get('cache-status')
          return { body, status, cookies: headers.getSetCookie(), fields: asked[i] ?? {} }
        }),
      )
      return { calls: running.calls, most: running.most, answers }
    },
  }
}

const user = (i: number) => ({ 'x-user': String(i) })
const forUser = (c: Context) => `for ${c.req.header('x-user')}`

describe('a thousand who ask for what is cold', () => {
  it('are answered by one handler’s run', async () => {
    const { burst, outcomes } = crowd((c) => c.text('same', 200, { 'cache-control': 'max-age=60' }))
    const { calls, answers } = await burst()
    assert.equal(calls, 1)
    assert.ok(answers.every(({ body }) => body === 'same'))
    assert.equal(outcomes.filter((outcome) => outcome === 'coalesced').length, THOUSAND - 1)
    assert.equal((await burst()).calls, 0)
  })

  const unshareable: [what: string, fields: Record<string, string>][] = [
    ['private', { 'cache-control': 'private, max-age=60' }],
    ['not to be stored', { 'cache-control': 'no-store' }],
    ['varying by anything', { 'cache-control': 'max-age=60', vary: '*' }],
  ]
  for (const [what, fields] of unshareable) {
    it(`each get their own when it turns out to be ${what}; the next thousand wait for nobody`, async () => {
      const { burst, outcomes } = crowd((c) => c.text(forUser(c), 200, fields))
      const first = await burst(user)
      assert.equal(first.calls, THOUSAND)
      const second = await burst(user)
      assert.deepEqual([second.calls, second.most], [THOUSAND, THOUSAND], 'all at the same time')
      for (const { answers } of [first, second]) {
        for (const [i, { body, status }] of answers.entries()) {
          assert.equal(body, `for ${i}`)
          assert.doesNotMatch(status ?? '', /; (hit|stored|collapsed)/)
        }
      }
      assert.ok(outcomes.every((outcome) => outcome === 'miss'))
    })
  }

  for (const [what, fields] of [
    ['said to be too large', { 'cache-control': 'max-age=60', 'content-length': String(2 ** 21) }],
    ['kept, to be validated each time', { 'cache-control': 'no-cache', etag: '"a"' }],
  ] as const) {
    it(`each get their own when it turns out to be ${what}; the next thousand wait for nobody`, async () => {
      const { burst } = crowd((c) => c.text(forUser(c), 200, fields))
      for (const most of [THOUSAND - 1, THOUSAND]) {
        const { answers, calls, most: together } = await burst(user)
        assert.deepEqual([calls, together], [THOUSAND, most])
        for (const [i, { body }] of answers.entries()) assert.equal(body, `for ${i}`)
      }
    })
  }

  it('each get their own cookie, and no other’s', async () => {
    const { burst } = crowd((c) => {
      c.header('set-cookie', `sid=${c.req.header('x-user')}`)
      return c.text(forUser(c), 200, { 'cache-control': 'public, max-age=60' })
    })
    for (const _ of [1, 2]) {
      const { answers, calls } = await burst(user)
      assert.equal(calls, THOUSAND)
      for (const [i, { cookies }] of answers.entries()) assert.deepEqual(cookies, [`sid=${i}`])
    }
  })

  it('are answered by one run for each variant', async () => {
    const { burst } = crowd((c) =>
      c.text(`in ${c.req.header('x-tongue')}`, 200, { 'cache-control': 'max-age=60', vary: 'x-tongue' }),
    )
    const speaking = (i: number) => ({ 'x-tongue': i % 2 === 0 ? 'en' : 'cy' })
    const { answers, calls } = await burst(speaking)
    assert.equal(calls, 2)
    for (const { body, fields } of answers) assert.equal(body, `in ${fields['x-tongue']}`)
    assert.equal((await burst(speaking)).calls, 0)
  })

  it('are answered by one run for each variant also when the variants are known, and stale', async () => {
    const { burst, clock } = crowd((c) =>
      c.text(`in ${c.req.header('x-tongue')}`, 200, { 'cache-control': 'max-age=60', vary: 'x-tongue' }),
    )
    const speaking = (i: number) => ({ 'x-tongue': i % 2 === 0 ? 'en' : 'cy' })
    await burst(speaking)
    clock.ms += 61_000
    const { answers, calls } = await burst(speaking)
    assert.equal(calls, 2)
    for (const { body, fields } of answers) assert.equal(body, `in ${fields['x-tongue']}`)
  })

  it('are answered also where the key of their variant is longer than keys may be', async () => {
    const { app, cached, get } = testApp()
    const { open, opened } = gate()
    app.get('/x', cached(), async (c) => {
      await opened
      return c.text(`for ${c.req.header('x-user')?.length}`, 200, {
        'cache-control': 'max-age=60',
        vary: 'x-user',
      })
    })
    const together = ['a', 'b'.repeat(9000), 'c'.repeat(9000)].map((user) => get('/x', { 'x-user': user }))
    open()
    const answers = await Promise.all(together.map(statusAndBody))
    assert.deepEqual(answers, [
      ['hitrate; fwd=uri-miss; ttl=60; stored', 'for 1'],
      ['hitrate; fwd=uri-miss; detail=key-too-long', 'for 9000'],
      ['hitrate; fwd=uri-miss; detail=key-too-long', 'for 9000'],
    ])
  })

  it('each get what is theirs when some send Authorization and what it gives is theirs alone', async () => {
    const { burst } = crowd((c) => {
      const who = c.req.header('authorization')
      const control = 'max-age=60'
      return c.text(who === undefined ? 'for all' : `for ${who}`, 200, {
        'cache-control': control,
        vary: 'authorization',
      })
    })
    const asking = (i: number): Record<string, string> =>
      i % 100 === 50 ? { authorization: `user ${i}` } : {}
    const first = await burst(asking)
    for (const { body, fields } of first.answers) assert.equal(body, `for ${fields.authorization ?? 'all'}`)
    assert.equal(first.calls, 1 + 10, 'one for all who are nobody, and one for each who is someone')
    const second = await burst(asking)
    assert.deepEqual([second.calls, second.most], [10, 10], 'and these wait for nobody')
    for (const { body, fields } of second.answers) assert.equal(body, `for ${fields.authorization ?? 'all'}`)
  })
})

describe('what is of no use to others', () => {
  const FIFTY = 50

  /** A handler that answers so at first, and then as the test says. */
  function turning(control: string) {
    const answer = { control }
    const made = crowd((c) => c.text(forUser(c), 200, { 'cache-control': answer.control }), FIFTY)
    return { ...made, answer }
  }

  it('is remembered for a minute by the clock; then they wait for the first again', async () => {
    for (const [ms, calls] of [
      [59_999, FIFTY],
      [60_000, 1],
    ] as const) {
      const { answer, burst, clock } = turning('no-store')
      await burst(user)
      answer.control = 'max-age=5'
      clock.ms += ms
      assert.equal((await burst(user)).calls, calls, `after ${ms} ms`)
    }
  })

  it('is forgotten with the first answer that is of use', async () => {
    const { answer, burst, clock } = turning('private')
    await burst(user)
    answer.control = 'max-age=5'
    assert.equal((await burst(user)).most, FIFTY)
    clock.ms += 5000
    assert.equal((await burst(user)).calls, 1)
  })

  it('is forgotten when the URL is changed', async () => {
    const { answer, burst, request } = turning('private')
    await burst(user)
    await request('PUT', '/x')
    answer.control = 'max-age=60'
    assert.equal((await burst(user)).calls, 1)
  })

  it('is not remembered for a failure', async () => {
    const { app, cached, get } = testApp()
    const { open, opened } = gate()
    let failing = true
    let calls = 0
    app.get('/x', cached(), async (c) => {
      if (failing) return c.text('failed', 503)
      calls++
      await opened
      return c.text('good', 200, { 'cache-control': 'max-age=60' })
    })
    await get('/x')
    failing = false
    const together = [get('/x'), get('/x'), get('/x')]
    open()
    await Promise.all(together)
    assert.equal(calls, 1)
  })

  it('is remembered for those with Authorization and for the others apart', async () => {
    const { burst, clock } = crowd((c) => c.text('same', 200, { 'cache-control': 'max-age=5' }), FIFTY)
    const signed = () => ({ authorization: 'a' })
    assert.equal((await burst(signed)).calls, FIFTY)
    assert.equal((await burst(signed)).most, FIFTY)
    assert.equal((await burst()).calls, 1)
    clock.ms += 5000
    assert.equal((await burst(signed)).most, FIFTY)
    assert.equal((await burst()).calls, 1)
  })

  it('passes on what its client asks: the handler meets conditions and ranges itself', async () => {
    const { app, cached, get } = testApp()
    const asked: (string | undefined)[][] = []
    app.get('/x', cached(), (c) => {
      asked.push([c.req.header('if-none-match'), c.req.header('range')])
      return c.text('mine', 200, { 'cache-control': 'private', etag: '"a"' })
    })
    const fields = { 'if-none-match': '"b"', range: 'bytes=0-1' }
    await get('/x', fields)
    await get('/x', fields)
    assert.deepEqual(asked, [
      [undefined, undefined],
      ['"b"', 'bytes=0-1'],
    ])
  })

  it('comes to nothing for others where a client’s own conditions failed: 412 and 416 are for it alone', async () => {
    for (const [field, status] of [
      ['if-match', 412],
      ['range', 416],
    ] as const) {
      const { app, cached, get } = testApp()
      let control = 'private'
      app.get('/x', cached(), (c) => {
        const isRefused = c.req.header(field) !== undefined
        return c.text(isRefused ? 'refused' : 'good', isRefused ? status : 200, { 'cache-control': control })
      })
      await get('/x')
      control = 'public, max-age=60'
      assert.deepEqual(await statusAndBody(get('/x', { [field]: 'bytes=9-' })), [
        'hitrate; fwd=uri-miss; detail=status',
        'refused',
      ])
      for (const said of ['fwd=uri-miss; ttl=60; stored', 'hit; ttl=60']) {
        assert.deepEqual(await statusAndBody(get('/x')), [`hitrate; ${said}`, 'good'])
      }
    }
  })

  it('passes a HEAD on as it is, and keeps nothing of its answer', async () => {
    const { app, cached, get, request } = testApp()
    let control = 'private'
    const methods: string[] = []
    app.get('/x', cached(), (c) => {
      methods.push(c.req.method)
      return c.text('mine', 200, { 'cache-control': control })
    })
    await get('/x')
    control = 'max-age=60'
    const head = await request('HEAD', '/x')
    assert.equal(head.headers.get('cache-status'), 'hitrate; fwd=uri-miss; detail=head')
    assert.equal(await head.text(), '')
    assert.equal(await (await get('/x')).text(), 'mine')
    assert.equal(await (await get('/x')).text(), 'mine')
    assert.deepEqual(methods, ['GET', 'HEAD', 'GET'])
  })

  it('is not what a room that is full makes of an answer', async () => {
    const { app, cached, get } = testApp({ memory: memoryStore({ maxBytes: 1000 }) })
    const { open, opened } = gate()
    let calls = 0
    app.get('/x', cached(), async (c) => {
      calls++
      await opened
      return c.text('x'.repeat(2000), 200, { 'cache-control': 'max-age=60' })
    })
    for (const expected of [1, 2]) {
      const together = [get('/x'), get('/x'), get('/x')]
      open()
      await Promise.all(together)
      assert.equal(calls, expected, 'it can be shared, though it cannot be kept')
    }
  })
})
