import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { RefusedRequest } from '../../../src/service/access/report-refusals.ts'
import { frontedServices } from '../../support/fronted-service.ts'

const tokens = {
  readToken: 'a-token-for-reads',
  apiToken: 'a-token-for-writes',
  metricsToken: 'a-token-for-scrapes',
  adminToken: 'a-token-for-purges',
}
const purger = { authorization: `Bearer ${tokens.adminToken}` }
const json = { ...purger, 'content-type': 'application/json' }
const purge = (body: BodyInit, headers: Record<string, string> = json): [string, RequestInit] => [
  '/admin/purge',
  { method: 'POST', body, headers },
]

for (const [name, start] of frontedServices) {
  describe(`onRefused, on ${name}`, () => {
    it('gets each refused request with its reason, and no other', async (t) => {
      const refused: RefusedRequest[] = []
      const { send } = await start(t, {
        ...tokens,
        requestIds: 'off',
        onRefused: (request) => void refused.push(request),
      })
      const requests: [string, RequestInit?][] = [
        ['/api/user/user_001'],
        ['/api/user/user_001', { method: 'HEAD' }],
        ['/api/users?ids=a'],
        [
          '/api/user/user_001',
          { method: 'DELETE', headers: { authorization: `Bearer ${tokens.readToken}` } },
        ],
        ['/metrics', { headers: { authorization: 'Bearer guess' } }],
        purge('{"all":true}', { 'content-type': 'application/json' }),
        purge('{', json),
        purge('{"everything":1,"urls":["//other"]}'),
        purge(JSON.stringify({ tags: Array.from({ length: 101 }, (_, i) => `t${i}`) })),
        purge('{"all":true}', purger),
        purge('x'.repeat(70_000)),
        // Not refused:
        purge('{"tags":["t"]}'),
        ['/health'],
        ['/nothing'],
        ['/admin/purge'],
        ['/api/user/a.b', { headers: { authorization: `Bearer ${tokens.readToken}` } }],
      ]
      for (const [path, init] of requests) await (await send(path, init)).text()
      const path = '/admin/purge'
      const invalid = { method: 'POST', path, status: 400, reason: 'The body is not valid' }
      assert.deepEqual(refused, [
        { method: 'GET', path: '/api/user/user_001', status: 401, reason: 'Reads need the read token' },
        { method: 'HEAD', path: '/api/user/user_001', status: 401, reason: 'Reads need the read token' },
        { method: 'GET', path: '/api/users', status: 401, reason: 'Reads need the read token' },
        { method: 'DELETE', path: '/api/user/user_001', status: 401, reason: 'Writes need the API token' },
        { method: 'GET', path: '/metrics', status: 401, reason: 'Scraping needs the metrics token' },
        { method: 'POST', path, status: 401, reason: 'Purging needs the admin token' },
        { ...invalid, errors: 'body must be JSON' },
        { ...invalid, errors: refused[7]?.errors },
        { ...invalid, errors: refused[8]?.errors },
        { method: 'POST', path, status: 415, reason: 'The body must be application/json' },
        { method: 'POST', path, status: 413, reason: 'The body must be at most 65536 bytes' },
      ])
      assert.match(refused[7]?.errors ?? '', /everything is not a field/)
      assert.match(refused[8]?.errors ?? '', /^tags .*100/)
    })
  })
}

describe('onRefused', () => {
  const [[, start] = assert.fail()] = frontedServices

  it('gets the ids of the request, and no token', async (t) => {
    const refused: RefusedRequest[] = []
    const { send } = await start(t, { ...tokens, onRefused: (request) => void refused.push(request) })
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
    const headers = { authorization: 'Bearer a-guess', 'x-request-id': 'my-id', traceparent }
    await send('/api/users?secret', { headers })
    assert.equal(refused[0]?.requestId, 'my-id')
    assert.equal(refused[0]?.traceId, '4bf92f3577b34da6a3ce929d0e0e4736')
    assert.doesNotMatch(JSON.stringify(refused), /guess|secret/)
  })

  it('gets the client of the request, if the app can find it', async (t) => {
    const refused: RefusedRequest[] = []
    const { send } = await start(t, {
      ...tokens,
      onRefused: (request) => void refused.push(request),
      clientOf: ({ headers }) => headers.get('x-test-client') ?? undefined,
    })
    await send('/metrics', { headers: { 'x-test-client': '192.0.2.1' } })
    await send('/metrics')
    assert.deepEqual(
      refused.map(({ client }) => client),
      ['192.0.2.1', undefined],
    )
  })

  it('gets errors without control characters, and only the beginning of long ones', async (t) => {
    const refused: RefusedRequest[] = []
    const { send } = await start(t, { ...tokens, onRefused: (request) => void refused.push(request) })
    await send(...purge(JSON.stringify({ '\u001b[2J\n\u0085é': 1 })))
    assert.match(refused[0]?.errors ?? '', /^\?\[2J\?\?\? is not a field; /)
    await send(...purge(JSON.stringify({ ['x'.repeat(5000)]: 1 })))
    assert.equal(refused[1]?.errors, 'x'.repeat(500))
  })

  it('may fail: the client gets its response, and onError the first failure', async (t) => {
    const errors: unknown[] = []
    const { send } = await start(t, {
      ...tokens,
      onRefused() {
        throw new Error('full')
      },
      onError: (error, context) => void errors.push([(error as Error).message, context]),
    })
    for (let i = 0; i < 2; i++) assert.equal((await send('/metrics')).status, 401)
    assert.deepEqual(errors, [['full', { callback: 'onRefused' }]])
  })
})
