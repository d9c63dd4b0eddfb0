import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createCache } from '../../../src/cache/create-cache.ts'
import { createInstruments } from '../../../src/instruments/create-instruments.ts'
import { createRegistry } from '../../../src/metrics/index.ts'
import type { AnsweredRequest } from '../../../src/process/requests/answered-request.ts'
import { createApp, createFetch } from '../../../src/service/app.ts'
import type { Parts } from '../../../src/service/parts.ts'
import { inMemoryRepository } from '../../../src/service/users/in-memory.ts'
import { memoryStore } from '../../../src/stores/memory/store.ts'

/** A service whose answered requests are recorded. The client of a request is in `env`. */
function service(parts: Partial<Parts> = {}) {
  const answered: AnsweredRequest[] = []
  const registry = createRegistry()
  const instruments = createInstruments({ registry, version: '1', runtime: 'test' })
  const cache = createCache({ memory: memoryStore(), onEvent: instruments.onCacheEvent })
  const all: Parts = {
    repository: inMemoryRepository(),
    cache,
    registry,
    instruments,
    tiers: {},
    version: '1',
    runtime: 'test',
    uptimeSeconds: () => 1,
    targetedControl: 'max-age=60',
    onRequest: (request) => answered.push(request),
    clientOf: (_, env) => (env as { client?: string }).client,
    ...parts,
  }
  const fetch = createFetch(createApp(all), all)

  async function ask(path: string, client = '192.0.2.1', headers: Record<string, string> = {}) {
    const response = await fetch(new Request(`http://localhost${path}`, { headers }), { client })
    await response.text()
    const { durationMs, ...facts } = answered.at(-1) ?? assert.fail('no request was reported')
    assert.ok(durationMs >= 0)
    return facts
  }
  return { ask, answered }
}

const traceId = 'ef'.repeat(16)
const headers = { 'x-request-id': 'mine', traceparent: `00-${traceId}-${'cd'.repeat(8)}-00` }
const ids = { requestId: 'mine', traceId }

describe('an answered request', () => {
  it('has its route, path, client, ids and outcome: a miss, a hit, and a hit of the front', async () => {
    const { ask } = service()
    for (const cache of ['miss', 'hit', 'hit']) {
      const {
        trace: _,
        isAborted: __,
        requestBytes: ___,
        ...facts
      } = (await ask('/api/user/user_001?token=secret', '192.0.2.1', headers)) as AnsweredRequest & {
        isAborted?: boolean
      }
      assert.deepEqual(facts, {
        ...{ method: 'GET', route: '/api/user/:id', status: 200, bytes: 68 },
        ...{ path: '/api/user/user_001', client: '192.0.2.1', outcome: cache },
        ...ids,
      })
    }
  })

  it('has no outcome on a route without a cache', async () => {
    const { ask } = service()
    assert.deepEqual(
      await Promise.all(['/health', '/nothing'].map(async (path) => (await ask(path)).outcome)),
      [undefined, undefined],
    )
  })

  it('has a path of at most 1,024 characters', async () => {
    const { ask } = service()
    assert.equal((await ask(`/${'x'.repeat(5000)}`)).path.length, 1024)
  })

  it('has no IPv6 prefix before an IPv4 address', async () => {
    const { ask } = service()
    for (const _ of [1, 2]) await ask('/api/user/user_001')
    assert.equal((await ask('/api/user/user_001', '::ffff:192.0.2.9')).client, '192.0.2.9')
  })

  it('has no ids if they are off', async () => {
    const { ask } = service({ requestIds: 'off' })
    for (const _ of [1, 2, 3]) {
      const { requestId, traceId } = await ask('/api/user/user_001', '192.0.2.1', headers)
      assert.deepEqual([requestId, traceId], [undefined, undefined])
    }
  })
})
