/** Pauses of the handler after it has failed while a stale response may be served. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { flush, gate, statusAndBody, testApp } from '../../support/test-app.ts'

/** A handler that returns `good` with these directives once, and fails until `recover` is called. */
function failingApp(control: string, failure: 'throws' | 503) {
  const test = testApp({ random: () => 0.999 })
  let calls = 0
  let isFailing = true
  test.app.get('/x', test.cached(), (c) => {
    calls++
    if (calls === 1 || !isFailing) return c.text(`good ${calls}`, 200, { 'cache-control': control })
    if (failure === 'throws') throw new Error('broken')
    return c.text('failed', failure)
  })
  test.app.onError((_, c) => c.text('error', 500))
  const recover = () => {
    isFailing = false
  }
  return { ...test, calls: () => calls, recover }
}

describe('a pause after a failure of the handler', () => {
  for (const failure of ['throws', 503] as const) {
    it(`a handler that fails (${failure}) is not called during the pause, and Cache-Status reports no forward`, async () => {
      const { clock, get, calls, outcomes, recover } = failingApp('max-age=10, stale-if-error=600', failure)
      await get('/x')
      clock.ms += 12_000
      const status = failure === 'throws' ? 500 : failure
      assert.deepEqual(await statusAndBody(get('/x')), [
        `hitrate; fwd=stale; fwd-status=${status}; ttl=-2; detail=stale-if-error`,
        'good 1',
      ])
      for (const _ of [1, 2]) {
        assert.deepEqual(await statusAndBody(get('/x')), ['hitrate; hit; ttl=-2', 'good 1'])
      }
      assert.equal(calls(), 2)
      assert.deepEqual(outcomes, ['miss', 'stale', 'stale', 'stale'])
      recover()
      clock.ms += 1000
      assert.deepEqual(await statusAndBody(get('/x')), ['hitrate; fwd=stale; ttl=10; stored', 'good 3'])
    })

    it(`1,000 requests within 10 s call a handler that fails (${failure}) 4 times`, async () => {
      const { clock, get, calls } = failingApp('max-age=10, stale-if-error=600', failure)
      await get('/x')
      clock.ms += 12_000
      for (let i = 0; i < 1000; i++) {
        assert.equal((await get('/x')).status, 200)
        clock.ms += 10
      }
      assert.equal(calls() - 1, 4)
    })
  }

  it('a background refresh that fails is not repeated during the pause', async () => {
    const { clock, get, calls, settled } = failingApp('max-age=10, stale-while-revalidate=600', 503)
    await get('/x')
    clock.ms += 12_000
    for (const _ of [1, 2, 3]) {
      assert.deepEqual(await statusAndBody(get('/x')), ['hitrate; hit; ttl=-2', 'good 1'])
      await settled()
    }
    assert.equal(calls(), 2)
  })

  it('conditional requests and HEAD are answered during the pause', async () => {
    const { clock, get, request, calls } = failingApp('max-age=10, stale-if-error=600', 'throws')
    const etag = (await get('/x')).headers.get('etag') ?? ''
    clock.ms += 12_000
    await get('/x')
    const notModified = await get('/x', { 'if-none-match': etag })
    assert.equal(notModified.status, 304)
    assert.equal(notModified.headers.get('cache-status'), 'hitrate; hit; ttl=-2')
    assert.equal((await request('HEAD', '/x')).headers.get('content-length'), '6')
    assert.equal(calls(), 2)
  })

  it('an invalidated response is not served during the pause', async () => {
    const { app, clock, get, cached } = failingApp('max-age=10, stale-if-error=600', 503)
    app.put('/x', cached(), (c) => c.text('put'))
    await get('/x')
    clock.ms += 12_000
    await get('/x')
    await app.request('/x', { method: 'PUT' })
    assert.equal((await get('/x')).status, 503)
  })

  it('requests that wait for a handler that returns 503 get the stale response, and do not call it again', async () => {
    const { app, cached, clock, get } = testApp()
    const { open, opened } = gate()
    let calls = 0
    app.get('/x', cached(), async (c) => {
      calls++
      if (calls === 1) return c.text('good', 200, { 'cache-control': 'max-age=10, stale-if-error=600' })
      await opened
      return c.text('failed', 503)
    })
    await get('/x')
    clock.ms += 12_000
    const responses = [1, 2, 3].map(() => statusAndBody(get('/x')))
    open()
    assert.deepEqual(
      (await Promise.all(responses)).map(([, body]) => body),
      ['good', 'good', 'good'],
    )
    assert.equal(calls, 2)
  })

  it('a client that disconnects causes no pause', async () => {
    const { app, cached, clock, get } = testApp()
    const client = new AbortController()
    let calls = 0
    app.get('/x', cached(), async (c) => {
      calls++
      if (calls !== 2)
        return c.text(`good ${calls}`, 200, { 'cache-control': 'max-age=10, stale-if-error=600' })
      return new Promise<never>((_, reject) => {
        client.signal.addEventListener('abort', () => reject(new Error('aborted'))) // as fetch(c.req.raw) obeys it
      })
    })
    app.onError((_, c) => c.text('error', 500))
    await get('/x')
    clock.ms += 12_000
    const aborted = app.request(new Request('http://localhost/x', { signal: client.signal }))
    await flush()
    client.abort()
    await aborted
    assert.deepEqual(await statusAndBody(get('/x')), ['hitrate; fwd=stale; ttl=10; stored', 'good 3'])
  })
})
