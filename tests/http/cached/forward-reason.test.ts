/** `fwd` and `fwd-status` in Cache-Status. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { testApp } from '../../support/test-app.ts'

const status = async (response: Response | Promise<Response>) => (await response).headers.get('cache-status')

describe('fwd-status in Cache-Status', () => {
  it('fwd-status shows the handler’s status where the client gets another one', async () => {
    const { app, cached, clock, get } = testApp()
    let handlerStatus = 200
    app.get('/x', cached(), (c) => {
      if (handlerStatus === 304) return c.body(null, 304)
      return c.text('abc', handlerStatus as 200, {
        'cache-control': 'max-age=10, stale-if-error=60',
        etag: '"a"',
      })
    })
    const statusWhenStale = async (next: number, headers = {}) => {
      clock.ms += 11_000
      handlerStatus = next
      return status(get('/x', headers))
    }
    assert.equal(await status(get('/x')), 'hitrate; fwd=uri-miss; ttl=10; stored')
    assert.equal(await statusWhenStale(200), 'hitrate; fwd=stale; ttl=10; stored')
    assert.equal(await statusWhenStale(304), 'hitrate; fwd=stale; fwd-status=304; ttl=10; stored')
    const conditions = { 'if-none-match': '"a"' }
    assert.equal(await statusWhenStale(200, conditions), 'hitrate; fwd=stale; fwd-status=200; ttl=10; stored')
    assert.equal(await statusWhenStale(304, conditions), 'hitrate; fwd=stale; fwd-status=304; ttl=10; stored')
    assert.equal(
      await statusWhenStale(503),
      'hitrate; fwd=stale; fwd-status=503; ttl=-1; detail=stale-if-error',
    )
  })
})
