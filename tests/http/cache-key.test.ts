import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { Hono } from 'hono'
import { urlKey } from '../../src/http/cache-key.ts'
import { userKey, userRoutes, usersKey } from '../../src/http/users.ts'
import { inMemoryRepository } from '../../src/repository/in-memory.ts'

function keysOf(query?: readonly string[]): (url: string) => Promise<string> {
  const app = new Hono()
  const keyOf = urlKey(query)
  app.get('*', async (c) => c.text(await keyOf(c)))
  return async (url) => (await app.request(url)).text()
}

const parameter = fc.tuple(
  fc.constantFrom('a', 'b', '__proto__', 'ä', 'a&b', ''),
  fc.constantFrom('', '1', '2', 'ä&=', ' +%'),
)
const resource = fc.record({
  scheme: fc.constantFrom('http', 'https'),
  host: fc.constantFrom('a', 'b', 'a.b', 'a:8080'),
  path: fc
    .array(fc.constantFrom('/', 'a', 'b', '%2F', '%0A', ':', 'ä', 'HTTP:'), { maxLength: 4 })
    .map((parts) => parts.join('')),
  parameters: fc.array(parameter, { maxLength: 3 }),
})
type Resource = typeof resource extends fc.Arbitrary<infer R> ? R : never

function urlOf({ scheme, host, path, parameters }: Resource): string {
  const query = parameters.map((pair) => pair.map(encodeURIComponent).join('=')).join('&')
  return `${scheme}://${host}/${path}${query === '' ? '' : `?${query}`}`
}

describe('the key of a URL', () => {
  it('is its scheme, host, path and query', async () => {
    const keyOf = keysOf()
    assert.equal(await keyOf('http://Host:80/a/%7Eb?x=1&y#z'), 'http://host/a/%7Eb?x=1&y')
  })

  it('is never that of another resource', async () => {
    const keyOf = keysOf()
    await fc.assert(
      fc.asyncProperty(resource, resource, async (one, other) => {
        const [a, b] = [urlOf(one), urlOf(other)]
        const same = new URL(a).href.replace(/\?$/, '') === new URL(b).href.replace(/\?$/, '')
        assert.equal((await keyOf(a)) === (await keyOf(b)), same)
      }),
      { numRuns: 1000 },
    )
  })

  it('holds the parameters that count, all of them and no others', async () => {
    const keyOf = keysOf(['a', '__proto__', 'ä'])
    await fc.assert(
      fc.asyncProperty(resource, resource, async (one, other) => {
        const counting = ({ parameters, ...rest }: Resource) => {
          const some = parameters.filter(([name]) => ['a', '__proto__', 'ä'].includes(name))
          return new URL(urlOf({ ...rest, parameters: some })).href
        }
        assert.equal(
          (await keyOf(urlOf(one))) === (await keyOf(urlOf(other))),
          counting(one) === counting(other),
        )
      }),
      { numRuns: 1000 },
    )
  })
})

describe('the keys of users', () => {
  const app = new Hono()
  app.route(
    '/api',
    userRoutes({
      repository: inMemoryRepository(),
      cachedUser: async (c) => c.text(userKey(c)),
      cachedUsers: async (c) => c.text(usersKey(c)),
      invalidate: async () => {},
    }),
  )
  const key = async (path: string, host = 'localhost') =>
    (await app.request(`http://${host}/api/${path}`)).text()
  const id = fc.string({ unit: fc.constantFrom(...'aZ0_-'), minLength: 1, maxLength: 3 })
  const ids = fc.array(fc.oneof(id, fc.constantFrom('__proto__', 'limit', 'after', 'undefined')), {
    minLength: 1,
    maxLength: 5,
  })

  it('are the same under every host name, and with parameters that do not count', async () => {
    assert.equal(await key('user/a', 'x'), '/api/user/a')
    assert.equal(await key('user/a?x=1', 'y:8080'), '/api/user/a')
    assert.equal(await key('user/%61'), '/api/user/a')
    assert.equal(await key('users'), await key('users?limit=20&x=1', 'y'))
    assert.equal(await key('users?limit=7'), await key('users?limit=007'))
  })

  it('are the same for the same ids in any order, however often each is named', async () => {
    await fc.assert(
      fc.asyncProperty(ids, fc.infiniteStream(fc.nat()), async (some, random) => {
        const shuffled = [...some, ...some.slice(0, 2)]
          .map((id) => ({ id, at: random.next().value }))
          .sort((a, b) => a.at - b.at)
          .map(({ id }) => id)
        assert.equal(await key(`users?ids=${some}`), await key(`users?ids=${shuffled.join('%2C')}`))
      }),
    )
  })

  it('are different for different ids, for pages and for one user', async () => {
    const asked = fc.oneof(
      ids.map((some) => ({ path: `users?ids=${some}`, means: `ids ${[...new Set(some)].sort()}` })),
      id.map((one) => ({ path: `user/${one}`, means: `user ${one}` })),
      fc.tuple(fc.integer({ min: 1, max: 100 }), fc.option(id)).map(([limit, after]) => ({
        path: `users?limit=${limit}${after === null ? '' : `&after=${after}`}`,
        means: `page ${limit} ${after ?? ''}`,
      })),
    )
    await fc.assert(
      fc.asyncProperty(asked, asked, async (one, other) => {
        assert.equal((await key(one.path)) === (await key(other.path)), one.means === other.means)
      }),
      { numRuns: 1000 },
    )
  })
})
