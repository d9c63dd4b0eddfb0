/** Caches that store nothing: disabled, or without a memory tier. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { counter, gate, statusAndBody, testApp } from '../../support/test-app.ts'

describe('a disabled cache', () => {
  function disabledApp() {
    const test = testApp({ enabled: false })
    const received: string[] = []
    test.app.get(
      '/x',
      test.cached({ targetedControl: 'max-age=60', clientControl: true, vary: 'accept' }),
      (c) => {
        received.push(`${c.req.header('range')} ${c.req.header('if-none-match')}`)
        return c.text(String(received.length), 200, { 'hitrate-cache-control': 'max-age=60' })
      },
    )
    return { ...test, received }
  }

  it('a disabled cache forwards every request and counts it as bypass', async () => {
    const { get, outcomes, cache } = disabledApp()
    for (const body of ['1', '2']) {
      const response = await get('/x')
      assert.equal(response.headers.get('hitrate-cache-control'), null)
      assert.equal(response.headers.get('vary'), 'accept')
      assert.deepEqual(await statusAndBody(response), ['hitrate; fwd=bypass', body])
    }
    assert.deepEqual(outcomes, ['bypass', 'bypass'])
    assert.equal(cache.stats().entries, 0)
  })

  it('a disabled cache passes Range and If-None-Match to the handler', async () => {
    const { get, received } = disabledApp()
    await get('/x', { range: 'bytes=0-0', 'if-none-match': '"a"' })
    assert.deepEqual(received, ['bytes=0-0 "a"'])
  })

  it('a disabled cache ignores only-if-cached', async () => {
    const { get, outcomes } = disabledApp()
    assert.deepEqual(await statusAndBody(get('/x', { 'cache-control': 'only-if-cached' })), [
      'hitrate; fwd=bypass',
      '1',
    ])
    assert.deepEqual(outcomes, ['bypass'])
  })

  it('a disabled cache does not wait for the body', async () => {
    const { app, cached, get } = testApp({ enabled: false })
    const { open, opened } = gate()
    async function start(controller: ReadableStreamDefaultController): Promise<void> {
      await opened
      controller.close()
    }
    app.get(
      '/x',
      cached({ targetedControl: 'max-age=60' }),
      () => new Response(new ReadableStream({ start })),
    )
    const response = await get('/x')
    open()
    assert.equal(await response.text(), '')
  })
})

describe('a cache without a memory tier', () => {
  it('a cache without a memory tier stores nothing, and still shares one load between concurrent requests', async () => {
    const { app, cached, get, outcomes } = testApp({ memory: undefined as never })
    const { open, opened } = gate()
    const { handler, calls } = counter({ 'cache-control': 'max-age=60' })
    app.get('/x', cached(), async (c) => {
      await opened
      return handler(c)
    })
    const concurrent = [get('/x'), get('/x')]
    open()
    for (const response of await Promise.all(concurrent)) assert.equal(await response.text(), '1')
    assert.equal((await statusAndBody(get('/x')))[1], '2')
    assert.equal(calls(), 2)
    assert.deepEqual(outcomes.sort(), ['coalesced', 'miss', 'miss'])
  })
})
