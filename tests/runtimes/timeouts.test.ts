/** Timeouts of handlers on workerd, which cancels a request that waits for nothing. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type RunningService, startWorkerProgram } from './running-service.ts'

describe('handlers that hang, on workerd', () => {
  let service: RunningService
  before(async () => {
    service = await startWorkerProgram('tests/runtimes/timeouts/worker.ts')
  })
  after(() => service.end('SIGTERM'))

  async function get(path: string): Promise<string> {
    const response = await fetch(service.url + path)
    const body = response.status === 200 ? ` | ${await response.text()}` : ''
    return `${response.status} ${response.headers.get('cache-status')}${body}`
  }

  it('a request gets 504 at the hard timeout, and the next one calls the handler', async () => {
    assert.equal(await get('/hangs'), '504 hitrate; fwd=uri-miss; detail=timeout')
    assert.match(await get('/hangs?fast'), /^200 hitrate; fwd=uri-miss; ttl=-?\d; stored \| good \d+$/)
  })

  it('a request gets the stale response at the soft timeout', async () => {
    await get('/slow?fast')
    assert.match(await get('/slow'), /^200 hitrate; fwd=stale; ttl=-\d; detail=soft-timeout \| good \d+$/)
  })

  it('hono/timeout before the cache answers, and the worker serves further requests', async () => {
    assert.equal(await get('/outer'), '504 null')
    assert.equal(await get('/outer'), '504 null')
    assert.match(await get('/calls'), /^200 null \| \d+$/)
  })
})
