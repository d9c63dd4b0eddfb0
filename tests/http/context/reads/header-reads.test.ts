import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Context, Hono, type HonoRequest } from 'hono'
import { accepts } from 'hono/accepts'
import { getCookie } from 'hono/cookie'
import { proxy } from 'hono/proxy'
import { cloneRawRequest } from 'hono/request'
import { validator } from 'hono/validator'
import { receivedHeaders } from '../../../../src/http/cached/request-headers.ts'
import { rawProperty, watchHeaderReads } from '../../../../src/http/context/reads/header-reads.ts'
import { rawRequest } from '../../../../src/http/context/reads/raw-request.ts'

const requestHeaders = { cookie: 'a=1', 'x-own': '1' }

/** The reads that `use` makes in a handler: names, then `all` if all headers may have been read. */
async function readsOf(use: (c: Context) => unknown, method = 'GET'): Promise<string[]> {
  const app = new Hono()
  const reads: string[] = []
  app.on(method, '/x', async (c) => {
    const watch = watchHeaderReads(c.req)
    await use(c)
    watch.stop()
    reads.push(...watch.names, ...(watch.all ? ['all'] : []))
    return c.text('')
  })
  app.onError((error) => {
    throw error
  })
  const body = method === 'POST' ? { body: 'a=1' } : {}
  await app.request('/x', { method, headers: requestHeaders, ...body })
  return reads
}

const customFetch = (request: Request | URL | string) => Promise.resolve(new Response(String(request)))

describe('watchHeaderReads()', () => {
  const byName: [label: string, use: (c: Context) => unknown, names: string[]][] = [
    ['c.req.header(name)', (c) => c.req.header('X-Own'), ['x-own']],
    ['c.req.header(name) of a missing header', (c) => c.req.header('X-None'), ['x-none']],
    ['raw.headers.get()', (c) => c.req.raw.headers.get('X-Own'), ['x-own']],
    ['raw.headers.has()', (c) => c.req.raw.headers.has('X-Own'), ['x-own']],
    ['getCookie()', (c) => getCookie(c, 'a'), ['cookie']],
    ['accepts()', (c) => accepts(c, { header: 'Accept', supports: ['a/b'], default: 'a/b' }), ['accept']],
    ['a property of c.req.header()', (c) => c.req.header()['x-own'], ['x-own']],
    ['a missing property of c.req.header()', (c) => c.req.header()['x-none'], ['x-none']],
    ['in', (c) => 'x-none' in c.req.header(), ['x-none']],
    [
      'two reads in one expression',
      (c) => c.req.raw.headers.get(c.req.header('x-own') ?? ''),
      ['x-own', '1'],
    ],
    [
      'a replaced raw request',
      (c) => {
        c.req.raw = new Request('http://localhost/')
        return [c.req.header('x-a'), c.req.raw.headers.get('x-b')]
      },
      ['x-a', 'x-b'],
    ],
  ]
  for (const [label, use, names] of byName) {
    it(`records the names in lower case: ${label}`, async () => {
      assert.deepEqual(await readsOf(use), names)
    })
  }

  const all: [label: string, use: (c: Context) => unknown][] = [
    ['c.req.header() spread', (c) => ({ ...c.req.header() })],
    ['Object.entries(c.req.header())', (c) => Object.entries(c.req.header())],
    ['JSON.stringify(c.req.header())', (c) => JSON.stringify(c.req.header())],
    ['new Headers(c.req.header())', (c) => new Headers(c.req.header())],
    ['new Headers(raw.headers)', (c) => new Headers(c.req.raw.headers)],
    ['headers of an init', (c) => new Request('http://a/', { headers: c.req.raw.headers })],
    ['spread of raw.headers', (c) => [...c.req.raw.headers]],
    ['forEach', (c) => c.req.raw.headers.forEach(() => {})],
    ['entries()', (c) => [...c.req.raw.headers.entries()]],
    ['keys()', (c) => [...c.req.raw.headers.keys()]],
    ['values()', (c) => [...c.req.raw.headers.values()]],
    ['getSetCookie()', (c) => c.req.raw.headers.getSetCookie()],
    ['new Request(raw)', (c) => new Request(c.req.raw)],
    ['new Request(url, raw)', (c) => new Request('http://a/', c.req.raw)],
    ['raw.clone()', (c) => c.req.raw.clone()],
    ['cloneRawRequest()', (c) => cloneRawRequest(c.req)],
    ['proxy(url, { ...c.req })', (c) => proxy('http://a/', { ...c.req, customFetch })],
    ['proxy(url, { raw })', (c) => proxy('http://a/', { raw: c.req.raw, customFetch })],
    ['proxy(url, raw)', (c) => proxy(new URL('http://a/'), { ...c.req, headers: { a: 'b' }, customFetch })],
    ['a mounted app', (c) => new Hono().mount('/', () => new Response()).fetch(c.req.raw)],
    ['raw.url', (c) => new URL(c.req.raw.url)],
    [
      'the raw request in a variable',
      (c) => {
        const { raw } = c.req
        return [raw.headers.get('x-own'), raw.headers.get('x-own')]
      },
    ],
    [
      'the headers in a variable',
      (c) => {
        const { headers } = c.req.raw
        return [headers.get('x-own'), new Headers(headers).get('x-own'), headers.get('x-own')]
      },
    ],
  ]
  for (const [label, use] of all) {
    it(`records a read of all headers: ${label}`, async () => {
      const reads = await readsOf(use)
      assert.equal(reads.includes('all'), true)
      assert.deepEqual(
        reads.filter((name) => name !== 'x-own'),
        ['all'],
      )
    })
  }

  const nothing: [label: string, use: (c: Context) => unknown][] = [
    ['the URL and the method', (c) => [c.req.url, c.req.method, c.req.path, c.req.query('a'), c.req.param()]],
    ['raw.signal', (c) => c.req.raw.signal.aborted],
    ['raw.body', (c) => c.req.raw.body],
    ['reads of the cache', (c) => [rawRequest(c.req).method, receivedHeaders(c)('cookie')]],
    ['copies of the cache', (c) => [...rawProperty(c.req, 'headers')]],
  ]
  for (const [label, use] of nothing) {
    it(`records nothing: ${label}`, async () => {
      assert.deepEqual(await readsOf(use), [])
    })
  }

  it('records nothing when the body of a POST is read', async () => {
    for (const read of ['text', 'parseBody', 'arrayBuffer', 'blob'] as const) {
      assert.deepEqual(await readsOf((c) => c.req[read](), 'POST'), [], read)
    }
  })

  it('records the names that a handler takes from a header validator, missing ones included', async () => {
    async function validated(take: (header: Record<string, string>) => unknown): Promise<string[]> {
      return readsOf(async (c) => {
        await validator('header', (value) => ({ own: { ...value }['x-own'] }))(c, () => Promise.resolve())
        take(c.req.valid('header' as never))
      })
    }
    assert.deepEqual(await validated(({ own }) => own), ['content-type', 'own', 'all'])
    assert.deepEqual(await validated((header) => header['x-none']), ['content-type', 'x-none', 'all'])
    assert.deepEqual(await validated((header) => ({ ...header })), ['content-type', '*', 'all'])
  })

  it('a value of a cookie validator counts as a read of Cookie', async () => {
    const use = (c: Context) => {
      c.req.addValidatedData('cookie', { a: '1' })
      return c.req.valid('cookie' as never)
    }
    assert.deepEqual(await readsOf(use), ['cookie'])
  })

  it('the objects stay what they are', async () => {
    await readsOf((c) => {
      assert.equal(c.req.raw instanceof Request, true)
      assert.equal(c.req.raw.headers instanceof Headers, true)
      assert.deepEqual({ ...c.req.header() }, { ...requestHeaders })
      assert.deepEqual(Object.fromEntries(c.req.raw.headers), { ...requestHeaders })
      assert.equal(new Request(c.req.raw).headers.get('cookie'), 'a=1')
      assert.deepEqual(Object.keys(c.req).includes('header'), false)
      assert.throws(() => c.req.raw.headers.get('a b'), TypeError)
    })
  })

  it('reports each new read once', async () => {
    const seen: number[] = []
    const app = new Hono()
    app.get('/x', (c) => {
      const watch = watchHeaderReads(c.req, undefined, () => void seen.push(watch.names.size))
      for (const name of ['x-own', 'X-Own', 'cookie']) c.req.header(name)
      for (const copies of [1, 2]) assert.equal([...c.req.raw.headers].length * copies > 0, true)
      watch.stop()
      c.req.header('x-late')
      return c.text('')
    })
    await app.request('/x', { headers: requestHeaders })
    assert.deepEqual(seen, [1, 2, 2])
  })

  it('records nothing after stop()', () => {
    const req = requestWith(new Request('http://localhost/', { headers: requestHeaders }))
    const reads = watchHeaderReads(req)
    reads.stop()
    req.header('cookie')
    req.raw.clone()
    assert.deepEqual([[...reads.names], reads.all], [[], false])
  })

  it('nested watches each record a read and stop one by one', () => {
    const req = requestWith(new Request('http://localhost/', { headers: requestHeaders }))
    const outer = watchHeaderReads(req)
    req.header('x-before')
    const inner = watchHeaderReads(req)
    req.raw.headers.get('cookie')
    inner.stop()
    req.raw.headers.has('x-after')
    outer.stop()
    req.header('x-own')
    assert.deepEqual([...outer.names], ['x-before', 'cookie', 'x-after'])
    assert.deepEqual([...inner.names], ['cookie'])
  })

  it('the signal of the innermost watch that has one replaces the client’s', () => {
    const req = requestWith(new Request('http://localhost/'))
    const own = new AbortController().signal
    const outer = watchHeaderReads(req, () => own)
    const inner = watchHeaderReads(req)
    assert.equal(req.raw.signal, own)
    inner.stop()
    outer.stop()
    assert.notEqual(req.raw.signal, own)
  })

  it('an app with the same raw request inside the handler is recorded too', async () => {
    const inner = new Hono().get('/x', (c) => {
      const watch = watchHeaderReads(c.req)
      c.req.header('x-own')
      c.req.header('x-none')
      watch.stop()
      return c.text('')
    })
    const reads = await readsOf((c) => inner.fetch(c.req.raw))
    assert.deepEqual(reads, ['x-own', 'x-none', 'all'])
  })
})

function requestWith(raw: Request): HonoRequest {
  let req: HonoRequest | undefined
  void new Hono()
    .all('*', (c) => {
      req = c.req
      return c.text('')
    })
    .fetch(raw)
  assert.notEqual(req, undefined)
  return req as unknown as HonoRequest
}
