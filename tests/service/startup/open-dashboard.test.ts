import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { dashboard } from '../../../src/dashboard/dashboard.ts'
import type { DashboardData } from '../../../src/dashboard/data/dashboard-data.ts'
import { readConfig } from '../../../src/service/startup/config.ts'
import { openService } from '../../../src/service/startup/open-service.ts'
import { inMemoryRepository } from '../../../src/service/users/in-memory.ts'
import { withHost } from '../../support/config-problems.ts'
import { keepLog } from '../../support/kept-log.ts'

const METRICS_TOKEN = 'a-token-for-scrapes'
const ADMIN_TOKEN = 'a-token-for-purges'

function open(environment: Record<string, string> = {}) {
  const { log, lines } = keepLog()
  const { fetch } = openService({
    config: readConfig(environment, withHost),
    repository: inMemoryRepository(),
    log,
    runtime: 'test',
    coalesce: true,
    page: dashboard,
  })
  const send = async (path: string, init?: RequestInit) => fetch(new Request(`http://localhost${path}`, init))
  const data = async (init?: RequestInit) => (await (await send('/data.json', init)).json()) as DashboardData
  return { send, data, lines }
}

const withPassword = (token: string) => ({ headers: { authorization: `Basic ${btoa(`me:${token}`)}` } })

describe('the page of the service', () => {
  it('is at / by default, for GET and HEAD, whatever the client accepts', async () => {
    const { send } = open()
    for (const accept of ['text/html', 'application/json', '*/*']) {
      const response = await send('/', { headers: { accept } })
      assert.equal(response.status, 200)
      assert.match(await response.text(), /^<!doctype html>/)
    }
    assert.equal((await send('/', { method: 'HEAD' })).status, 200)
    const post = await send('/', { method: 'POST' })
    assert.deepEqual([post.status, post.headers.get('allow')], [405, 'GET, HEAD, OPTIONS'])
  })

  it('is absent with DASHBOARD=off: 404 for it and its files', async () => {
    const { send } = open({ DASHBOARD: 'off' })
    for (const path of ['/', '/data.json', '/dashboard.css', '/dashboard.js', '/purge']) {
      const response = await send(path)
      assert.equal(response.status, 404, path)
      assert.equal(response.headers.get('content-type'), 'application/problem+json')
    }
  })

  it('needs a token with DASHBOARD=token, also its data and its files', async () => {
    const { send, lines } = open({ DASHBOARD: 'token', METRICS_TOKEN, ADMIN_TOKEN })
    for (const path of ['/', '/data.json', '/dashboard.css', '/dashboard.js']) {
      for (const token of [METRICS_TOKEN, ADMIN_TOKEN])
        assert.equal((await send(path, withPassword(token))).status, 200, path)
      assert.equal((await send(path)).status, 401, path)
      assert.equal((await send(path, withPassword('other'))).status, 401, path)
    }
    assert.deepEqual(lines[0], {
      level: 'warning',
      message: 'Request refused',
      properties: {
        ...lines[0]?.properties,
        method: 'GET',
        path: '/',
        status: 401,
        reason: 'The dashboard needs the metrics token or the admin token',
      },
    })
    assert.equal((await send('/health')).status, 200)
  })

  it('adds nothing to the other routes', async () => {
    const { send } = open()
    for (const path of ['/health', '/api/user/user_001', '/metrics', '/nothing']) {
      const { headers } = await send(path)
      assert.equal(headers.get('content-security-policy'), null, path)
    }
    const elsewhere = await send('/health', { headers: { 'x-forwarded-for': '10.0.0.1' } })
    assert.equal(elsewhere.status, 200)
  })

  it('shows keys only while users are public', async () => {
    const reads = { READ_TOKEN: 'a-token-for-reads', API_TOKEN: 'a-token-for-writes' }
    for (const [environment, key] of [
      [{}, '/api/user/user_001'],
      [reads, undefined],
    ] as const) {
      const { send, data } = open(environment)
      await send('/api/user/user_001', { headers: { authorization: 'Bearer a-token-for-reads' } })
      const [cache] = (await data()).caches
      assert.equal(cache?.stored?.entries, 1)
      assert.equal(cache?.top?.largest[0]?.key, key)
    }
  })

  it('purges with the admin token; without one only where anyone may write', async () => {
    const all = { method: 'POST', body: '{"all":true}' }
    const json = { 'content-type': 'application/json' }
    const purge = async (environment: Record<string, string>, headers: Record<string, string> = {}) =>
      (await open(environment).send('/purge', { ...all, headers: { ...json, ...headers } })).status
    assert.equal(await purge({}), 200)
    assert.equal(await purge({}, { origin: 'https://evil.example' }), 403)
    assert.equal(await purge({ ADMIN_TOKEN }), 401)
    assert.equal(await purge({ ADMIN_TOKEN }, { authorization: `Bearer ${ADMIN_TOKEN}` }), 200)
    assert.equal(await purge({ API_TOKEN: 'a-token-for-writes' }), 404)
    const onlyScrapes = { DASHBOARD: 'token', METRICS_TOKEN }
    assert.equal(await purge(onlyScrapes, { authorization: `Bearer ${METRICS_TOKEN}` }), 404)
  })

  it('has the route / in the metrics of requests', async () => {
    const { send, data } = open()
    await send('/')
    await send('/data.json')
    const { routes } = await data()
    assert.deepEqual(
      routes.map(({ method, route, requests }) => [method, route, requests]),
      [
        ['GET', '/', 1],
        ['GET', '/data.json', 1],
      ],
    )
  })
})
