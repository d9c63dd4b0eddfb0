import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { front } from '../../../src/http/front/front.ts'
import { measured } from '../../../src/http/measured/measured.ts'
import { counter, testApp } from '../../support/test-app.ts'

/** The number of constructed objects of each class during `work`. */
async function constructedBy(work: () => unknown): Promise<Record<string, number>> {
  const counts: Record<string, number> = { Headers: 0, Request: 0, URL: 0 }
  const originals = { Headers: globalThis.Headers, Request: globalThis.Request, URL: globalThis.URL }
  for (const [name, original] of Object.entries(originals)) {
    const counting = new Proxy(original, {
      construct(target, args, newTarget) {
        counts[name] = (counts[name] ?? 0) + 1
        return Reflect.construct(target, args, newTarget)
      },
    })
    Object.assign(globalThis, { [name]: counting })
  }
  try {
    await work()
  } finally {
    Object.assign(globalThis, originals)
  }
  return counts
}

const NONE = { Headers: 0, Request: 0, URL: 0 }

describe('the cost of a hit', () => {
  const responseHeaders = { 'cache-control': 'public, max-age=60' }

  it('a hit constructs no Headers, no Request and no URL, with and without measured()', async () => {
    for (const isMeasured of [true, false]) {
      const { app, cached } = testApp()
      if (isMeasured) app.use(measured({ onEnd() {} }))
      app.get('/x', cached(), counter(responseHeaders).handler)
      const request = new Request('http://localhost/x?b=%41', { headers: { cookie: 'a=1' } })
      for (const _ of [1, 2]) await (await app.fetch(request)).text() // the second one makes the headers of the hits in this second
      const responses: Response[] = []
      assert.deepEqual(await constructedBy(async () => responses.push(await app.fetch(request))), NONE)
      assert.match(responses[0]?.headers.get('cache-status') ?? '', /^hitrate; hit/)
    }
  })

  it('a hit through front() constructs no Headers, no Request and no URL', async () => {
    const { app, cached, cache } = testApp()
    app.get('/x', cached({ front: true }), counter(responseHeaders).handler)
    const fetch = front(app.fetch, { cache })
    const request = new Request('http://localhost/x')
    for (const _ of [1, 2]) await (await fetch(request)).text()
    const responses: (Response | Promise<Response>)[] = []
    assert.deepEqual(await constructedBy(() => responses.push(fetch(request))), NONE)
    assert.ok(responses[0] instanceof Response, 'synchronous')
  })

  it('a hit passes the stored bytes of a large body to its Response without a copy', async () => {
    const { app, cached, get, settled } = testApp()
    app.get('/x', cached(), (c) => c.body(new Uint8Array(1024 * 1024), 200, responseHeaders))
    await (await get('/x')).arrayBuffer()
    await settled()
    const bodies: unknown[] = []
    const { Response: original } = globalThis
    globalThis.Response = new Proxy(original, {
      construct(target, [body, ...init], newTarget) {
        if (body instanceof Uint8Array) bodies.push(body)
        return Reflect.construct(target, [body, ...init], newTarget)
      },
    })
    try {
      for (const _ of [1, 2]) await get('/x')
    } finally {
      globalThis.Response = original
    }
    assert.equal(bodies.length, 2)
    assert.equal(bodies[0], bodies[1])
  })

  it('a miss constructs Headers, so the measurement works', async () => {
    const { app, cached } = testApp()
    app.get('/x', cached(), counter(responseHeaders).handler)
    const request = new Request('http://localhost/x')
    const { Headers: headers = 0 } = await constructedBy(() => app.fetch(request))
    assert.ok(headers > 0)
  })
})
