import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { frontedServices } from '../../support/fronted-service.ts'

const A = 'https://a.example'
const B = 'http://b.example:8080'
const OTHER = 'https://other.example'
const corsOrigins = [A, B]
const USER = '/api/user/user_001'
const readToken = 'a-token-for-reads'

const EXPOSED =
  'ETag, Last-Modified, Location, Link, Cache-Status, Age, Retry-After, X-Request-Id, traceparent'

const from = (origin: string | undefined, headers: Record<string, string> = {}): RequestInit => ({
  headers: origin === undefined ? headers : { origin, ...headers },
})

/** The headers of CORS. */
function corsOf({ headers }: Response): (string | null)[] {
  return ['access-control-allow-origin', 'access-control-expose-headers', 'vary'].map((name) =>
    headers.get(name),
  )
}

const ALLOWED = (origin: string) => [origin, EXPOSED, 'Origin']
const REFUSED = [null, null, 'Origin']

for (const [name, start] of frontedServices) {
  describe(`CORS for listed origins, on ${name}`, () => {
    it('names the origin of each request, on one stored response, and never another', async (t) => {
      const { send, outcomes, frontHits } = await start(t, { corsOrigins })
      const origins = [A, B, undefined, OTHER, 'null', A, A, B, B, undefined, undefined, OTHER, B, A]
      for (const origin of origins) {
        const response = await send(USER, from(origin))
        const isAllowed = origin === A || origin === B
        assert.deepEqual(corsOf(response), isAllowed ? ALLOWED(origin) : REFUSED, origin)
        assert.equal(((await response.json()) as { id: string }).id, 'user_001')
      }
      assert.deepEqual(outcomes, ['miss', ...origins.slice(1).map(() => 'hit')])
      assert.equal(frontHits(), origins.length - 2)
    })

    it('is on lists, parts, refusals and errors too', async (t) => {
      const { send } = await start(t, { corsOrigins, readToken, apiToken: 'a-token-for-writes' })
      const authorization = `Bearer ${readToken}`
      const etag = (await send(USER, from(undefined, { authorization }))).headers.get('etag') ?? ''
      for (const [path, status, headers, method] of [
        [USER, 200, { authorization }],
        [USER, 200, { authorization }, 'HEAD'],
        [USER, 304, { authorization, 'if-none-match': etag }],
        [USER, 206, { authorization, range: 'bytes=0-3' }],
        ['/api/users', 200, { authorization }],
        ['/api/users?ids=user_001', 200, { authorization }],
        ['/api/user/unknown', 404, { authorization }],
        ['/api/user/a.b', 400, { authorization }],
        ['/api/nothing', 404, { authorization }],
        [USER, 401, {}],
        [USER, 401, {}, 'DELETE'],
        [USER, 405, {}, 'PATCH'],
        [USER, 204, {}, 'OPTIONS'],
      ] as [string, number, Record<string, string>, string?][]) {
        const subject = `${method ?? 'GET'} ${path} ${status}`
        const response = await send(path, { method: method ?? 'GET', ...from(A, headers) })
        assert.equal(response.status, status, subject)
        assert.deepEqual(corsOf(response), ALLOWED(A), subject)
        await response.text()
      }
    })

    it('is on failures', async (t) => {
      const fail = async () => {
        throw new Error('broken')
      }
      const { send } = await start(t, {
        corsOrigins,
        repository: new Proxy({} as never, { get: () => fail }),
      })
      for (const path of [USER, '/api/users']) {
        const response = await send(path, from(A))
        assert.equal(response.status, 500)
        assert.deepEqual(corsOf(response), ALLOWED(A))
        await response.text()
      }
    })

    it('answers a preflight without a token, and lists no method to other origins', async (t) => {
      const { send, outcomes } = await start(t, { corsOrigins, readToken })
      const asks = { 'access-control-request-method': 'PUT', 'access-control-request-headers': 'if-match' }
      const response = await send(USER, { method: 'OPTIONS', ...from(B, asks) })
      assert.equal(response.status, 204)
      assert.deepEqual(
        Object.fromEntries([...response.headers].filter(([name]) => name.startsWith('access'))),
        {
          'access-control-allow-origin': B,
          'access-control-allow-methods': 'GET,HEAD,POST,PUT,DELETE',
          'access-control-allow-headers':
            'Content-Type,Authorization,If-Match,If-None-Match,If-Modified-Since,If-Unmodified-Since,X-Request-Id,traceparent,tracestate',
          'access-control-max-age': '7200',
        },
      )
      assert.equal(response.headers.get('vary'), 'Origin, Access-Control-Request-Headers')
      const refused = await send(USER, { method: 'OPTIONS', ...from(OTHER, asks) })
      assert.equal(refused.headers.get('access-control-allow-origin'), null)
      assert.deepEqual(outcomes, [])
    })

    it('leaves requests outside the API alone', async (t) => {
      const { send } = await start(t, { corsOrigins })
      for (const path of ['/health', '/metrics', '/nothing'])
        assert.deepEqual(corsOf(await send(path, from(A)))[0], null, path)
    })
  })

  describe(`CORS for all origins, on ${name}`, () => {
    it('is the same header for every request, without Vary', async (t) => {
      const { send, outcomes, frontHits } = await start(t, { corsOrigins: '*' })
      for (const origin of [A, undefined, B, A, undefined, B]) {
        const response = await send(USER, from(origin))
        assert.deepEqual(corsOf(response), ['*', EXPOSED, null])
        await response.text()
      }
      assert.deepEqual(outcomes, ['miss', 'hit', 'hit', 'hit', 'hit', 'hit'])
      assert.equal(frontHits(), 4)
    })

    it('stands beside the ids of a request', async (t) => {
      const { send, frontHits } = await start(t, { corsOrigins })
      for (const id of ['one', 'two', 'three', undefined]) {
        const headers: Record<string, string> = id === undefined ? {} : { 'x-request-id': id }
        const response = await send(USER, from(B, headers))
        if (id !== undefined) assert.equal(response.headers.get('x-request-id'), id)
        assert.deepEqual(corsOf(response), ALLOWED(B))
        await response.text()
      }
      assert.equal(frontHits(), 2)
    })

    it('does not exist by default', async (t) => {
      const { send } = await start(t)
      for (let i = 0; i < 3; i++) assert.deepEqual(corsOf(await send(USER, from(A))), [null, null, null])
    })
  })
}
