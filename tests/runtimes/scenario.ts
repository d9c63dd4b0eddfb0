/** One scenario over HTTP, run on every runtime: each endpoint, hits, misses and writes, and metrics that add up exactly. */
import assert from 'node:assert/strict'
import { request } from 'node:http'
import { after, before, describe, it } from 'node:test'
import type { DashboardData } from '../../src/dashboard/data/dashboard-data.ts'
import { type AnswerCheck, createAnswerCheck, openapiJson } from '../support/openapi/answer-check.ts'
import type { RunningService } from './running-service.ts'
import { scrapeValues, six } from './scrape-values.ts'

const API_TOKEN = 'the-token-of-the-scenario'
const ADMIN_TOKEN = 'the-admin-token-of-the-scenario'

/** Environment variables that the scenario needs. */
export const scenarioEnv = { API_TOKEN, ADMIN_TOKEN, ACCESS_LOG: 'on', DASHBOARD: 'token' }

const alice = { id: 'user_001', name: 'Alice Johnson', email: 'alice@example.com' }
const bob = { id: 'user_002', name: 'Bob Smith', email: 'bob@example.com' }
const charlie = { id: 'user_003', name: 'Charlie Brown', email: 'charlie@example.com' }

interface ListParts {
  /** Number of parts that must be loaded; with threads, the least. */
  loaded: number
  /** Number of all parts. */
  of: number
  /** Number of loads that this takes. */
  loads: number
}

/**
 * Defines the scenario as tests. With `threads` each request may reach another thread, with another memory tier: an expected
 * hit may be a miss there. An expected miss is a miss in every thread.
 */
export function describeScenario(
  runtime: string,
  start: () => Promise<RunningService>,
  { threads = false }: { threads?: boolean } = {},
): void {
  describe(`the service on ${runtime}`, () => {
    let service: RunningService
    let checkAnswer: AnswerCheck
    /** Reads of the scenario so far, which the metrics must equal. */
    const reads = { hit: 0, miss: 0, bypass: 0 }
    /** Loads of lists, beside one for each other miss. With threads, the least and the most that their misses can have taken. */
    const listLoads = { least: 0, most: 0, ofMisses: 0 }

    before(async () => {
      checkAnswer = await createAnswerCheck(openapiJson())
      service = await start()
    })
    /** The ids of all requests, in the order in which they were sent. */
    const ids: string[] = []
    after(async () => {
      assertLogged(ids, (await service?.end())?.output ?? '')
    })

    /** Sends a request and holds the answer against the OpenAPI document. */
    async function get(path: string, init: RequestInit = {}): Promise<Response> {
      const connection = threads ? { connection: 'close' } : {}
      const response = await fetch(service.url + path, {
        ...init,
        headers: { ...init.headers, ...connection, 'x-request-id': newId() },
      })
      const { status, headers } = response
      assert.equal(headers.get('x-request-id'), ids.at(-1))
      assert.match(headers.get('traceparent') ?? 'none', /^00-[\da-f]{32}-[\da-f]{16}-00$/)
      checkAnswer(
        { method: init.method ?? 'GET', path },
        { status, headers, text: await response.clone().text() },
      )
      return response
    }

    function newId(): string {
      ids.push(`scenario-${ids.length}`)
      return ids.at(-1) ?? ''
    }

    /** Sends a GET whose Cache-Status must show this outcome. */
    async function read(outcome: 'hit' | 'miss', path: string, init: RequestInit = {}): Promise<Response> {
      const response = await get(path, init)
      countOutcome(outcome, response.headers.get('cache-status') ?? 'no Cache-Status')
      return response
    }

    function countOutcome(outcome: 'hit' | 'miss', cacheStatus: string): void {
      const isOtherThread = threads && outcome === 'hit' && cacheStatus.includes('fwd=uri-miss')
      const actual = isOtherThread ? 'miss' : outcome
      reads[actual]++
      assert.match(cacheStatus, actual === 'hit' ? /^hitrate; hit/ : /fwd=/)
    }

    /** Sends a GET for a list, each part of which is a read: each user, and for a page also what it contains. */
    async function list(path: string, parts: ListParts): Promise<unknown> {
      const response = await listResponse(path, parts)
      assert.equal(response.status, 200)
      return response.json()
    }

    async function listResponse(path: string, parts: ListParts, init: RequestInit = {}): Promise<Response> {
      const response = await get(path, init)
      const status = response.headers.get('cache-status') ?? 'no Cache-Status'
      const [, some] = /^hitrate; fwd=partial; .*detail=loaded-(\d+)-of-\d+$/.exec(status) ?? []
      const loaded = status.startsWith('hitrate; hit') ? 0 : Number(some ?? parts.of)
      if (threads) assert.ok(loaded >= parts.loaded, status)
      else assert.equal(loaded, parts.loaded, status)
      reads.miss += loaded
      reads.hit += parts.of - loaded
      listLoads.ofMisses += loaded
      listLoads.least += threads ? Math.min(loaded, 1) : parts.loads
      listLoads.most += threads ? Math.min(loaded, 2) : parts.loads
      return response
    }

    async function write(
      method: string,
      path: string,
      body?: unknown,
      conditions: Record<string, string> = {},
    ): Promise<Response> {
      const json = { 'content-type': 'application/json' }
      const headers = { authorization: `Bearer ${API_TOKEN}`, ...json, ...conditions }
      return get(path, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) })
    }

    /** Sends a write that reaches the handler, which counts as a bypass. */
    async function writeThrough(
      status: number,
      method: string,
      path: string,
      body?: unknown,
      conditions?: Record<string, string>,
    ): Promise<Response> {
      const response = await write(method, path, body, conditions)
      reads.bypass++
      assert.equal(response.status, status)
      assert.equal(response.headers.get('cache-status'), 'hitrate; fwd=method')
      return response
    }

    async function assertProblem(response: Response, status: number, error: RegExp): Promise<void> {
      const body = await response.text()
      assert.equal(response.status, status, body)
      assert.equal(response.headers.get('content-type'), 'application/problem+json')
      const problem = JSON.parse(body) as Record<string, unknown>
      assert.equal(problem.status, status)
      assert.match(JSON.stringify([problem.error, problem.errors]), error)
      assert.doesNotMatch(body, /\bat .+:\d+:\d+/, 'a stack trace')
    }

    it('is healthy and ready', async () => {
      const health = await get('/health')
      assert.equal(health.status, 200)
      const { status, service: name } = (await health.json()) as Record<string, unknown>
      assert.deepEqual([status, name], ['healthy', 'hitrate'])
      const ready = await get('/health/ready')
      assert.equal(ready.status, 200)
      assert.deepEqual(await ready.json(), { status: 'ready', repository: 'up', tiers: { memory: 'up' } })
    })

    it('serves the OpenAPI document, by which all answers of this scenario are judged', async () => {
      const response = await get('/openapi.json')
      assert.equal(response.status, 200)
      assert.deepEqual(await response.json(), JSON.parse(openapiJson()))
      const etag = response.headers.get('etag') ?? ''
      const notModified = await get('/openapi.json', { headers: { 'if-none-match': etag } })
      assert.deepEqual([notModified.status, await notModified.text()], [304, ''])
    })

    it('serves the page of the OpenAPI document', async () => {
      const response = await get('/docs')
      assert.equal(response.status, 200)
      assert.match(
        response.headers.get('content-security-policy') ?? '',
        /^default-src 'none'; script-src 'self';/,
      )
      assert.match(await response.text(), /^<!doctype html>/)
    })

    it('exposes the six metrics from the first scrape', async () => {
      const response = await get('/metrics')
      assert.equal(response.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8')
      const values = await scrapeValues(service.url)
      for (const name of six) assert.equal(values.get(name), 0, name)
    })

    it('loads a user once, then serves it from the cache under every host name', async () => {
      assert.deepEqual(await (await read('miss', '/api/user/user_001')).json(), alice)
      const hit = await read('hit', '/api/user/user_001')
      assert.deepEqual(await hit.json(), alice)
      if (!threads) assert.match(hit.headers.get('age') ?? '', /^\d+$/)
      assert.equal(hit.headers.get('cache-control'), 'public, max-age=0')
      assert.equal(hit.headers.get('hitrate-cache-control'), null)
      assert.equal(hit.headers.get('cache-tag'), null)

      countOutcome('hit', await statusUnderHost(service.url, '/api/user/user_001', 'other.example'))
    })

    it('serves HEAD and a matching If-None-Match from the cache', async () => {
      const head = await read('hit', '/api/user/user_001', { method: 'HEAD' })
      assert.equal(head.headers.get('content-length'), String(JSON.stringify(alice).length))
      const etag = head.headers.get('etag') ?? ''
      const notModified = await read('hit', '/api/user/user_001', {
        headers: { 'if-none-match': `"x", ${etag}` },
      })
      assert.deepEqual([notModified.status, await notModified.text()], [304, ''])
    })

    it('sends Content-Length to HEAD also without the cache', async () => {
      for (const path of ['/health/ready', '/nothing']) {
        const body = await (await get(path)).text()
        const head = await get(path, { method: 'HEAD' })
        assert.equal(head.headers.get('content-length'), String(body.length), path)
      }
    })

    it('stores the 404 of an unknown id', async () => {
      await assertProblem(await read('miss', '/api/user/dave'), 404, /User not found/)
      await assertProblem(await read('hit', '/api/user/dave'), 404, /User not found/)
    })

    it('refuses malformed requests with the name of the field, without a read', async () => {
      await assertProblem(await get('/api/user/a%20b'), 400, /"id"/)
      await assertProblem(await get(`/api/user/${'x'.repeat(65)}`), 400, /"id"/)
      await assertProblem(await get('/api/users?limit=0'), 400, /"limit"/)
      await assertProblem(await get('/api/users?ids=a,b,%00'), 400, /"ids/)
    })

    it('lists users by ids and by pages, from one entry for each user', async () => {
      const byId = { users: [alice, charlie], missing: ['dave'] }
      assert.deepEqual(
        await list('/api/users?ids=user_003,user_001,dave', { loaded: 3, of: 3, loads: 1 }),
        byId,
      )
      assert.deepEqual(
        await list('/api/users?ids=dave,user_001,user_003', { loaded: 0, of: 3, loads: 0 }),
        byId,
      )
      const page = { users: [alice, bob], total: 3, next: 'user_002' }
      assert.deepEqual(await list('/api/users?limit=2', { loaded: 2, of: 3, loads: 2 }), page)
      assert.deepEqual(await list('/api/users?limit=2', { loaded: 0, of: 3, loads: 0 }), page)
      assert.deepEqual(await list('/api/users?limit=2&after=user_002', { loaded: 1, of: 2, loads: 1 }), {
        users: [charlie],
        total: 3,
        next: null,
      })
    })

    it('serves HEAD, If-None-Match and links of a page', async () => {
      const parts = { loaded: 0, of: 3, loads: 0 }
      const text = JSON.stringify(await list('/api/users?limit=2', parts))
      const head = await listResponse('/api/users?limit=2', parts, { method: 'HEAD' })
      assert.equal(head.headers.get('content-length'), String(text.length))
      assert.equal(head.headers.get('link'), '</api/users?limit=2&after=user_002>; rel="next"')
      const etag = head.headers.get('etag') ?? ''
      const headers = { 'if-none-match': `"x", ${etag}` }
      const same = await listResponse('/api/users?limit=2', parts, { headers })
      assert.deepEqual([same.status, await same.text()], [304, ''])
    })

    it('refuses writes without the token and invalid users', async () => {
      const json = { 'content-type': 'application/json' }
      await assertProblem(await get('/api/user/user_001', { method: 'DELETE' }), 401, /token/)
      await assertProblem(
        await write('POST', '/api/user', { id: 'a b', name: '', email: 'x' }),
        400,
        /id.*name.*email/,
      )
      const authorized = { authorization: `Bearer ${API_TOKEN}` }
      await assertProblem(
        await get('/api/user', { method: 'POST', headers: { ...json, ...authorized }, body: '{"id":' }),
        400,
        /body/,
      )
      await assertProblem(
        await get('/api/user', {
          method: 'POST',
          headers: { ...authorized, 'content-type': 'text/csv' },
          body: 'a,b',
        }),
        415,
        /application\/json/,
      )
      await assertProblem(
        await write('POST', '/api/user', { ...alice, name: 'x'.repeat(70_000) }),
        413,
        /65536/,
      )
    })

    it('creates a user, and invalidates the stored 404 and lists', async () => {
      const dave = { id: 'dave', name: 'Dave Grohl', email: 'dave@example.com' }
      const made = await writeThrough(201, 'POST', '/api/user', dave)
      assert.equal(made.headers.get('location'), '/api/user/dave')
      assert.deepEqual(await made.json(), dave)
      await assertProblem(await writeThrough(409, 'POST', '/api/user', dave), 409, /"id".*dave/)
      assert.deepEqual(await (await read('miss', '/api/user/dave')).json(), dave)
      assert.deepEqual(await list('/api/users?ids=dave,user_001,user_003', { loaded: 1, of: 3, loads: 1 }), {
        users: [dave, alice, charlie],
        missing: [],
      })
      const page = { users: [dave, alice], total: 4, next: 'user_001' }
      assert.deepEqual(await list('/api/users?limit=2', { loaded: 1, of: 3, loads: 1 }), page)
    })

    it('updates and removes users, and never serves the old ones', async () => {
      const changed = { name: 'Alice Cooper', email: 'cooper@example.com' }
      await writeThrough(200, 'PUT', '/api/user/user_001', changed)
      assert.deepEqual(await (await read('miss', '/api/user/user_001')).json(), {
        id: 'user_001',
        ...changed,
      })
      await writeThrough(404, 'PUT', '/api/user/unknown', changed)
      await writeThrough(204, 'DELETE', '/api/user/dave')
      await writeThrough(404, 'DELETE', '/api/user/dave')
      await assertProblem(await read('miss', '/api/user/dave'), 404, /User not found/)
      const page = await list('/api/users?limit=2', { loaded: 2, of: 3, loads: 2 })
      assert.deepEqual(page, {
        users: [{ id: 'user_001', ...changed }, bob],
        total: 3,
        next: 'user_002',
      })
    })

    it('writes only if the conditions of the request hold', async () => {
      const path = '/api/user/user_002'
      const changed = { name: 'Bob Dylan', email: 'dylan@example.com' }
      const etag = (await read('miss', path)).headers.get('etag') ?? ''
      const refused = await writeThrough(412, 'PUT', path, changed, { 'if-match': '"wrong"' })
      assert.equal(refused.headers.get('etag'), etag)
      await assertProblem(refused, 412, /If-Match/)
      const written = await writeThrough(200, 'PUT', path, changed, { 'if-match': `"wrong", ${etag}` })
      assert.equal(written.headers.get('content-location'), path)
      const next = await read('miss', path)
      assert.ok(next.headers.get('etag'))
      assert.equal(next.headers.get('etag'), written.headers.get('etag'))
      assert.match(written.headers.get('last-modified') ?? '', / GMT$/)
      const lost = { 'if-match': etag }
      await assertProblem(await writeThrough(412, 'DELETE', path, undefined, lost), 412, /If-Match/)
      const create = { 'if-none-match': '*' }
      await assertProblem(await writeThrough(412, 'POST', '/api/user', bob, create), 412, /If-None-Match/)
      await assertProblem(await write('PUT', path, changed, { 'if-match': 'wrong' }), 400, /If-Match/)
      const current = { 'if-match': next.headers.get('etag') ?? '' }
      await writeThrough(200, 'PUT', path, { name: bob.name, email: bob.email }, current)
    })

    it('purges by URL under any host name, by tag, and everything, with the admin token', async () => {
      const counts = { urls: 0, tags: 0, prefixes: 0 }
      async function purge(body: object, token = ADMIN_TOKEN): Promise<Response> {
        const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
        return get('/admin/purge', { method: 'POST', headers, body: JSON.stringify(body) })
      }
      const none = { ...counts, all: false, unreached: [], unmatched: [], confirmed: true }
      const purges: [body: object, done: object][] = [
        [
          { urls: ['/api/user/user_002?x=1', 'https://other.example/nothing'] },
          { ...none, urls: 1, unreached: ['https://other.example/nothing'] },
        ],
        [{ urls: ['https://other.example/api/user/user_002'] }, { ...none, urls: 1 }],
        [{ tags: ['user:user_002'] }, { ...none, tags: 1 }],
        [{ prefixes: ['/api/user/'] }, { ...none, prefixes: 1 }],
        [{ all: true }, { ...none, all: true }],
      ]
      await read('miss', '/api/user/user_002')
      for (const [body, done] of purges) {
        await read('hit', '/api/user/user_002')
        const response = await purge(body)
        assert.equal(response.status, 200)
        const purged = (await response.json()) as { urls: number; unmatched: string[] }
        // Another thread may have had the response in its memory. It is removed there, but not counted.
        if (threads) Object.assign(purged, { urls: purged.urls + purged.unmatched.length, unmatched: [] })
        assert.deepEqual(purged, done)
        assert.deepEqual(await (await read('miss', '/api/user/user_002')).json(), bob)
      }
      await assertProblem(await purge({ all: true }, API_TOKEN), 401, /admin token/)
      await assertProblem(await purge({ urls: ['/', 'x'] }), 400, /"urls.1"/)
      await read('hit', '/api/user/user_002')
    })

    it('responds to unknown paths, wrong methods and OPTIONS', async () => {
      await assertProblem(await get('/nothing'), 404, /nothing/)
      const patch = await get('/api/user/user_001', { method: 'PATCH' })
      assert.equal(patch.headers.get('allow'), 'GET, HEAD, PUT, DELETE, OPTIONS')
      await assertProblem(patch, 405, /PATCH/)
      const options = await get('/metrics', { method: 'OPTIONS' })
      assert.deepEqual([options.status, options.headers.get('allow')], [204, 'GET, HEAD, OPTIONS'])
    })

    it('shows the page with the figures of the metrics, to those who have a token', async () => {
      const send = (path: string, password: string) =>
        fetch(service.url + path, { headers: { authorization: `Basic ${btoa(`any:${password}`)}` } })
      const refused = await fetch(`${service.url}/`)
      assert.match(refused.headers.get('www-authenticate') ?? 'none', /^Basic realm=/)
      await assertProblem(refused, 401, /metrics token or the admin token/)
      await assertProblem(await send('/data.json', API_TOKEN), 401, /metrics token or the admin token/)
      const page = await send('/', ADMIN_TOKEN)
      assert.match(await page.text(), /^<!doctype html>/)
      assert.match(page.headers.get('content-security-policy') ?? 'none', /default-src 'none'/)
      for (const [file, type] of [
        ['dashboard.css', /^text\/css/],
        ['dashboard.js', /^text\/javascript/],
      ] as const) {
        const response = await send(`/${file}`, ADMIN_TOKEN)
        assert.match(response.headers.get('content-type') ?? 'none', type)
        assert.equal(response.headers.get('x-content-type-options'), 'nosniff')
        assert.ok((await response.text()).length > 1000, file)
      }
      const data = (await (await send('/data.json', ADMIN_TOKEN)).json()) as DashboardData
      assert.deepEqual(data.caches[0]?.reads, { ...reads, stale: 0, coalesced: 0, error: 0 })
      assert.equal(data.caches[0]?.hitRate, reads.hit / (reads.hit + reads.miss))
    })

    it('has counted every read of this scenario once', async () => {
      const values = await scrapeValues(service.url)
      const outcomes = ['hit', 'stale', 'miss', 'coalesced', 'error', 'bypass']
      assert.deepEqual(
        Object.fromEntries(
          outcomes.map((o) => [o, values.get(`cache_reads_total{cache="hitrate",outcome="${o}"}`)]),
        ),
        { ...reads, stale: 0, coalesced: 0, error: 0 },
      )
      assert.equal(values.get('cache_hits_total'), reads.hit)
      assert.equal(values.get('cache_misses_total'), reads.miss)
      assert.equal(values.get('cache_errors_total'), 0)
      assert.equal(values.get('cache_hit_rate'), reads.hit / (reads.hit + reads.miss))
      assert.equal(values.get('cache_error_rate'), 0)
      assert.ok((values.get('cache_avg_latency_us') ?? 0) > 0)
      const loads = values.get('cache_loads_total{cache="hitrate",result="ok"}') ?? 0
      const ofSingle = reads.miss - listLoads.ofMisses
      assert.ok(loads >= ofSingle + listLoads.least && loads <= ofSingle + listLoads.most, `${loads} loads`)
      assert.equal(values.get('http_requests_in_flight'), 1, 'the scrape itself')
      for (const name of values.keys())
        assert.doesNotMatch(name, /user_00|dave|%/, 'a label carries an id or a path')
    })
  })
}

/** Defines a test with entries that are stale immediately: each is served, and refreshed in the background by one load. */
export function describeStaleWhileRevalidate(
  runtime: string,
  start: (env: Record<string, string>) => Promise<RunningService>,
): void {
  describe(`stale-while-revalidate on ${runtime}`, () => {
    it('serves a stale response, and loads in the background', { timeout: 60_000 }, async () => {
      const service = await start({ CACHE_TARGETED_CONTROL: 'max-age=0, stale-while-revalidate=300' })
      const loads = async () =>
        (await scrapeValues(service.url)).get('cache_loads_total{cache="hitrate",result="ok"}') ?? 0
      try {
        const first = await fetch(`${service.url}/api/user/user_001`)
        assert.deepEqual(await first.json(), alice)
        const headers = { 'if-none-match': first.headers.get('etag') ?? '', range: 'bytes=0-3' }
        const stale = await fetch(`${service.url}/api/user/user_001`, { headers })
        assert.equal(stale.status, 304)
        assert.match(stale.headers.get('cache-status') ?? '', /^hitrate; hit; ttl=-\d+$/)
        while ((await loads()) < 2);

        // The refresh must store the full response, although the request that started it was conditional and had a Range.
        const next = await fetch(`${service.url}/api/user/user_001`)
        assert.deepEqual([next.status, await next.json()], [200, alice])
        assert.match(next.headers.get('cache-status') ?? '', /^hitrate; hit; ttl=-\d+$/)
        while ((await loads()) < 3);
        const values = await scrapeValues(service.url)
        const outcomes = ['stale', 'miss', 'error'].map((o) =>
          values.get(`cache_reads_total{cache="hitrate",outcome="${o}"}`),
        )
        assert.deepEqual(outcomes, [2, 1, 0])
      } finally {
        await service.end()
      }
    })
  })
}

/** Defines a test of concurrent requests for a cold key, for runtimes where requests may share a promise. */
export function describeStampede(
  runtime: string,
  start: (env: Record<string, string>) => Promise<RunningService>,
): void {
  it(`${runtime}: concurrent requests for a cold key share one load`, { timeout: 60_000 }, async () => {
    const service = await start({ REPOSITORY_DELAY_MS: '300' })
    try {
      const requests = Array.from({ length: 200 }, () => fetch(`${service.url}/api/user/user_001`))
      for (const response of await Promise.all(requests)) assert.deepEqual(await response.json(), alice)
      const values = await scrapeValues(service.url)
      assert.equal(values.get('cache_loads_total{cache="hitrate",result="ok"}'), 1)
      const count = (outcome: string) =>
        values.get(`cache_reads_total{cache="hitrate",outcome="${outcome}"}`) ?? 0
      assert.equal(count('miss'), 1)
      assert.equal(count('coalesced') + count('hit'), 199)
      assert.ok(count('coalesced') > 0)
    } finally {
      await service.end()
    }
  })
}

/** Returns the Cache-Status of a request with another Host, which `fetch` cannot send. */
function statusUnderHost(url: string, path: string, host: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const outgoing = request(new URL(path, url), { headers: { host } }, (response) => {
      response.resume()
      resolve(String(response.headers['cache-status']))
    })
    outgoing.on('error', reject).end()
  })
}

/** Asserts that each request has one line in the access log, also those before the signal that ended the process. */
function assertLogged(ids: readonly string[], output: string): void {
  const lines = output.split('\n').filter((line) => line.includes('"Request answered"'))
  const logged = lines.map((line) => JSON.parse(line.slice(line.indexOf('{'))).properties)
  assert.deepEqual(
    logged
      .map(({ requestId }) => requestId)
      .filter((id) => ids.includes(id))
      .sort(),
    [...ids].sort(),
  )
  for (const { path, client, durationMs, status } of logged) {
    assert.match(path, /^\/[^?]*$/)
    assert.match(client, /^(?:127\.0\.0\.1|::1)$/)
    assert.deepEqual([typeof durationMs, typeof status], ['number', 'number'])
  }
  assert.ok(logged.some(({ cache }) => cache === 'hit') && logged.some(({ cache }) => cache === 'miss'))
}
