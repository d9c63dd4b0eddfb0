/** Every response of the service has the ids of its own request, and none of another one. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createCache } from '../../../src/cache/create-cache.ts'
import { createInstruments } from '../../../src/instruments/create-instruments.ts'
import { createRegistry } from '../../../src/metrics/index.ts'
import { createApp, createFetch } from '../../../src/service/app.ts'
import type { Parts } from '../../../src/service/parts.ts'
import { inMemoryRepository } from '../../../src/service/users/in-memory.ts'
import { memoryStore } from '../../../src/stores/memory/store.ts'

const MADE = /^[\da-f]{32}$/

function service(parts: Partial<Parts> = {}) {
  const clock = { ms: Date.UTC(2026, 11, 1) }
  const contexts: Record<string, string>[] = []
  const background: Promise<unknown>[] = []
  const registry = createRegistry()
  const instruments = createInstruments({ registry, version: '1', runtime: 'test' })
  const cache = createCache({ memory: memoryStore(), now: () => clock.ms, onEvent: instruments.onCacheEvent })
  const repository = inMemoryRepository()
  const state = { find: repository.find }
  const all: Parts = {
    repository: { ...repository, find: (id) => state.find(id) },
    cache,
    registry,
    instruments,
    tiers: {},
    version: '1',
    runtime: 'test',
    uptimeSeconds: () => 1,
    targetedControl: 'max-age=60, stale-while-revalidate=300, stale-if-error=600',
    openWrites: true,
    adminToken: 'a-token-for-purges',
    onError: (_, context) => contexts.push(context),
    ...parts,
  }
  const fetch = createFetch(createApp(all), all)
  const executionCtx = {
    waitUntil: (work: Promise<unknown>) => void background.push(work),
    passThroughOnException() {},
    props: {},
  }

  async function ask(target: string, headers: Record<string, string> = {}) {
    const [method = '', path = ''] = target.split(' ')
    const request = new Request(`http://localhost${path}`, { method, headers })
    const response = await fetch(request, {}, executionCtx)
    const text = await response.text()
    const { requestId, trace } = idsIn(response)
    return { status: response.status, headers: response.headers, text, requestId, trace }
  }
  return { ask, state, clock, contexts, settled: () => Promise.all(background.splice(0)) }
}

function idsIn({ headers }: Response) {
  return { requestId: headers.get('x-request-id'), trace: headers.get('traceparent')?.slice(3, 35) }
}

const failing = () => Promise.reject(new Error('broken'))

describe('the ids of a request', () => {
  const requests: [target: string, status: number, headers?: Record<string, string>][] = [
    ['GET /health', 200],
    ['GET /metrics', 200],
    ['GET /api/user/user_001', 200],
    ['HEAD /api/user/user_001', 200],
    ['GET /api/user/user_001', 304, { 'if-none-match': '*' }],
    ['GET /api/user/user_001', 206, { range: 'bytes=0-1' }],
    ['GET /api/users?limit=1', 200],
    ['GET /api/user/a.b', 400],
    ['GET /api/user/unknown', 404],
    ['HEAD /api/user/unknown', 404],
    ['GET /nothing', 404],
    ['HEAD /nothing', 404],
    ['PATCH /api/user/user_001', 405],
    ['OPTIONS /api/user/user_001', 204],
    ['POST /api/user', 415],
    ['DELETE /api/user/user_003', 204],
    ['POST /admin/purge', 401],
    ['GET /api/user/unstored', 504, { 'cache-control': 'only-if-cached' }],
  ]
  for (const [target, status, headers] of requests) {
    it(`are in the response: ${target}, ${status}`, async () => {
      const { ask } = service()
      const made = await ask(target, headers)
      assert.equal(made.status, status)
      assert.match(made.requestId ?? '', MADE)
      assert.equal(made.trace, made.requestId)
      for (const _ of [1, 2]) {
        const taken = await ask(target, { ...headers, 'x-request-id': 'mine' })
        assert.equal(taken.requestId, 'mine')
        if (taken.text !== '' && taken.status >= 400) assert.equal(JSON.parse(taken.text).request_id, 'mine')
      }
    })
  }

  it('are in the response and the log line of a failure', async () => {
    const { ask, state, contexts } = service()
    state.find = failing
    const { status, requestId, trace, text } = await ask('GET /api/user/user_001')
    assert.equal(status, 500)
    assert.equal(JSON.parse(text).request_id, requestId)
    assert.deepEqual(contexts, [{ method: 'GET', path: '/api/user/user_001', requestId, traceId: trace }])
  })

  it('of the request that started it are in the log line of a background refresh', async () => {
    const { ask, state, clock, contexts, settled } = service()
    await ask('GET /api/user/user_001')
    clock.ms += 100_000
    state.find = failing
    const stale = await ask('GET /api/user/user_001', { 'x-request-id': 'mine' })
    assert.deepEqual([stale.status, stale.requestId], [200, 'mine'])
    await settled()
    const [{ requestId, load } = {}] = contexts
    assert.deepEqual([requestId, load], ['mine', 'background'])
  })

  it('are those of each request that waits for the same load', async () => {
    for (const fails of [false, true]) {
      const { ask, state } = service()
      const { find } = state
      let open = () => {}
      const opened = new Promise<void>((resolve) => {
        open = resolve
      })
      let loads = 0
      state.find = async (id) => {
        loads++
        await opened
        return fails ? failing() : find(id)
      }
      const asked = ['a', 'b', 'c'].map((id) => ask('GET /api/user/user_001', { 'x-request-id': id }))
      await new Promise((resolve) => setTimeout(resolve, 0))
      open()
      const answers = await Promise.all(asked)
      assert.deepEqual(
        answers.map(({ requestId }) => requestId),
        ['a', 'b', 'c'],
      )
      assert.equal(loads, 1)
      if (fails) {
        const ids = answers.map(({ text }) => JSON.parse(text).request_id)
        assert.deepEqual(ids, ['a', 'b', 'c'])
      }
    }
  })

  it('have the same length in the response to a HEAD and in the document', async () => {
    const { ask } = service()
    for (const path of ['/nothing', '/api/user/unknown', '/api/user/unknown', '/api/user/unknown']) {
      const { headers } = await ask(`HEAD ${path}`)
      const { text } = await ask(`GET ${path}`, { 'x-request-id': 'f'.repeat(32) })
      assert.equal(headers.get('content-length'), String(text.length))
    }
  })
})

describe('a hit of the front', () => {
  const target = 'GET /api/user/user_001'
  const traceparent = `00-${'ef'.repeat(16)}-${'cd'.repeat(8)}-01`

  async function warm(parts: Partial<Parts> = {}, path = target) {
    const made = service(parts)
    for (const id of ['first', 'second']) await made.ask(path, { 'x-request-id': id })
    return made
  }

  it('has the ids that its request carries, and none that were stored', async () => {
    const { ask } = await warm()
    for (const [headers, requestId, trace] of [
      [{}, null, undefined],
      [{ 'x-request-id': 'mine' }, 'mine', MADE],
      [{ traceparent }, 'ef'.repeat(16), /^(?:ef){16}$/],
      [{}, null, undefined],
    ] as const) {
      const hit = await ask(target, { ...headers })
      assert.match(hit.headers.get('cache-status') ?? '', /^hitrate; hit; ttl=/)
      assert.equal(hit.requestId, requestId)
      if (trace === undefined) assert.equal(hit.trace, undefined)
      else assert.match(hit.trace ?? '', trace)
    }
  })

  it('has made ids in place of those that are not valid', async () => {
    const { ask } = await warm()
    for (const id of ['a b', 'a"b', 'a, b', 'f'.repeat(129)]) {
      assert.match((await ask(target, { 'x-request-id': id })).requestId ?? '', MADE)
    }
  })

  it('has ids in each response with `all`, different ones', async () => {
    const { ask } = await warm({ requestIds: 'all' })
    const [one, other] = [await ask(target), await ask(target)]
    assert.match(one.requestId ?? '', MADE)
    assert.match(other.requestId ?? '', MADE)
    assert.notEqual(one.requestId, other.requestId)
  })

  it('of a stored error has the id in its document, if it has one in its header', async () => {
    const path = 'GET /api/user/unknown'
    const { ask } = await warm({}, path)
    assert.doesNotMatch((await ask(path)).text, /request_id/)
    const { requestId, text } = await ask(path, { 'x-request-id': 'mine' })
    assert.deepEqual([requestId, JSON.parse(text).request_id], ['mine', 'mine'])
    assert.doesNotMatch((await ask(path)).text, /request_id/)
  })
})

describe('`off`', () => {
  it('leaves out all ids', async () => {
    const { ask, state, contexts } = service({ requestIds: 'off' })
    for (const target of [
      'GET /api/user/user_001',
      'GET /api/user/user_001',
      'GET /api/user/user_001',
      'GET /x',
    ]) {
      const { headers, text } = await ask(target, { 'x-request-id': 'mine' })
      assert.deepEqual([headers.get('x-request-id'), headers.get('traceparent')], [null, null])
      assert.doesNotMatch(text, /request_id/)
    }
    state.find = failing
    await ask('GET /api/user/user_002')
    assert.deepEqual(contexts, [{ method: 'GET', path: '/api/user/user_002' }])
  })
})
