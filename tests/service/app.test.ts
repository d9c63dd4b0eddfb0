import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Hono } from 'hono'
import type { Cache, CacheOptions } from '../../src/cache/cache.ts'
import { createCache } from '../../src/cache/create-cache.ts'
import type { Outcome } from '../../src/cache/events.ts'
import { createInstruments } from '../../src/instruments/create-instruments.ts'
import { createRegistry } from '../../src/metrics/index.ts'
import { createApp, createFetch } from '../../src/service/app.ts'
import { DEFAULT_TARGETED_CONTROL } from '../../src/service/default-targeted-control.ts'
import type { Parts } from '../../src/service/parts.ts'
import { inMemoryRepository } from '../../src/service/users/in-memory.ts'
import { type CompleteRepository, RepositoryError } from '../../src/service/users/repository.ts'
import type { MemoryStoreOptions } from '../../src/stores/memory/memory-store-options.ts'
import { memoryStore } from '../../src/stores/memory/store.ts'
import { createAnswerCheck, openapiJson } from '../support/openapi/answer-check.ts'

const checkAnswer = await createAnswerCheck(openapiJson())

interface Service {
  app: Hono
  cache: Cache
  /** The cache's clock and its timer, in ms. */
  clock: { ms: number; timer: number }
  outcomes: Outcome[]
  /** Every call of the repository, in order: method and arguments. */
  calls: string[]
  /** Callbacks around each call of the repository. They may throw, or return a promise to wait for. */
  behaviour: {
    before?: ((method: string) => unknown) | undefined
    after?: ((method: string) => unknown) | undefined
  }
  /** Arguments of every `onError` call. */
  errors: { error: unknown; context: Record<string, string> }[]
  get(path: string, headers?: Record<string, string>): Promise<TestResponse>
  send(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<TestResponse>
  settled(): Promise<void>
  /** The samples of a scrape, by name with labels. */
  scrape(): Promise<Map<string, number>>
}

interface TestResponse {
  status: number
  headers: Headers
  /** The body without the id of the request, so that responses can be compared. */
  text: string
  // biome-ignore lint/suspicious/noExplicitAny: tests read members of any response body
  json: any
}

/** `repository`, with its calls recorded in `calls` and wrapped in `behaviour`. */
function observed(
  repository: CompleteRepository,
  calls: string[],
  behaviour: Service['behaviour'],
): CompleteRepository {
  async function call<T>(method: string, args: unknown[], work: () => Promise<T>): Promise<T> {
    calls.push([method, ...args].join(' '))
    await behaviour.before?.(method)
    const result = await work()
    await behaviour.after?.(method)
    return result
  }
  return {
    find: (id) => call('find', [id], () => repository.find(id)),
    findMany: (ids) => call('findMany', [ids.join()], () => repository.findMany(ids)),
    page: (limit, after) => call('page', [limit, after ?? '-'], () => repository.page(limit, after)),
    count: () => call('count', [], () => repository.count()),
    create: (user) => call('create', [user.id], () => repository.create(user)),
    update: (id, change) => call('update', [id], () => repository.update(id, change)),
    updateIfUnchanged: (current, change) =>
      call('updateIfUnchanged', [current.id], () => repository.updateIfUnchanged(current, change)),
    remove: (id) => call('remove', [id], () => repository.remove(id)),
    removeIfUnchanged: (current) =>
      call('removeIfUnchanged', [current.id], () => repository.removeIfUnchanged(current)),
    ping: () => call('ping', [], () => repository.ping()),
    close: () => repository.close(),
  }
}

function service(
  parts: Partial<Parts> = {},
  cacheOptions: Partial<CacheOptions> = {},
  memory: MemoryStoreOptions = {},
): Service {
  const clock = { ms: Date.UTC(2026, 10, 22, 12), timer: 0 }
  const outcomes: Outcome[] = []
  const calls: string[] = []
  const behaviour: Service['behaviour'] = {}
  const errors: Service['errors'] = []
  const background: Promise<unknown>[] = []
  const registry = createRegistry()
  const instruments = createInstruments({ registry, version: '1.2.3', runtime: 'test' })
  const cache = createCache({
    memory: memoryStore(memory),
    now: () => clock.ms,
    timer: () => clock.timer,
    onEvent(event) {
      instruments.onCacheEvent(event)
      if (event.type === 'read') outcomes.push(event.outcome)
    },
    ...cacheOptions,
  })
  instruments.watch(cache)
  const all: Parts = {
    repository: observed(inMemoryRepository(), calls, behaviour),
    cache,
    registry,
    instruments,
    tiers: { memory: async () => {} },
    version: '1.2.3',
    runtime: 'test',
    uptimeSeconds: () => 42,
    targetedControl: DEFAULT_TARGETED_CONTROL,
    openWrites: true,
    onError: (error, context) => errors.push({ error, context }),
    ...parts,
  }
  const app = createApp(all)
  const fetch = createFetch(app, all)
  const executionCtx = {
    waitUntil: (work: Promise<unknown>) => void background.push(work),
    passThroughOnException() {},
    props: {},
  }

  let checked = 0
  async function send(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<TestResponse> {
    const url = path.startsWith('http') ? path : `http://localhost${path}`
    const withBody = typeof body === 'string' ? body : JSON.stringify(body)
    const init =
      body === undefined
        ? { method, headers }
        : { method, body: withBody, headers: { 'content-type': 'application/json', ...headers } }
    const request = new Request(url, init)
    const response = await fetch(request, {}, executionCtx)
    const text = await response.text()
    // Some tests send thousands of requests, which all look alike.
    if (checked++ < 100)
      checkAnswer(
        { method: request.method, path },
        { status: response.status, headers: response.headers, text },
      )
    const isJson = /json/.test(response.headers.get('content-type') ?? '') && text !== ''
    return {
      status: response.status,
      headers: response.headers,
      text: text.replace(/,"request_id":"[^"]*"/, ''),
      json: isJson ? JSON.parse(text) : undefined,
    }
  }

  return {
    app,
    cache,
    clock,
    outcomes,
    calls,
    behaviour,
    errors,
    send,
    get: (path, headers) => send('GET', path, undefined, headers),
    async settled() {
      while (background.length > 0) await background.shift()
    },
    async scrape() {
      const { text } = await send('GET', '/metrics')
      const samples = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
      return new Map(
        samples.map((line) => [
          line.slice(0, line.lastIndexOf(' ')),
          Number(line.slice(line.lastIndexOf(' '))),
        ]),
      )
    },
  }
}

const alice = { id: 'user_001', name: 'Alice Johnson', email: 'alice@example.com' }
const bob = { id: 'user_002', name: 'Bob Smith', email: 'bob@example.com' }
const dora = { id: 'user_004', name: 'Dora', email: 'dora@example.com' }
const cacheStatus = (response: TestResponse) => response.headers.get('cache-status')

function failing(): never {
  throw new RepositoryError('no connection to db-7', { cause: new Error('ECONNREFUSED 10.0.0.7:5432') })
}

function gate(): { open: () => void; opened: Promise<void> } {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { open: resolve, opened: promise }
}

/** Asserts a problem response without internal details. */
function assertProblem(response: TestResponse, status: number, error: string | RegExp): void {
  assert.equal(response.status, status, response.text)
  assert.equal(response.headers.get('content-type'), 'application/problem+json')
  assert.equal(response.json.status, status)
  assert.equal(response.json.type, 'about:blank')
  assert.equal(typeof response.json.title, 'string')
  assert.match(response.json.error, typeof error === 'string' ? new RegExp(`^${error}$`) : error)
  assert.equal(response.json.detail, response.json.error)
  assert.equal(response.json.request_id ?? null, response.headers.get('x-request-id'))
  assert.doesNotMatch(
    response.text,
    /\n\s*at |\.ts|\.js|node_modules|ECONN|db-7|10\.0\.0|SQLITE|RepositoryError/,
  )
}

describe('the front of the service', () => {
  const plain = { method: 'GET', route: '/api/user/:id', status: 200 }

  it('serves a stored user, and counts the request under its route', async () => {
    const requests: string[] = []
    const { get, send, scrape, outcomes, app } = service({
      onRequest: ({ method, route, status }) => requests.push(`${method} ${route} ${status}`),
    })
    let routed = 0
    const { getPath } = app
    Object.assign(app, {
      getPath(...request: Parameters<typeof getPath>) {
        routed++
        return getPath(...request)
      },
    })
    for (let i = 1; i <= 5; i++) {
      const response = await get('/api/user/user_001')
      assert.deepEqual(response.json, alice)
      assert.equal(
        cacheStatus(response),
        i === 1 ? 'hitrate; fwd=uri-miss; ttl=60; stored' : 'hitrate; hit; ttl=60',
      )
    }
    assert.equal(routed, 2) // the miss, and the first hit, which adds the URL to the front's index
    assert.deepEqual(outcomes, ['miss', 'hit', 'hit', 'hit', 'hit'])
    assert.deepEqual(requests, Array(5).fill('GET /api/user/:id 200'))
    const samples = await scrape()
    const labels = `{method="${plain.method}",route="${plain.route}",status="${plain.status}"}`
    assert.equal(samples.get(`http_request_duration_seconds_count${labels}`), 5)
    assert.equal(samples.get('http_requests_in_flight'), 1) // the scrape itself
    assert.equal(samples.get('cache_hits_total'), 4)

    await send('DELETE', '/api/user/user_001')
    assert.equal((await get('/api/user/user_001')).status, 404)
  })

  it('serves one entry under every host name', async () => {
    const { get, calls } = service()
    for (const host of ['a', 'b', 'a', 'b', 'a', 'b']) {
      assert.deepEqual((await get(`http://${host}/api/user/user_001`)).json, alice)
    }
    assert.deepEqual(calls, ['find user_001'])
  })
})

describe('GET /api/user/:id', () => {
  it('calls the repository once, and then serves from the cache', async () => {
    const { get, clock, calls, outcomes } = service()
    const first = await get('/api/user/user_001')
    assert.equal(first.status, 200)
    assert.deepEqual(first.json, alice)
    assert.equal(first.headers.get('content-type'), 'application/json')
    assert.equal(first.headers.get('cache-control'), 'public, max-age=0')
    assert.equal(cacheStatus(first), 'hitrate; fwd=uri-miss; ttl=60; stored')
    clock.ms += 30_000
    const second = await get('/api/user/user_001')
    assert.deepEqual(second.json, alice)
    assert.equal(second.headers.get('age'), '30')
    assert.equal(cacheStatus(second), 'hitrate; hit; ttl=30')
    assert.deepEqual(calls, ['find user_001'])
    assert.deepEqual(outcomes, ['miss', 'hit'])
  })

  it('removes Hitrate-Cache-Control and Cache-Tag from responses', async () => {
    const { get } = service()
    for (const id of ['user_001', 'user_001', 'unknown', 'unknown']) {
      const { headers } = await get(`/api/user/${id}`)
      assert.equal(headers.get('hitrate-cache-control'), null)
      assert.equal(headers.get('cache-tag'), null)
    }
  })

  it('is one entry under every host name and with any query', async () => {
    const { get, calls } = service()
    await get('http://a/api/user/user_001')
    await get('https://b:8443/api/user/user_001?x=1')
    await get('/api/user/user%5F001')
    assert.deepEqual(calls, ['find user_001'])
  })

  it('serves HEAD and conditional requests from the same entry', async () => {
    const { get, send, calls, outcomes } = service()
    const { headers, text } = await get('/api/user/user_001')
    const head = await send('HEAD', '/api/user/user_001')
    assert.equal(head.status, 200)
    assert.equal(head.text, '')
    assert.equal(head.headers.get('content-length'), String(text.length))
    const same = await get('/api/user/user_001', { 'if-none-match': headers.get('etag') ?? '' })
    assert.equal(same.status, 304)
    assert.equal(same.headers.get('cache-control'), 'public, max-age=0')
    assert.deepEqual(calls, ['find user_001'])
    assert.deepEqual(outcomes, ['miss', 'hit', 'hit'])
  })

  it('responds to HEAD without a stored entry, and stores one', async () => {
    const { send, get, calls } = service()
    const head = await send('HEAD', '/api/user/user_001')
    assert.equal(head.headers.get('content-length'), String(JSON.stringify(alice).length))
    assert.equal(head.text, '')
    assert.deepEqual((await get('/api/user/user_001')).json, alice)
    assert.deepEqual(calls, ['find user_001'])
  })

  it('calls the repository once for a thousand simultaneous requests', async () => {
    const { get, behaviour, calls, outcomes } = service()
    const { open, opened } = gate()
    behaviour.before = () => opened
    const all = Array.from({ length: 1000 }, () => get('/api/user/user_001'))
    open()
    for (const { json } of await Promise.all(all)) assert.deepEqual(json, alice)
    assert.equal(calls.length, 1)
    assert.equal(outcomes.length, 1000)
  })

  it('is 404 for an unknown id, stored for five seconds', async () => {
    const { get, clock, calls, outcomes } = service()
    const first = await get('/api/user/unknown')
    assertProblem(first, 404, 'User not found')
    assert.equal(cacheStatus(first), 'hitrate; fwd=uri-miss; ttl=5; stored')
    clock.ms += 4999
    const second = await get('/api/user/unknown')
    assertProblem(second, 404, 'User not found')
    assert.equal(cacheStatus(second), 'hitrate; hit; ttl=0')
    clock.ms += 1
    assert.equal((await get('/api/user/unknown')).status, 404)
    assert.deepEqual(calls, ['find unknown', 'find unknown'])
    assert.deepEqual(outcomes, ['miss', 'hit', 'miss'])
  })

  it('is stored and shared with any tokens, cookies and Cache-Control of the client', async () => {
    const { get, calls } = service()
    const headers = {
      authorization: 'Bearer x',
      cookie: 'a=1',
      'cache-control': 'no-cache, no-store',
      pragma: 'no-cache',
    }
    for (const path of [
      '/api/user/user_001',
      '/api/user/unknown',
      '/api/users?ids=user_001,unknown',
      '/api/users?after=no',
    ]) {
      calls.length = 0
      const first = await Promise.all([get(path, headers), get(path, headers)])
      const callsBefore = calls.length
      for (const response of [...first, await get(path, headers), await get(path)])
        assert.ok(response.status < 500)
      assert.equal(calls.length, callsBefore, path)
      assert.equal(new Set(calls).size, callsBefore, path)
    }
  })

  it('keeps entries of users while any number of unknown ids are requested', async () => {
    const maxBytes = 60_000
    const { get, cache, outcomes } = service({}, {}, { maxBytes })
    for (const id of ['user_001', 'user_002', 'user_003']) await get(`/api/user/${id}`)
    for (let i = 0; i < 300; i++) {
      await get(`/api/user/unknown-${i}`)
      if (i % 3 === 0) await get(`/api/users?ids=user_001,unknown-${i}`)
      if (i % 3 === 1) await get(`/api/users?after=unknown-${i}`)
    }
    const { bytes } = cache.stats()
    // Absent users fill their share of the memory, a fifth.
    assert.ok(bytes > 0.15 * maxBytes && bytes <= maxBytes, `${bytes} bytes`)
    outcomes.length = 0
    for (const id of ['user_001', 'user_002', 'user_003'])
      assert.equal((await get(`/api/user/${id}`)).status, 200)
    assert.deepEqual(outcomes, ['hit', 'hit', 'hit'])
  })

  it('is 400 for an invalid id, without a read or a call of the repository', async () => {
    const { get, send, calls, outcomes, cache } = service()
    for (const id of [
      'a.b',
      'a%2Fb',
      'a%20b',
      '%00',
      '%ff',
      'ä',
      'a:b',
      '%0A',
      'a'.repeat(65),
      '%25',
      'a;b',
      '..%2F',
    ]) {
      const response = await get(`/api/user/${id}`)
      assertProblem(response, 400, 'The path is not valid')
      assert.deepEqual(
        response.json.errors.map(({ field }: { field: string }) => field),
        ['id'],
        id,
      )
      assert.equal((await send('HEAD', `/api/user/${id}`)).status, 400)
      assert.equal((await send('DELETE', `/api/user/${id}`)).status, 400)
      assert.equal((await send('PUT', `/api/user/${id}`, { name: 'x', email: 'x@y.zz' })).status, 400)
    }
    assert.deepEqual(calls, [])
    assert.deepEqual(outcomes, [])
    assert.equal(cache.stats().entries, 0)
  })

  it('accepts every valid id, including the names of properties of Object.prototype', async () => {
    const { get, send } = service()
    for (const id of [
      '__proto__',
      'constructor',
      'toString',
      'hasOwnProperty',
      '-',
      '_',
      '0',
      'a'.repeat(64),
    ]) {
      assert.equal((await get(`/api/user/${id}`)).status, 404, id)
      assert.equal(
        (await send('POST', '/api/user', { id, name: 'N', email: 'n@example.com' })).status,
        201,
        id,
      )
      assert.equal((await get(`/api/user/${id}`)).json.id, id)
      assert.equal((await get(`/api/users?ids=${id}`)).json.users[0].id, id)
      assert.equal((await get(`/api/users?after=${id}`)).status, 200)
      assert.equal((await send('DELETE', `/api/user/${id}`)).status, 204)
      assert.equal((await get(`/api/user/${id}`)).status, 404)
    }
  })
})

describe('GET /api/users?ids=', () => {
  it('returns the users that exist and lists the missing ids', async () => {
    const { get } = service()
    const response = await get('/api/users?ids=user_002,unknown,user_001')
    assert.equal(response.status, 200)
    assert.deepEqual(response.json, { users: [alice, bob], missing: ['unknown'] })
    assert.deepEqual((await get('/api/users?ids=x,y')).json, { users: [], missing: ['x', 'y'] })
  })

  it('is made from one entry for each user, in any order and repetition of the ids', async () => {
    const { get, calls, outcomes } = service()
    for (const ids of ['user_001,user_002', 'user_002,user_001', 'user_002%2Cuser_001,user_002']) {
      assert.deepEqual((await get(`/api/users?ids=${ids}`)).json.users, [alice, bob])
    }
    assert.deepEqual(calls, ['findMany user_001,user_002'])
    assert.deepEqual(outcomes, ['miss', 'miss', 'hit', 'hit', 'hit', 'hit'])
  })

  it('accepts 1 to 100 ids', async () => {
    const { get, calls } = service()
    const many = (n: number) => Array.from({ length: n }, (_, i) => `id${i}`).join()
    assert.equal((await get(`/api/users?ids=${many(100)}`)).status, 200)
    assert.equal(calls.length, 1)
    for (const query of [
      `ids=${many(101)}`,
      'ids=',
      'ids=a,',
      'ids=,a',
      'ids=a,,b',
      'ids=a.b',
      `ids=${many(5000)}`,
    ]) {
      const response = await get(`/api/users?${query}`)
      assertProblem(response, 400, 'The query is not valid')
      assert.match(response.json.errors[0].field, /^ids/)
    }
    assert.equal(calls.length, 1)
  })

  it('is loaded again when any of its users changes, including a missing one', async () => {
    const { get, send } = service()
    const list = async () => (await get('/api/users?ids=user_001,user_002,user_004')).json
    assert.deepEqual(await list(), { users: [alice, bob], missing: ['user_004'] })
    await send('PUT', '/api/user/user_002', { name: 'Robert', email: bob.email })
    assert.equal((await list()).users[1].name, 'Robert')
    await send('POST', '/api/user', dora)
    assert.deepEqual((await list()).missing, [])
    await send('DELETE', '/api/user/user_001')
    assert.deepEqual((await list()).missing, ['user_001'])
  })
})

describe('GET /api/users', () => {
  it('returns pages in the order of ids, with the cursor of the next', async () => {
    const { get } = service()
    const all = await get('/api/users')
    assert.equal(all.json.total, 3)
    assert.equal(all.json.users.length, 3)
    assert.equal(all.json.next, null)
    const first = await get('/api/users?limit=2')
    assert.deepEqual(first.json, { users: [alice, bob], total: 3, next: 'user_002' })
    const second = await get(`/api/users?limit=2&after=${first.json.next}`)
    assert.equal(second.json.users[0].id, 'user_003')
    assert.equal(second.json.next, null)
    assert.deepEqual((await get('/api/users?after=zzz')).json, { users: [], total: 3, next: null })
  })

  it('is stored, and loaded again after any write', async () => {
    const { get, send, outcomes } = service()
    const names = async () =>
      (await get('/api/users?limit=10')).json.users.map(({ name }: { name: string }) => name).join()
    assert.equal(await names(), 'Alice Johnson,Bob Smith,Charlie Brown')
    await names()
    assert.deepEqual(outcomes, [...Array(4).fill('miss'), ...Array(4).fill('hit')]) // the page and its three users
    await send('POST', '/api/user', dora)
    assert.equal(await names(), 'Alice Johnson,Bob Smith,Charlie Brown,Dora')
    await send('PUT', '/api/user/user_004', { name: 'D', email: dora.email })
    assert.equal(await names(), 'Alice Johnson,Bob Smith,Charlie Brown,D')
    await send('DELETE', '/api/user/user_001')
    assert.equal(await names(), 'Bob Smith,Charlie Brown,D')
  })

  it('is one entry for equivalent queries', async () => {
    const { get, outcomes } = service()
    for (const query of ['', '?limit=20', '?limit=020', '?x=1', '?__proto__=1&constructor=2']) {
      assert.equal((await get(`/api/users${query}`)).status, 200, query)
    }
    assert.deepEqual(outcomes, [...Array(4).fill('miss'), ...Array(16).fill('hit')])
  })

  it('refuses an invalid query, and names the field', async () => {
    const { get, calls, outcomes } = service()
    const cases: [query: string, field: string][] = [
      ['limit=0', 'limit'],
      ['limit=101', 'limit'],
      ['limit=-1', 'limit'],
      ['limit=1.5', 'limit'],
      ['limit=ten', 'limit'],
      ['limit=', 'limit'],
      ['limit=1&limit=2', 'limit'],
      ['after=', 'after'],
      ['after=a.b', 'after'],
      ['ids=a&ids=b', 'ids'],
      ['ids=a&limit=1', 'ids'],
      ['ids=a&after=b', 'ids'],
    ]
    for (const [query, field] of cases) {
      const response = await get(`/api/users?${query}`)
      assertProblem(response, 400, 'The query is not valid')
      assert.equal(response.json.errors[0].field, field, query)
    }
    assert.deepEqual(calls, [])
    assert.deepEqual(outcomes, [])
  })
})

describe('a write', () => {
  it('creates a user: 201 with Location', async () => {
    const { send, get, outcomes } = service()
    const made = await send('POST', '/api/user', dora)
    assert.equal(made.status, 201)
    assert.deepEqual(made.json, dora)
    assert.equal(made.headers.get('location'), '/api/user/user_004')
    assert.equal(cacheStatus(made), 'hitrate; fwd=method')
    assert.deepEqual((await get('/api/user/user_004')).json, dora)
    assert.deepEqual(outcomes, ['bypass', 'miss'])
  })

  it('refuses an id that is taken: 409', async () => {
    const { send, get } = service()
    const response = await send('POST', '/api/user', { ...alice, name: 'Other' })
    assertProblem(response, 409, 'User already exists')
    assert.deepEqual(response.json.errors, [{ field: 'id', message: 'user_001 is taken' }])
    assert.deepEqual((await get('/api/user/user_001')).json, alice)
  })

  it('replaces a user: 200, with the id of the path or without an id', async () => {
    const { send, get } = service()
    const change = { name: 'Alicia', email: 'alicia@example.com' }
    const changed = await send('PUT', '/api/user/user_001', change)
    assert.equal(changed.status, 200)
    assert.deepEqual(changed.json, { id: 'user_001', ...change })
    assert.equal((await send('PUT', '/api/user/user_001', { id: 'user_001', ...change })).status, 200)
    assert.deepEqual((await get('/api/user/user_001')).json, { id: 'user_001', ...change })
    const other = await send('PUT', '/api/user/user_001', { id: 'user_002', ...change })
    assertProblem(other, 400, 'The body is not valid')
    assert.equal(other.json.errors[0].field, 'id')
  })

  it('removes a user: 204 without a body', async () => {
    const { send, get } = service()
    await get('/api/user/user_001')
    const removed = await send('DELETE', '/api/user/user_001')
    assert.equal(removed.status, 204)
    assert.equal(removed.text, '')
    assert.equal((await get('/api/user/user_001')).status, 404)
  })

  it('of an unknown user is 404', async () => {
    const { send } = service()
    assertProblem(
      await send('PUT', '/api/user/unknown', { name: 'N', email: 'n@example.com' }),
      404,
      'User not found',
    )
    assertProblem(await send('DELETE', '/api/user/unknown'), 404, 'User not found')
  })

  it('with an invalid body is 400, with each field named', async () => {
    const { send, calls, outcomes } = service()
    const cases: [body: unknown, fields: string[]][] = [
      [{}, ['id', 'name', 'email']],
      [{ ...dora, id: 'a b' }, ['id']],
      [{ ...dora, name: '', email: 'x' }, ['name', 'email']],
      [{ ...dora, name: 'a\u0000b' }, ['name']],
      [{ ...dora, admin: true, x: 1 }, ['admin', 'x']],
      [{ ...dora, name: 7 }, ['name']],
      [[], ['body']],
      ['null', ['body']],
      ['{"id":', ['body']],
      ['', ['body']],
    ]
    for (const [body, fields] of cases) {
      const response = await send('POST', '/api/user', body)
      assertProblem(response, 400, /./)
      const named = response.json.errors.map(({ field }: { field: string }) => field)
      assert.deepEqual(named, fields, JSON.stringify(body))
    }
    const proto = await send('POST', '/api/user', `{"__proto__":{"x":1},${JSON.stringify(dora).slice(1)}`)
    assert.ok([201, 400].includes(proto.status))
    assert.equal(({} as { x?: number }).x, undefined)
    assert.deepEqual(
      calls.filter((call) => call !== 'create user_004'),
      [],
    )
    assert.deepEqual(
      outcomes.filter((outcome) => outcome !== 'bypass'),
      [],
    )
  })

  it('with more than 64 KiB is 413, with and without Content-Length', async () => {
    const { app, send, calls } = service()
    const large = JSON.stringify({ ...dora, name: 'x'.repeat(64 * 1024) })
    assertProblem(await send('POST', '/api/user', large), 413, /at most 65536 bytes/)
    assertProblem(await send('PUT', '/api/user/user_001', large), 413, /at most 65536 bytes/)
    const stream = new Response(large).body
    const init = {
      method: 'POST',
      body: stream,
      duplex: 'half',
      headers: { 'content-type': 'application/json' },
    }
    const response = await app.request('/api/user', init as RequestInit)
    assert.equal(response.status, 413)
    const lying = { 'content-length': '10', 'transfer-encoding': 'chunked' }
    assert.equal((await send('POST', '/api/user', large, lying)).status, 413)
    assert.deepEqual(calls, [])
  })

  it('of another media type is 415', async () => {
    const { send, calls } = service()
    const body = JSON.stringify(dora)
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'application/jsonx',
      'application/ld+json',
      '',
    ]) {
      for (const [method, path] of [
        ['POST', '/api/user'],
        ['PUT', '/api/user/user_001'],
      ] as const) {
        const response = await send(method, path, body, { 'content-type': type })
        assertProblem(response, 415, 'The body must be application/json')
        assert.equal(response.headers.get('accept'), 'application/json')
      }
    }
    assert.deepEqual(calls, [])
    for (const type of [
      'application/json',
      'Application/JSON; charset=utf-8',
      'application/json;charset=UTF-8',
    ]) {
      await send('DELETE', '/api/user/user_004')
      assert.equal((await send('POST', '/api/user', body, { 'content-type': type })).status, 201, type)
    }
  })

  it('without the token is 401, before any other check', async () => {
    const { send, get, calls, outcomes } = service({ apiToken: 'secret', openWrites: false })
    const writes = [
      ['POST', '/api/user', dora],
      ['PUT', '/api/user/user_001', dora],
      ['DELETE', '/api/user/user_001', undefined],
      ['POST', '/api/user', 'not json'],
      ['DELETE', '/api/user/a.b', undefined],
    ] as const
    for (const [method, path, body] of writes) {
      for (const authorization of ['', 'Bearer other', 'Basic secret', 'secret']) {
        const response = await send(method, path, body, { authorization })
        assertProblem(response, 401, 'Writes need the API token')
        assert.equal(response.headers.get('www-authenticate'), 'Bearer')
      }
    }
    assert.deepEqual(calls, [])
    assert.deepEqual(outcomes, [])
    assert.equal((await get('/api/user/user_001')).status, 200)
    assert.equal((await send('POST', '/api/user', dora, { authorization: 'Bearer secret' })).status, 201)
    assert.equal(
      (await send('DELETE', '/api/user/user_004', undefined, { authorization: 'bearer secret' })).status,
      204,
    )
  })

  it('is refused while there is no token and openWrites is off', async () => {
    const { send } = service({ openWrites: false })
    const response = await send('POST', '/api/user', dora, { authorization: 'Bearer ' })
    assertProblem(response, 401, 'Writes are disabled until API_TOKEN is set')
  })
})

describe('a purge', () => {
  const authorization = 'Bearer secret'
  const counts = { urls: 0, tags: 0, prefixes: 0 }
  const nothing = { ...counts, all: false, unreached: [], unmatched: [], confirmed: true }

  it('has no route without the admin token', async () => {
    const { send } = service()
    for (const method of ['POST', 'GET', 'OPTIONS'])
      assertProblem(await send(method, '/admin/purge'), 404, 'There is nothing at this path')
  })

  it('is a POST with the admin token', async () => {
    const { send, get } = service({ adminToken: 'secret', apiToken: 'another' })
    const response = await get('/admin/purge')
    assertProblem(response, 405, 'GET is not allowed here')
    assert.equal(response.headers.get('allow'), 'POST, OPTIONS')
    for (const given of ['', 'Bearer another']) {
      const refused = await send('POST', '/admin/purge', { all: true }, { authorization: given })
      assertProblem(refused, 401, 'Purging needs the admin token')
    }
    const done = await send('POST', '/admin/purge', { all: true }, { authorization })
    assert.deepEqual([done.status, done.json], [200, { ...nothing, all: true }])
  })

  /** @param outcomes of the read before the purge, of the one that repeats it, and of the one after the purge. */
  const purges: [subject: string, path: string, body: object, done: object, outcomes?: string][] = [
    ['a user', '/api/user/user_001', { urls: ['/api/user/user_001'] }, { urls: 1 }],
    [
      'a user, under another host',
      '/api/user/user_001',
      { urls: ['https://b:8443/api/user/user_001'] },
      { urls: 1 },
    ],
    ['an unknown user', '/api/user/unknown', { urls: ['/api/user/unknown'] }, { urls: 1 }],
    [
      'users by id',
      '/api/users?ids=a,user_001',
      { urls: ['/api/users?x=1&ids=user_001,a'] },
      { urls: 1 },
      'miss miss hit hit miss miss',
    ],
    [
      'a page',
      '/api/users?limit=1',
      { urls: ['/api/users?limit=1'] },
      { urls: 1 },
      'miss miss hit hit miss miss',
    ],
    [
      'a user in every response',
      '/api/users?ids=a,user_001',
      { tags: ['user:user_001'] },
      { tags: 1 },
      'miss miss hit hit hit miss',
    ],
    ['all pages', '/api/users?limit=1', { tags: ['users'] }, { tags: 1 }, 'miss miss hit hit miss hit'],
    ['all below a path', '/api/user/user_001', { prefixes: ['/api/'] }, { prefixes: 1 }],
    [
      'lists below a path',
      '/api/users?limit=1',
      { prefixes: ['/api/'] },
      { prefixes: 1 },
      'miss miss hit hit miss miss',
    ],
    ['everything', '/api/user/user_001', { all: true }, { all: true }],
  ]
  for (const [subject, path, body, done, expected = 'miss hit miss'] of purges) {
    it(`makes the next read a miss, and counts no read itself: ${subject}`, async () => {
      const { send, get, outcomes, calls, scrape } = service({ adminToken: 'secret' })
      await get(path)
      await get(path)
      const response = await send('POST', '/admin/purge', body, { authorization })
      assert.deepEqual(response.json, { ...nothing, ...done })
      const callsBefore = calls.length
      await get(path)
      assert.equal(outcomes.join(' '), expected)
      assert.ok(calls.length > callsBefore)
      const requests = [...(await scrape())].filter(([name]) =>
        name.startsWith('http_request_duration_seconds_count'),
      )
      assert.equal(
        requests.reduce((sum, [, count]) => sum + count, 0),
        4,
      )
    })
  }

  it('lists the URLs that reached no cache', async () => {
    const { send, calls } = service({ adminToken: 'secret' })
    const urls = ['/api/user/a.b', '/health', '/nothing', '/api/users?limit=0']
    const response = await send('POST', '/admin/purge', { urls }, { authorization })
    assert.deepEqual(response.json, { ...nothing, unreached: urls })
    assert.deepEqual(calls, [])
  })
})

describe('after a write no old response is served', () => {
  const reads: [subject: string, path: string, part: (response: TestResponse) => unknown][] = [
    ['the user', '/api/user/user_002', ({ json }) => json.name ?? json.error],
    ['the user that did not exist', '/api/user/user_004', ({ json }) => json.name ?? json.error],
    ['a list', '/api/users?ids=user_001,user_002,user_004', ({ json }) => JSON.stringify(json)],
    ['a page', '/api/users?limit=2', ({ json }) => JSON.stringify(json)],
    ['the next page', '/api/users?limit=2&after=user_002', ({ json }) => JSON.stringify(json)],
  ]
  const writes: [name: string, send: (service: Service) => Promise<TestResponse>][] = [
    ['PUT', ({ send }) => send('PUT', '/api/user/user_002', { name: 'Robert', email: 'robert@example.com' })],
    ['DELETE', ({ send }) => send('DELETE', '/api/user/user_002')],
    ['POST', ({ send }) => send('POST', '/api/user', dora)],
    ['a write under another host name', ({ send }) => send('DELETE', 'https://b:8443/api/user/user_002')],
  ]
  const hosts = ['http://localhost', 'http://a', 'https://b:8443']

  /** The response without anything stored. */
  async function uncached({ cache, get }: Service, path: string): Promise<string> {
    await cache.clear()
    return (await get(path)).text
  }

  for (const [name, write] of writes) {
    it(`under any host name: ${name}`, async () => {
      const made = service()
      for (const [, path] of reads) for (const host of hosts) await made.get(host + path)
      assert.ok((await write(made)).status < 300)
      for (const [subject, path, part] of reads) {
        const [first, ...others] = await Promise.all(hosts.map((host) => made.get(host + path)))
        const responses = [first, ...others].map((response) => part(response as TestResponse))
        assert.equal(new Set(responses).size, 1, subject)
        assert.equal(first?.text, await uncached(made, path), subject)
      }
    })

    it(`even if it throws after it has changed the row: ${name}`, async () => {
      const made = service()
      for (const [, path] of reads) await made.get(path)
      made.behaviour.after = (method) =>
        ['update', 'remove', 'create'].includes(method) ? failing() : undefined
      assert.equal((await write(made)).status, 503)
      for (const [subject, path] of reads) {
        assert.equal((await made.get(path)).text, await uncached(made, path), subject)
      }
    })

    it(`even if loads were in progress: ${name}`, async () => {
      for (const [subject, path] of reads) {
        const made = service()
        const { open, opened } = gate()
        // The load has read the old row, and is held back until after the write.
        made.behaviour.after = (method) =>
          ['find', 'findMany', 'page', 'count'].includes(method) ? opened : undefined
        const early = made.get(path)
        await new Promise((resolve) => setTimeout(resolve, 0))
        assert.ok((await write(made)).status < 300)
        const late = made.get(path)
        made.behaviour.after = undefined
        open()
        await early
        const expected = (await late).text
        assert.equal((await made.get(path)).text, expected, subject)
        assert.equal(await uncached(made, path), expected, subject)
      }
    })

    it(`even if a background refresh was in progress: ${name}`, async () => {
      for (const [subject, path] of reads) {
        const made = service()
        await made.get(path)
        made.clock.ms += 61_000
        const { open, opened } = gate()
        made.behaviour.after = (method) =>
          ['find', 'findMany', 'page', 'count'].includes(method) ? opened : undefined
        const early = made.get(path)
        await new Promise((resolve) => setTimeout(resolve, 5))
        assert.ok((await write(made)).status < 300)
        made.behaviour.after = undefined
        open()
        await early
        await made.settled()
        assert.equal((await made.get(path)).text, await uncached(made, path), subject)
      }
    })

    it(`even if the repository fails afterwards: ${name}`, async () => {
      for (const [subject, path] of reads) {
        const made = service()
        const before = (await made.get(path)).text
        assert.ok((await write(made)).status < 300)
        made.behaviour.before = failing
        made.clock.ms += 61_000
        const response = await made.get(path)
        made.behaviour.before = undefined
        if (before !== (await uncached(made, path))) assert.equal(response.status, 503, subject)
      }
    })
  }

  it('a failed write invalidates, and the old user is loaded again', async () => {
    const { get, send, behaviour, clock, outcomes } = service()
    await get('/api/user/user_001')
    behaviour.before = failing
    assert.equal((await send('PUT', '/api/user/user_001', { name: 'x', email: 'x@example.com' })).status, 503)
    behaviour.before = undefined
    assert.deepEqual((await get('/api/user/user_001')).json, alice)
    clock.ms += 1
    assert.deepEqual(outcomes, ['miss', 'bypass', 'miss'])
  })
})

describe('when the repository fails', () => {
  it('a response that is not stored is 503 with Retry-After', async () => {
    const { get, behaviour, outcomes, errors } = service()
    behaviour.before = failing
    for (const path of ['/api/user/user_001', '/api/users?ids=user_001', '/api/users']) {
      const response = await get(path)
      assertProblem(response, 503, 'The user database is unavailable')
      assert.equal(response.headers.get('retry-after'), '1')
      assert.equal(response.headers.get('cache-control'), 'no-store')
      assert.equal(cacheStatus(response), 'hitrate; fwd=uri-miss')
    }
    assert.deepEqual(outcomes, ['error', 'error', 'error'])
    assert.equal(errors.length, 3)
    assert.match(String(errors[0]?.error), /db-7/)
    const { traceId, requestId, ...context } = errors[0]?.context ?? {}
    assert.deepEqual(context, { method: 'GET', path: '/api/user/user_001' })
    assert.equal(requestId, traceId)
  })

  it('every waiting request gets 503, with its own Cache-Status', async () => {
    const { get, behaviour, calls, outcomes } = service()
    const { open, opened } = gate()
    behaviour.before = async () => {
      await opened
      failing()
    }
    const all = [get('/api/user/user_001'), get('/api/user/user_001')]
    open()
    const responses = await Promise.all(all)
    for (const response of responses) assertProblem(response, 503, /is unavailable/)
    assert.deepEqual(responses.map(cacheStatus), [
      'hitrate; fwd=uri-miss',
      'hitrate; fwd=uri-miss; collapsed',
    ])
    assert.equal(calls.length, 1)
    assert.deepEqual(outcomes, ['error', 'error'])
  })

  it('a stored response is served stale for a day', async () => {
    const { get, behaviour, clock, outcomes, errors, settled } = service()
    await get('/api/user/user_001')
    behaviour.before = failing
    clock.ms += 61_000
    const refreshing = await get('/api/user/user_001')
    assert.equal(refreshing.status, 200)
    assert.equal(cacheStatus(refreshing), 'hitrate; hit; ttl=-1')
    await settled()
    clock.ms += 300_000
    const stale = await get('/api/user/user_001')
    assert.deepEqual(stale.json, alice)
    assert.equal(stale.headers.get('age'), '361')
    assert.equal(cacheStatus(stale), 'hitrate; fwd=stale; fwd-status=503; ttl=-301; detail=stale-if-error')
    clock.ms += 24 * 60 * 60 * 1000
    assert.equal((await get('/api/user/user_001')).status, 503)
    assert.deepEqual(outcomes, ['miss', 'stale', 'stale', 'error'])
    assert.equal(errors.length, 3)
  })

  it('clients must revalidate each time, and get their 304 from memory', async () => {
    const { get, send, behaviour, calls, clock, outcomes, settled } = service()
    const first = await get('/api/user/user_001')
    const etag = first.headers.get('etag') ?? assert.fail('no ETag')
    assert.equal(first.headers.get('cache-control'), 'public, max-age=0')
    behaviour.before = failing
    for (const [ms, status] of [
      [1000, 'hitrate; hit; ttl=59'],
      [61_000, 'hitrate; hit; ttl=-2'],
      [400_000, 'hitrate; fwd=stale; fwd-status=503; ttl=-402; detail=stale-if-error'],
    ] as const) {
      clock.ms += ms
      const same = await get('/api/user/user_001', { 'if-none-match': etag })
      assert.equal(same.status, 304)
      assert.equal(same.text, '')
      assert.equal(same.headers.get('etag'), etag)
      assert.equal(same.headers.get('cache-control'), 'public, max-age=0')
      assert.equal(cacheStatus(same), status)
      await settled()
    }
    const other = await get('/api/user/user_001', { 'if-none-match': '"another"' })
    assert.deepEqual([other.status, other.json], [200, alice])
    const head = await send('HEAD', '/api/user/user_001')
    assert.deepEqual([head.status, head.headers.get('etag')], [200, etag])
    assert.deepEqual(outcomes, ['miss', 'hit', 'stale', 'stale', 'stale', 'stale'])
    assert.ok(calls.every((call) => call === 'find user_001'))
  })

  it('every users route serves its stored response stale, with Cache-Status', async () => {
    const paths = ['/api/user/user_001', '/api/users?ids=user_001,user_002', '/api/users']
    const { get, behaviour, clock, errors } = service()
    const fresh = []
    for (const path of paths) fresh.push(await get(path))
    behaviour.before = failing
    clock.ms += 60_000 + 300_000
    for (const [i, path] of paths.entries()) {
      const stale = await get(path)
      assert.equal(stale.status, 200)
      assert.deepEqual(stale.json, fresh[i]?.json)
      assert.equal(stale.headers.get('cache-control'), 'public, max-age=0')
      assert.equal(cacheStatus(stale), 'hitrate; fwd=stale; fwd-status=503; ttl=-300; detail=stale-if-error')
    }
    assert.equal(errors.length, paths.length, 'each failure is reported')
  })

  it('an unknown error is 500 without its message', async () => {
    const { get, send, behaviour, errors } = service()
    behaviour.before = () => {
      throw new TypeError('db-7 is not a function at /srv/secret.ts:1')
    }
    for (const response of [await get('/api/user/user_001'), await send('DELETE', '/api/user/user_001')]) {
      assertProblem(response, 500, 'Internal server error')
      assert.doesNotMatch(response.text, /secret/)
    }
    assert.equal(errors.length, 2)
  })
})

describe('when the cache is switched off', () => {
  it('every request calls the repository', async () => {
    const { get, send, calls, outcomes, scrape } = service({}, { enabled: false })
    for (const _ of [1, 2]) {
      const response = await get('/api/user/user_001')
      assert.deepEqual(response.json, alice)
      assert.equal(cacheStatus(response), 'hitrate; fwd=bypass')
    }
    await send('DELETE', '/api/user/user_001')
    assert.equal((await get('/api/user/user_001')).status, 404)
    assert.deepEqual(calls, ['find user_001', 'find user_001', 'remove user_001', 'find user_001'])
    assert.deepEqual(outcomes, ['bypass', 'bypass', 'bypass', 'bypass'])
    const samples = await scrape()
    assert.equal(samples.get('cache_hits_total'), 0)
    assert.equal(samples.get('cache_misses_total'), 0)
    assert.equal(samples.get('cache_hit_rate'), 0)
    assert.equal(samples.get('cache_reads_total{cache="hitrate",outcome="bypass"}'), 4)
  })
})

describe('health', () => {
  it('is 200 while the repository fails', async () => {
    const { get, behaviour } = service()
    behaviour.before = failing
    const response = await get('/health')
    assert.equal(response.status, 200)
    assert.deepEqual(response.json, {
      status: 'healthy',
      service: 'hitrate',
      version: '1.2.3',
      runtime: 'test',
      uptime_seconds: 42,
    })
  })

  it('readiness depends on the repository only, and lists the tiers', async () => {
    const { get, behaviour, errors } = service({
      tiers: { memory: async () => {}, remote: async () => failing() },
    })
    const ready = await get('/health/ready')
    assert.equal(ready.status, 200)
    assert.deepEqual(ready.json, {
      status: 'ready',
      repository: 'up',
      tiers: { memory: 'up', remote: 'down' },
    })
    behaviour.before = failing
    const unready = await get('/health/ready')
    assert.equal(unready.status, 503)
    assert.deepEqual(unready.json, {
      status: 'unready',
      repository: 'down',
      reason: 'failed',
      tiers: { memory: 'up', remote: 'down' },
    })
    assert.doesNotMatch(unready.text, /db-7/)
    assert.deepEqual(
      errors.map(({ context }) => context.part),
      ['remote', 'repository', 'remote'],
    )
  })
})

describe('a request that matches no route', () => {
  const cases: [method: string, path: string, status: number, allow: string | null][] = [
    ['GET', '/', 404, null],
    ['GET', '/api', 404, null],
    ['GET', '/api/user', 405, 'POST, OPTIONS'],
    ['GET', '/api/user/', 404, null],
    ['GET', '/api/user/a/b', 404, null],
    ['POST', '/nowhere', 404, null],
    ['OPTIONS', '/nowhere', 404, null],
    ['POST', '/api/user/user_001', 405, 'GET, HEAD, PUT, DELETE, OPTIONS'],
    ['PATCH', '/api/user/user_001', 405, 'GET, HEAD, PUT, DELETE, OPTIONS'],
    ['M-SEARCH', '/api/user/user_001', 405, 'GET, HEAD, PUT, DELETE, OPTIONS'],
    ['DELETE', '/api/users', 405, 'GET, HEAD, OPTIONS'],
    ['HEAD', '/api/user', 405, 'POST, OPTIONS'],
    ['POST', '/health', 405, 'GET, HEAD, OPTIONS'],
    ['PUT', '/metrics', 405, 'GET, HEAD, OPTIONS'],
    ['OPTIONS', '/metrics', 204, 'GET, HEAD, OPTIONS'],
    ['OPTIONS', '/api/user', 204, 'POST, OPTIONS'],
    ['OPTIONS', '/api/user/user_001', 204, 'GET, HEAD, PUT, DELETE, OPTIONS'],
  ]
  for (const [method, path, status, allow] of cases) {
    it(`gets ${status}: ${method} ${path}`, async () => {
      const { send, calls, outcomes } = service()
      const response = await send(method, path)
      assert.equal(response.headers.get('allow'), allow)
      if (status === 204 || method === 'HEAD') {
        assert.equal(response.status, status)
        assert.equal(response.text, '')
      } else
        assertProblem(
          response,
          status,
          status === 404 ? 'There is nothing at this path' : `${method} is not allowed here`,
        )
      assert.deepEqual(calls, [])
      assert.deepEqual(outcomes, [])
    })
  }

  it('is never a HEAD where GET has a route', async () => {
    const { send } = service()
    for (const path of ['/health', '/health/ready', '/metrics', '/api/users']) {
      const response = await send('HEAD', path)
      assert.equal(response.status, 200, path)
      assert.equal(response.text, '')
    }
  })
})

describe('the metrics', () => {
  const six = [
    'cache_hits_total',
    'cache_misses_total',
    'cache_errors_total',
    'cache_hit_rate',
    'cache_error_rate',
    'cache_avg_latency_us',
  ]

  it('contain the original six from the first scrape, without labels, with help and type', async () => {
    const { get } = service()
    const response = await get('/metrics')
    assert.equal(response.status, 200)
    assert.equal(response.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8')
    assert.equal(response.headers.get('cache-control'), 'no-store')
    for (const name of six) {
      assert.match(response.text, new RegExp(`^${name} 0$`, 'm'))
      assert.match(response.text, new RegExp(`^# HELP ${name} .+$`, 'm'))
      const type = name.endsWith('_total') ? 'counter' : 'gauge'
      assert.match(response.text, new RegExp(`^# TYPE ${name} ${type}$`, 'm'))
    }
  })

  it('equal the reads and requests of a known sequence', async () => {
    const { get, send, behaviour, clock, outcomes, scrape, settled } = service()
    behaviour.before = async () => {
      await null // lets other requests join the load
      clock.timer += 8
    }
    await get('/api/user/user_001') //                                 miss, 8 ms
    await get('/api/user/user_001') //                                 hit
    await send('HEAD', '/api/user/user_001') //                        hit
    await get('/api/user/user_001', { 'if-none-match': '*' }) //       hit
    await get('/api/user/unknown') //                                  miss, 8 ms
    await get('/api/user/unknown') //                                  hit
    await get('/api/user/a.b') //                                      no read
    await get('/api/users?ids=user_001,user_002') //                   2 misses, 8 ms each
    await send('PUT', '/api/user/user_001', { name: 'A', email: 'a@example.com' }) // bypass
    await get('/api/user/user_001') //                                 miss, 8 ms
    await get('/api/user/user_003', { 'cache-control': 'only-if-cached' }) // miss
    await Promise.all([get('/api/user/user_003'), get('/api/user/user_003')]) // miss and coalesced, 8 ms each
    clock.ms += 61_000
    await get('/api/user/user_001') //                                 stale
    await settled()
    behaviour.before = failing
    await get('/api/user/user_002') //                                 error
    clock.ms += 361_000
    await get('/api/user/user_003') //                                 stale
    assert.equal(
      outcomes.join(' '),
      'miss hit hit hit miss hit miss miss bypass miss miss miss coalesced stale error stale',
    )

    const samples = await scrape()
    const hits = 4 + 2
    const misses = 7 + 1
    assert.equal(samples.get('cache_hits_total'), hits)
    assert.equal(samples.get('cache_misses_total'), misses)
    assert.equal(samples.get('cache_errors_total'), 1)
    assert.equal(samples.get('cache_hit_rate'), hits / (hits + misses))
    assert.equal(samples.get('cache_error_rate'), 1 / (hits + misses + 1))
    assert.ok(
      Math.abs((samples.get('cache_avg_latency_us') ?? 0) - (7 * 8 * 1000) / (hits + misses + 1)) < 1e-6,
    )
    for (const [outcome, count] of Object.entries({
      hit: 4,
      stale: 2,
      miss: 7,
      coalesced: 1,
      error: 1,
      bypass: 1,
    })) {
      assert.equal(samples.get(`cache_reads_total{cache="hitrate",outcome="${outcome}"}`), count, outcome)
      assert.equal(
        samples.get(`cache_read_duration_seconds_count{cache="hitrate",outcome="${outcome}"}`),
        count,
      )
    }
    assert.equal(samples.get('cache_loads_total{cache="hitrate",result="ok"}'), 6)
    assert.equal(samples.get('cache_loads_total{cache="hitrate",result="error"}'), 2)
    const requests = [...samples].filter(([name]) => name.startsWith('http_request_duration_seconds_count'))
    assert.equal(
      requests.reduce((sum, [, count]) => sum + count, 0),
      16,
    )
    assert.equal(samples.get('http_requests_in_flight'), 1) // this scrape
  })

  it('agree with each other in every scrape under concurrent requests', async () => {
    const { get, send, scrape, clock, behaviour } = service()
    for (let i = 0; i < 60; i++) {
      const pending = [
        get(`/api/user/user_00${i % 5}`),
        get('/api/users'),
        send('DELETE', `/api/user/user_00${i % 4}`),
      ]
      behaviour.before = i % 7 === 0 ? failing : undefined
      if (i % 5 === 0) clock.ms += 40_000
      const samples = await scrape()
      const of = (...outcomes: string[]) =>
        outcomes.reduce(
          (sum, outcome) =>
            sum + (samples.get(`cache_reads_total{cache="hitrate",outcome="${outcome}"}`) ?? 0),
          0,
        )
      const [hits, misses, errors] = [of('hit', 'stale'), of('miss', 'coalesced'), of('error')]
      assert.equal(samples.get('cache_hits_total'), hits)
      assert.equal(samples.get('cache_misses_total'), misses)
      assert.equal(samples.get('cache_errors_total'), errors)
      assert.equal(samples.get('cache_hit_rate'), hits + misses === 0 ? 0 : hits / (hits + misses))
      assert.equal(
        samples.get('cache_error_rate'),
        hits + misses + errors === 0 ? 0 : errors / (hits + misses + errors),
      )
      await Promise.all(pending)
    }
  })

  it('contain entries and sizes of the memory tier', async () => {
    const { get, scrape, cache } = service({}, {}, { maxBytes: 123_456 })
    await get('/api/user/user_001')
    const samples = await scrape()
    assert.equal(samples.get('cache_entries{cache="hitrate"}'), 1)
    assert.equal(samples.get('cache_size_bytes{cache="hitrate"}'), cache.stats().bytes)
    assert.equal(samples.get('cache_max_size_bytes{cache="hitrate"}'), 123_456)
    assert.equal(samples.get('cache_tier_up{cache="hitrate",tier="memory"}'), 1)
    assert.equal(samples.get('hitrate_build_info{version="1.2.3",runtime="test"}'), 1)
  })

  it('never carry an id, a key or a path in a label', async () => {
    const { get, send } = service()
    const secret = 'S3cret'
    await get(`/api/user/${secret}`)
    await get(`/api/user/${secret}.x`)
    await get(`/api/users?ids=${secret},user_001`)
    await get(`/api/users?after=${secret}&limit=7`)
    await get(`/nowhere/${secret}?${secret}`)
    await get(`http://${secret}.example/api/user/user_001`, { 'user-agent': secret })
    await send(secret, '/api/user/user_001')
    await send('POST', '/api/user', { id: secret, name: secret, email: 'x@example.com' })
    await send('PUT', `/api/user/${secret}`, { name: 'x', email: `${secret}@example.com` })
    await send('DELETE', `/api/user/${secret}`)
    await send('POST', `/metrics/${secret}`)
    const { text } = await get('/metrics')
    assert.doesNotMatch(text, new RegExp(secret, 'i'))
    const routes = new Set([...text.matchAll(/route="([^"]*)"/g)].map(([, route]) => route))
    assert.deepEqual([...routes].sort(), ['/*', '/api/user', '/api/user/:id', '/api/users'])
    const labels = new Set([...text.matchAll(/(\w+)="/g)].map(([, name]) => name))
    const known = [
      'cache',
      'le',
      'method',
      'metric',
      'operation',
      'outcome',
      'reason',
      'result',
      'route',
      'runtime',
      'scope',
      'status',
      'tier',
      'version',
      'warning',
    ]
    assert.deepEqual(
      [...labels].filter((name) => !known.includes(name ?? '')),
      [],
    )
  })

  it('need the token if there is one', async () => {
    const { get } = service({ metricsToken: 'secret' })
    assertProblem(await get('/metrics'), 401, 'Scraping needs the metrics token')
    assert.equal((await get('/metrics', { authorization: 'Bearer secret' })).status, 200)
    assert.equal((await get('/health')).status, 200)
  })
})

describe('createApp', () => {
  it('throws for an invalid targetedControl, with its name', () => {
    assert.throws(
      () => service({ targetedControl: 'one minute' }),
      /^TypeError: cached: targetedControl must be/,
    )
    assert.throws(
      () => service({ targetedControl: 'max-age=1m' }),
      /^TypeError: cached: targetedControl must be/,
    )
  })

  it('throws for an unknown, missing or mistyped part, with its name', () => {
    const cases: [parts: object, message: string][] = [
      [{ apiTokn: 'x' }, 'createApp: unknown option "apiTokn"; did you mean "apiToken"?'],
      [{ openWrites: 'yes' }, 'createApp: openWrites must be a boolean, got "yes"'],
      [{ cache: {} }, 'createApp: cache must be a cache made by createCache(), got an object'],
      [{ version: undefined }, 'createApp: version must be a string, got undefined'],
    ]
    for (const [parts, message] of cases) assert.throws(() => service(parts), new TypeError(message))
  })

  it('calls onRequest for every request', async () => {
    const requests: unknown[] = []
    const { get, send } = service({
      onRequest: ({ method, route, status }) => requests.push([method, route, status]),
    })
    await get('/api/user/user_001')
    await send('HEAD', '/api/user/user_001')
    await get('/nowhere')
    assert.deepEqual(requests, [
      ['GET', '/api/user/:id', 200],
      ['HEAD', '/api/user/:id', 200],
      ['GET', '/*', 404],
    ])
  })

  it('reports the first error of onRequest, of the middleware and of the front, and answers as always', async () => {
    const { get, errors, scrape } = service({
      onRequest() {
        throw new Error('log is full')
      },
    })
    for (const _ of [1, 2, 3, 4]) assert.equal((await get('/api/user/user_001')).status, 200)
    const reports = errors.map(({ error, context }) => [(error as Error).message, context])
    assert.deepEqual(reports, Array(2).fill(['log is full', { callback: 'onRequest' }]))
    const counted = 'http_request_duration_seconds_count{method="GET",route="/api/user/:id",status="200"}'
    assert.equal((await scrape()).get(counted), 4)
  })

  it('counts sizes of bodies, and shows the trace of a request as an exemplar', async () => {
    const { app, get, send, scrape } = service({ openWrites: true })
    const id = '4bf92f3577b34da6a3ce929d0e0e4736'
    const { text } = await get('/api/user/user_001', { traceparent: `00-${id}-00f067aa0ba902b7-01` })
    const user = { id: 'user_900', name: 'New', email: 'new@example.com' }
    await send('POST', '/api/user', user, { 'content-length': String(JSON.stringify(user).length) })
    const samples = await scrape()
    const ofUser = '{method="GET",route="/api/user/:id"}'
    assert.equal(samples.get(`http_response_size_bytes_sum${ofUser}`), text.length)
    assert.equal(samples.get('http_request_size_bytes_count{method="POST",route="/api/user"}'), 1)
    const response = await app.request('/metrics', { headers: { accept: 'application/openmetrics-text' } })
    const [exemplar] = (await response.text()).match(/^http_request_duration_seconds_bucket.*# .*$/m) ?? []
    assert.match(
      exemplar ?? 'none',
      new RegExp(`route="/api/user/:id".*trace_id="${id}",span_id="00f067aa0ba902b7"`),
    )
  })

  it('describes itself at /openapi.json and /docs, unless it should not', async () => {
    for (const path of ['/openapi.json', '/docs']) {
      const described = await service().get(path)
      assert.deepEqual([described.status, described.headers.get('cache-status')], [200, null])
      assertProblem(await service({ apiDocs: false }).get(path), 404, 'There is nothing at this path')
      assertProblem(await service().send('POST', path), 405, 'POST is not allowed here')
    }
  })

  it('creates services that share no state', async () => {
    const [one, other] = [service(), service()]
    await one.send('DELETE', '/api/user/user_001')
    await one.get('/api/user/user_001')
    assert.equal((await other.get('/api/user/user_001')).status, 200)
    assert.equal((await other.scrape()).get('cache_misses_total'), 1)
  })
})

describe('createFetch', () => {
  it('throws for an unknown or missing part, with its name', () => {
    const { app, cache } = service()
    const instruments = createInstruments({ registry: createRegistry(), version: '1', runtime: 'test' })
    assert.throws(
      () => createFetch(app, { cache, instruments, onRequests: () => {} } as never),
      new TypeError('createFetch: unknown option "onRequests"; did you mean "onRequest"?'),
    )
    assert.throws(
      () => createFetch(app, { cache } as never),
      new TypeError(
        'createFetch: instruments must be instruments made by createInstruments(), got undefined',
      ),
    )
  })
})
