import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { Hono } from 'hono'
import { type UrlKeyOptions, urlKey } from '../../../src/http/policy/cache-key.ts'
import { userKey } from '../../../src/service/routes/user-caching.ts'
import { selectionOf } from '../../../src/service/routes/user-requests.ts'
import { userRoutes } from '../../../src/service/routes/users.ts'
import { inMemoryRepository } from '../../../src/service/users/in-memory.ts'
import { rounds } from '../../support/rounds.ts'

function keysOf(options?: UrlKeyOptions): (url: string) => Promise<string> {
  const app = new Hono()
  const keyOf = urlKey(options)
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

describe('urlKey()', () => {
  it('returns scheme, host, path and query', async () => {
    const keyOf = keysOf()
    assert.equal(await keyOf('http://Host:80/a/%7Eb?x=1&y#z'), 'http://host/a/~b?x=1&y')
  })

  it('returns different keys for different resources', async () => {
    const keyOf = keysOf()
    await fc.assert(
      fc.asyncProperty(resource, resource, async (one, other) => {
        const [a, b] = [urlOf(one), urlOf(other)]
        const same = new URL(a).href.replace(/\?$/, '') === new URL(b).href.replace(/\?$/, '')
        assert.equal((await keyOf(a)) === (await keyOf(b)), same)
      }),
      { numRuns: rounds(300, 1000) },
    )
  })

  it('contains exactly the parameters in the option query', async () => {
    const keyOf = keysOf({ query: ['a', '__proto__', 'ä'] })
    await fc.assert(
      fc.asyncProperty(resource, resource, async (one, other) => {
        const normalised = ({ parameters, ...rest }: Resource) => {
          const some = parameters.filter(([name]) => ['a', '__proto__', 'ä'].includes(name))
          return new URL(urlOf({ ...rest, parameters: some })).href
        }
        assert.equal(
          (await keyOf(urlOf(one))) === (await keyOf(urlOf(other))),
          normalised(one) === normalised(other),
        )
      }),
      { numRuns: rounds(300, 1000) },
    )
  })
})

describe('urlKey() with equivalent URLs', () => {
  const unreserved = [...'aZ09-._~']
  const reserved = [...'/?#[]@!$&\'()*+,;=:% "<>\\^`{|}'].map((char) => char.charCodeAt(0))
  const octet = fc.oneof(
    fc.constantFrom(...unreserved).map((char) => char.charCodeAt(0)),
    fc.constantFrom(...reserved),
    fc.integer({ min: 0, max: 255 }),
  )
  const octets = fc.array(octet, { minLength: 1, maxLength: 8 })

  function encoded(code: number): string {
    return `%${code.toString(16).padStart(2, '0')}`
  }

  /** One spelling of these octets; `way` selects it for each octet. */
  function written(codes: readonly number[], way: readonly number[]): string {
    const each = codes.map((code, i) => {
      const char = String.fromCharCode(code)
      const choice = (way[i % way.length] ?? 0) % 3
      if (choice === 0 && unreserved.includes(char)) return char
      return choice === 1 ? encoded(code) : encoded(code).toUpperCase()
    })
    return `x${each.join('')}x` // so that no segment is a dot segment
  }

  const way = fc.array(fc.nat(), { minLength: 1, maxLength: 8 })

  it('returns one key for all percent-encodings of a URL', async () => {
    const keyOf = keysOf()
    await fc.assert(
      fc.asyncProperty(octets, octets, way, way, async (path, query, one, other) => {
        const [a, b] = [one, other].map((w) => `http://host/${written(path, w)}?${written(query, w)}`)
        assert.equal(await keyOf(a ?? ''), await keyOf(b ?? ''))
      }),
      { numRuns: rounds(300, 1000) },
    )
  })

  it('returns different keys for different octets', async () => {
    const keyOf = keysOf()
    await fc.assert(
      fc.asyncProperty(octets, octets, way, async (one, other, w) => {
        const [a, b] = [one, other].map((codes) => `http://host/${written(codes, w)}`)
        assert.equal((await keyOf(a ?? '')) === (await keyOf(b ?? '')), `${one}` === `${other}`)
      }),
      { numRuns: rounds(300, 1000) },
    )
  })

  it('returns the normal form of URL if nothing is encoded', async () => {
    const keyOf = keysOf()
    const text = fc.string({ unit: fc.constantFrom(...'aZ0/.?&=+;:@!~*#'), maxLength: 12 })
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('http://Host:80', 'https://h:443', 'http://h:8080'),
        text,
        async (at, rest) => {
          const url = new URL(`${at}/x${rest}`)
          assert.equal(await keyOf(`${at}/x${rest}`), url.origin + url.pathname + url.search)
        },
      ),
      { numRuns: rounds(300, 1000) },
    )
  })

  const examples: [url: string, key: string][] = [
    ['http://h/%7e%7E~', 'http://h/~~~'],
    ['http://h/%2f%c3%a4', 'http://h/%2F%C3%A4'],
    ['http://h/ä', 'http://h/%C3%A4'],
    ['http://h/a%2b+?x=%2b+%26', 'http://h/a%2B+?x=%2B+%26'],
    ['http://h/%257e', 'http://h/%257e'],
    ['http://h/%zz%4', 'http://h/%zz%4'],
    ['http://h/a/%2e%2e/b', 'http://h/b'],
    ['http://h:80/?#x', 'http://h/'],
    ['https://h:443', 'https://h/'],
    ['https://h:80', 'https://h:80/'],
  ]
  for (const [url, key] of examples) {
    it(`returns ${key} for ${url}`, async () => {
      assert.equal(await keysOf()(url), key)
    })
  }

  it('returns one key for GET and HEAD', async () => {
    const keys: string[] = []
    const app = new Hono()
    const keyOf = urlKey()
    app.get('*', (c) => {
      keys.push(keyOf(c))
      return c.text('x')
    })
    for (const method of ['GET', 'HEAD']) await app.request('http://h/%61?b=%62', { method })
    assert.deepEqual(keys, ['http://h/a?b=b', 'http://h/a?b=b'])
  })
})

describe('urlKey() with sortQuery', () => {
  it('returns one key for all orders of names, and keeps the order of values of one name', async () => {
    const keyOf = keysOf({ sortQuery: true })
    assert.equal(await keyOf('http://h/?b=2&a=1'), await keyOf('http://h/?a=1&b=2'))
    assert.equal(await keyOf('http://h/?b=2&%61=1'), await keyOf('http://h/?a=1&b=2'))
    assert.notEqual(await keyOf('http://h/?a=1&a=2'), await keyOf('http://h/?a=2&a=1'))
    assert.notEqual(await keyOf('http://h/?a+b=1&a%20b=2'), await keyOf('http://h/?a%20b=2&a+b=1'))
    assert.equal(await keyOf('http://h/?&&a=1&'), 'http://h/?a=1')
  })

  it('returns one key exactly if URLSearchParams sorts both queries to the same string', async () => {
    const keyOf = keysOf({ sortQuery: true })
    const queries = fc.array(fc.constantFrom('a=1', 'a=2', 'b=1', 'b', 'c=%20', '=x', 'ab=1'), {
      maxLength: 5,
    })
    const sorted = (query: readonly string[]) => {
      const parameters = new URLSearchParams(query.join('&'))
      parameters.sort()
      return parameters.toString()
    }
    await fc.assert(
      fc.asyncProperty(queries, queries, async (one, other) => {
        const same =
          (await keyOf(`http://h/?${one.join('&')}`)) === (await keyOf(`http://h/?${other.join('&')}`))
        assert.equal(same, sorted(one) === sorted(other))
      }),
      { numRuns: rounds(300, 1000) },
    )
  })

  it('can be combined with the option query', async () => {
    const keyOf = keysOf({ query: ['b', 'a'], sortQuery: true })
    assert.equal(await keyOf('http://h/?x=1&b=2&a=1&y'), 'http://h/?a=1&b=2')
    assert.equal(await keyOf('http://h/?x=1'), 'http://h/')
  })
})

describe('the keys of users', () => {
  const app = new Hono()
  app.route(
    '/api',
    userRoutes({
      repository: inMemoryRepository(),
      cachedUser: async (c) => c.text(userKey(c)),
      readUsers: (c) => c.json(selectionOf(c)),
      invalidate: async () => {},
      now: () => 0,
    }),
  )
  const key = async (path: string, host = 'localhost') =>
    (await app.request(`http://${host}/api/${path}`)).text()
  const id = fc.string({ unit: fc.constantFrom(...'aZ0_-'), minLength: 1, maxLength: 3 })
  const ids = fc.array(fc.oneof(id, fc.constantFrom('__proto__', 'limit', 'after', 'undefined')), {
    minLength: 1,
    maxLength: 5,
  })

  it('do not depend on the host name or on unknown parameters', async () => {
    assert.equal(await key('user/a', 'x'), '/api/user/a')
    assert.equal(await key('user/a?x=1', 'y:8080'), '/api/user/a')
    assert.equal(await key('user/%61'), '/api/user/a')
    assert.equal(await key('users'), await key('users?limit=20&x=1', 'y'))
    assert.equal(await key('users?limit=7'), await key('users?limit=007'))
  })

  it('do not depend on the order and repetition of ids', async () => {
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

  it('differ between ids, pages and single users', async () => {
    const requests = fc.oneof(
      ids.map((some) => ({ path: `users?ids=${some}`, means: `ids ${[...new Set(some)].sort()}` })),
      id.map((one) => ({ path: `user/${one}`, means: `user ${one}` })),
      fc.tuple(fc.integer({ min: 1, max: 100 }), fc.option(id)).map(([limit, after]) => ({
        path: `users?limit=${limit}${after === null ? '' : `&after=${after}`}`,
        means: `page ${limit} ${after ?? ''}`,
      })),
    )
    await fc.assert(
      fc.asyncProperty(requests, requests, async (one, other) => {
        assert.equal((await key(one.path)) === (await key(other.path)), one.means === other.means)
      }),
      { numRuns: rounds(300, 1000) },
    )
  })
})
