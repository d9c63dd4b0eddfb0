import assert from 'node:assert/strict'
import { describe, it, mock } from 'node:test'
import { Hono } from 'hono'
import { health, type ReadinessOptions, readiness } from '../../../src/service/routes/health.ts'

const up = async () => {}
const down = async () => {
  throw new Error('connection refused by 10.0.0.7')
}

describe('health', () => {
  it('says who answers, and for how long', async () => {
    const app = new Hono()
    app.get('/health', health({ version: '1.2.3', runtime: 'test', uptimeSeconds: () => 12.6 }))
    const response = await app.request('/health')
    assert.equal(response.status, 200)
    assert.equal(response.headers.get('cache-control'), 'no-store')
    assert.deepEqual(await response.json(), {
      status: 'healthy',
      service: 'hitrate',
      version: '1.2.3',
      runtime: 'test',
      uptime_seconds: 13,
    })
  })
})

describe('readiness', () => {
  async function ready(options: ReadinessOptions) {
    const app = new Hono()
    app.get('/ready', readiness(options))
    const response = await app.request('/ready')
    assert.equal(response.headers.get('cache-control'), 'no-store')
    return [response.status, await response.json()]
  }

  it('is that the repository answers', async () => {
    assert.deepEqual(await ready({ repository: up, tiers: {} }), [
      200,
      { status: 'ready', repository: 'up', tiers: {} },
    ])
    assert.deepEqual(await ready({ repository: down, tiers: { memory: up } }), [
      503,
      { status: 'unready', repository: 'down', tiers: { memory: 'up' } },
    ])
  })

  it('does not hang on any tier, but names each', async () => {
    const failures: [string, unknown][] = []
    const answer = await ready({
      repository: up,
      tiers: { memory: up, remote: down },
      onFailure: (part, error) => failures.push([part, error]),
    })
    assert.deepEqual(answer, [
      200,
      { status: 'ready', repository: 'up', tiers: { memory: 'up', remote: 'down' } },
    ])
    assert.deepEqual(
      failures.map(([part]) => part),
      ['remote'],
    )
  })

  it('says nothing of why a part is out, except to onFailure', async () => {
    const failures: unknown[] = []
    const [, body] = await ready({
      repository: down,
      tiers: {},
      onFailure: (_, error) => failures.push(error),
    })
    assert.doesNotMatch(JSON.stringify(body), /refused|10\.0/)
    assert.match(String(failures[0]), /refused/)
  })

  it('takes a part that throws at once for one that is out', async () => {
    const answer = await ready({
      repository: up,
      tiers: {
        remote() {
          throw new Error('not connected')
        },
      },
    })
    assert.deepEqual(answer, [200, { status: 'ready', repository: 'up', tiers: { remote: 'down' } }])
  })

  it('waits two seconds for a part, no longer', { skip: skipsTimers() }, async () => {
    mock.timers.enable({ apis: ['setTimeout'] })
    try {
      const failures: unknown[] = []
      const never = () => new Promise<void>(() => {})
      const answer = ready({ repository: never, tiers: {}, onFailure: (_, error) => failures.push(error) })
      await new Promise((resolve) => setImmediate(resolve))
      mock.timers.tick(2000)
      assert.deepEqual(await answer, [503, { status: 'unready', repository: 'down', tiers: {} }])
      assert.match(String(failures[0]), /no answer within 2000 ms/)
    } finally {
      mock.timers.reset()
    }
  })
})

/** Bun's node:test has no mock timers; what they would show does not depend on the runtime. */
function skipsTimers(): string | false {
  return typeof Bun === 'undefined' ? false : 'mock.timers is missing in Bun'
}
