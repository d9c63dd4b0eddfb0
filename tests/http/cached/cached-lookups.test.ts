/** The number of times that each kind of request looks its key up in memory. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { measured } from '../../../src/http/measured/measured.ts'
import { memoryStore } from '../../../src/stores/memory/store.ts'
import type { MemoryStore } from '../../../src/stores/store.ts'
import { testApp } from '../../support/test-app.ts'

/** A memory store that records the names of its methods as they are called. */
function recordingStore() {
  const inner = memoryStore()
  let calls: string[] = []
  const store = new Proxy(inner, {
    get(target, name: keyof MemoryStore) {
      const method = target[name]
      return (...args: never[]) => {
        calls.push(name)
        return (method as (...args: never[]) => unknown).apply(target, args)
      }
    },
  })
  return {
    store,
    /** The calls since the last time, without those that look nothing up. */
    calls() {
      const since = calls.filter((name) => !['sweep', 'attach', 'stats'].includes(name))
      calls = []
      return since
    },
  }
}

for (const isMeasured of [false, true]) {
  describe(`look-ups in memory, ${isMeasured ? 'behind measured()' : 'without measured()'}`, () => {
    function setUp() {
      const { store, calls } = recordingStore()
      const test = testApp({ memory: store })
      if (isMeasured) test.app.use(measured({ onEnd() {} }))
      test.app.get('/plain', test.cached({ targetedControl: 'max-age=60, stale-while-revalidate=60' }), (c) =>
        c.text('plain'),
      )
      test.app.get('/tagged', test.cached({ targetedControl: 'max-age=60' }), (c) =>
        c.req.header('if-none-match') === '"1"'
          ? c.body(null, 304, { etag: '"1"' })
          : c.text('tagged', 200, { etag: '"1"' }),
      )
      return { ...test, calls }
    }

    it('a miss looks its key up once and stores once', async () => {
      const { get, calls } = setUp()
      assert.equal((await get('/plain')).headers.get('cache-status'), 'hitrate; fwd=uri-miss; ttl=60; stored')
      assert.deepEqual(calls(), ['get', 'set'])
    })

    it('a hit looks its key up once', async () => {
      const { get, calls } = setUp()
      await get('/plain')
      calls()
      assert.equal((await get('/plain')).headers.get('cache-status'), 'hitrate; hit; ttl=60')
      assert.deepEqual(calls(), ['get'])
    })

    it('a stale hit looks its key up once, and its background refresh stores once', async () => {
      const { get, calls, clock, settled } = setUp()
      await get('/plain')
      clock.ms += 61_000
      calls()
      assert.equal((await get('/plain')).headers.get('cache-status'), 'hitrate; hit; ttl=-1')
      await settled()
      assert.deepEqual(calls(), ['get', 'set'])
    })

    it('a revalidation looks its key up once and stores once', async () => {
      const { get, calls, clock } = setUp()
      await get('/tagged')
      clock.ms += 61_000
      calls()
      const status = (await get('/tagged')).headers.get('cache-status')
      assert.equal(status, 'hitrate; fwd=stale; fwd-status=304; ttl=60; stored')
      assert.deepEqual(calls(), ['get', 'set'])
    })

    it('a request with no-cache looks its key up once', async () => {
      const { app, cached, get, calls } = setUp()
      app.get('/controlled', cached({ targetedControl: 'max-age=60', clientControl: true }), (c) =>
        c.text('x'),
      )
      await get('/controlled')
      calls()
      await get('/controlled', { 'cache-control': 'no-cache' })
      assert.equal(calls().filter((name) => name === 'get').length, 1)
    })
  })
}
