import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { front } from '../../../src/http/front/front.ts'
import { measured } from '../../../src/http/measured.ts'
import { counter, testApp } from '../../support/test-app.ts'

/** How many of each were made meanwhile. */
async function madeBy(work: () => unknown): Promise<Record<string, number>> {
  const made: Record<string, number> = { Headers: 0, Request: 0, URL: 0 }
  const before = { Headers: globalThis.Headers, Request: globalThis.Request, URL: globalThis.URL }
  for (const [name, original] of Object.entries(before)) {
    const counting = new Proxy(original, {
      construct(target, given, newTarget) {
        made[name] = (made[name] ?? 0) + 1
        return Reflect.construct(target, given, newTarget)
      },
    })
    Object.assign(globalThis, { [name]: counting })
  }
  try {
    await work()
  } finally {
    Object.assign(globalThis, before)
  }
  return made
}

const NONE = { Headers: 0, Request: 0, URL: 0 }

describe('a hit', () => {
  const fields = { 'cache-control': 'public, max-age=60' }

  it('makes no Headers, no Request and no URL, behind measured() or alone', async () => {
    for (const around of [true, false]) {
      const { app, cached } = testApp()
      if (around) app.use(measured({ onEnd() {} }))
      app.get('/x', cached(), counter(fields).handler)
      const request = new Request('http://localhost/x?b=%41', { headers: { cookie: 'a=1' } })
      for (const _ of [1, 2]) await (await app.fetch(request)).text() // the second makes the fields of this second's hits
      const answers: Response[] = []
      assert.deepEqual(await madeBy(async () => answers.push(await app.fetch(request))), NONE)
      assert.match(answers[0]?.headers.get('cache-status') ?? '', /^hitrate; hit/)
    }
  })

  it('makes none through the front either', async () => {
    const { app, cached, cache } = testApp()
    app.get('/x', cached({ front: true }), counter(fields).handler)
    const fetch = front(app.fetch, { cache })
    const request = new Request('http://localhost/x')
    for (const _ of [1, 2]) await (await fetch(request)).text()
    const answers: (Response | Promise<Response>)[] = []
    assert.deepEqual(await madeBy(() => answers.push(fetch(request))), NONE)
    assert.ok(answers[0] instanceof Response, 'at once')
  })

  it('gives what is kept of a large body to its Response as it is: no copy for each client', async () => {
    const { app, cached, get, settled } = testApp()
    app.get('/x', cached(), (c) => c.body(new Uint8Array(1024 * 1024), 200, fields))
    await (await get('/x')).arrayBuffer()
    await settled()
    const given: unknown[] = []
    const { Response: original } = globalThis
    globalThis.Response = new Proxy(original, {
      construct(target, [body, ...more], newTarget) {
        if (body instanceof Uint8Array) given.push(body)
        return Reflect.construct(target, [body, ...more], newTarget)
      },
    })
    try {
      for (const _ of [1, 2]) await get('/x')
    } finally {
      globalThis.Response = original
    }
    assert.equal(given.length, 2)
    assert.equal(given[0], given[1])
  })

  it('would be seen to make some: a miss does', async () => {
    const { app, cached } = testApp()
    app.get('/x', cached(), counter(fields).handler)
    const request = new Request('http://localhost/x')
    const { Headers: headers = 0 } = await madeBy(() => app.fetch(request))
    assert.ok(headers > 0)
  })
})
