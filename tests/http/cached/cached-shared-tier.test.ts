/** Responses that several processes share through one tier. Each process has an app, a memory tier and a cache of its own. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { fakeRemoteStore } from '../../support/fake-remote-store.ts'
import { statusAndBody, testApp } from '../../support/test-app.ts'

const CACHE_CONTROL = 'max-age=10, stale-while-revalidate=20, stale-if-error=60'

/** A tier, and a source whose responses all processes get. */
function cluster() {
  const time = { ms: Date.UTC(2026, 10, 22, 12) }
  const remote = fakeRemoteStore({ now: () => time.ms })
  const source = { calls: 0, isDown: false }

  function startProcess() {
    const test = testApp({ remote, now: () => time.ms, jitter: 0 })
    test.app.get('/page', test.cached(), (c) => {
      source.calls++
      return source.isDown
        ? c.text('down', 503)
        : c.text(`version ${source.calls}`, 200, { 'cache-control': CACHE_CONTROL })
    })
    test.app.put('/page', test.cached(), (c) => c.text('changed'))
    /** Requests the page, and waits for the background work. */
    async function get(): Promise<[string | null, string]> {
      const result = await statusAndBody(test.get('/page'))
      await test.settled()
      return result
    }
    return { ...test, get }
  }
  return { time, remote, source, startProcess }
}

describe('cached() with a shared tier', () => {
  it('a response that one process has stored is a hit in another', async () => {
    const { startProcess, source } = cluster()
    await startProcess().get()
    assert.deepEqual(await startProcess().get(), ['hitrate; hit; ttl=10', 'version 1'])
    assert.equal(source.calls, 1)
  })

  it('a new process serves a stale response of the tier, and refreshes it for all processes', async () => {
    const { startProcess, source, time } = cluster()
    const first = startProcess()
    await first.get()
    time.ms += 15_000
    const second = startProcess()
    assert.deepEqual(await second.get(), ['hitrate; hit; ttl=-5', 'version 1'])
    assert.deepEqual(await second.get(), ['hitrate; hit; ttl=10', 'version 2'])
    await first.get() // stale in its memory: the refresh finds the response that the second process has loaded
    assert.deepEqual(await first.get(), ['hitrate; hit; ttl=10', 'version 2'])
    assert.equal(source.calls, 2)
  })

  it('a new process serves a stale response of the tier when the handler fails', async () => {
    const { startProcess, source, time } = cluster()
    await startProcess().get()
    time.ms += 40_000
    source.isDown = true
    const [status, body] = await startProcess().get()
    assert.equal(body, 'version 1')
    assert.equal(status, 'hitrate; fwd=stale; fwd-status=503; ttl=-30; detail=stale-if-error')
  })

  it('an unsafe request in one process invalidates the response in all', async () => {
    const { startProcess } = cluster()
    const [first, second] = [startProcess(), startProcess()]
    await first.get()
    await second.get()
    await first.request('PUT', '/page')
    assert.deepEqual(await second.get(), ['hitrate; fwd=uri-miss; ttl=10; stored', 'version 2'])
  })

  it('a response is served without the tier when it is down', async () => {
    const { startProcess, remote } = cluster()
    remote.mode = 'down'
    const one = startProcess()
    assert.equal((await one.get())[1], 'version 1')
    assert.deepEqual(one.outcomes, ['error'])
    assert.equal((await one.get())[0], 'hitrate; hit; ttl=10')
  })
})
