import assert from 'node:assert/strict'
import { describe, it, mock } from 'node:test'
import { Hono } from 'hono'
import { health, type ReadinessOptions, readiness } from '../../../src/service/routes/health.ts'
import { RepositoryError } from '../../../src/service/users/repository.ts'

const up = async () => {}
const down = async () => {
  throw new Error('connection refused by 10.0.0.7')
}

describe('health', () => {
  it('reports version, runtime and uptime', async () => {
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

  it('depends on the repository', async () => {
    assert.deepEqual(await ready({ repository: up, tiers: {} }), [
      200,
      { status: 'ready', repository: 'up', tiers: {} },
    ])
    assert.deepEqual(await ready({ repository: down, tiers: { memory: up } }), [
      503,
      { status: 'unready', repository: 'down', reason: 'failed', tiers: { memory: 'up' } },
    ])
  })

  it('lists every tier, and does not depend on them', async () => {
    const failures: [string, unknown][] = []
    const response = await ready({
      repository: up,
      tiers: { memory: up, remote: down },
      onFailure: (part, error) => failures.push([part, error]),
    })
    assert.deepEqual(response, [
      200,
      { status: 'ready', repository: 'up', tiers: { memory: 'up', remote: 'down' } },
    ])
    assert.deepEqual(
      failures.map(([part]) => part),
      ['remote'],
    )
  })

  it('passes the error of a check to onFailure only', async () => {
    const failures: unknown[] = []
    const [, body] = await ready({
      repository: down,
      tiers: {},
      onFailure: (_, error) => failures.push(error),
    })
    assert.doesNotMatch(JSON.stringify(body), /refused|10\.0/)
    assert.match(String(failures[0]), /refused/)
  })

  it('has the reason of the repository', async () => {
    const repository = () =>
      Promise.reject(new RepositoryError('/data/users.sqlite', { reason: 'disk full' }))
    assert.deepEqual(await ready({ repository, tiers: {} }), [
      503,
      { status: 'unready', repository: 'down', reason: 'disk full', tiers: {} },
    ])
  })

  it('calls onRecovery with the first success after failures', async () => {
    const recovered: string[] = []
    let check = up
    const app = new Hono()
    const onRecovery = (part: string) => recovered.push(part)
    app.get('/ready', readiness({ repository: () => check(), tiers: { memory: up }, onRecovery }))
    for (const next of [up, down, down, up, up]) {
      check = next
      await app.request('/ready')
    }
    assert.deepEqual(recovered, ['repository'])
  })

  it('answers 503 while the process starts or stops, with the members of each part', async () => {
    for (const phase of ['starting', 'stopping'] as const) {
      const body = { status: phase, repository: 'up', tiers: { memory: 'up' } }
      assert.deepEqual(await ready({ repository: up, tiers: { memory: up }, phase: () => phase }), [
        503,
        body,
      ])
    }
    assert.deepEqual(await ready({ repository: down, tiers: {}, phase: () => 'stopping' }), [
      503,
      { status: 'stopping', repository: 'down', reason: 'failed', tiers: {} },
    ])
    assert.deepEqual(await ready({ repository: down, tiers: {}, phase: () => 'ready' }), [
      503,
      { status: 'unready', repository: 'down', reason: 'failed', tiers: {} },
    ])
  })

  it('treats a check that throws synchronously as failed', async () => {
    const response = await ready({
      repository: up,
      tiers: {
        remote() {
          throw new Error('not connected')
        },
      },
    })
    assert.deepEqual(response, [200, { status: 'ready', repository: 'up', tiers: { remote: 'down' } }])
  })

  it('treats a check as failed after two and a half seconds', { skip: skipsTimers() }, async () => {
    mock.timers.enable({ apis: ['setTimeout'] })
    try {
      const failures: unknown[] = []
      const never = () => new Promise<void>(() => {})
      const response = ready({ repository: never, tiers: {}, onFailure: (_, error) => failures.push(error) })
      await new Promise((resolve) => setImmediate(resolve))
      mock.timers.tick(2500)
      const body = { status: 'unready', repository: 'down', reason: 'no answer', tiers: {} }
      assert.deepEqual(await response, [503, body])
      assert.match(String(failures[0]), /no answer within 2500 ms/)
    } finally {
      mock.timers.reset()
    }
  })
})

/** Bun's node:test has no mock timers. The timeout does not depend on the runtime. */
function skipsTimers(): string | false {
  return typeof Bun === 'undefined' ? false : 'mock.timers is missing in Bun'
}
