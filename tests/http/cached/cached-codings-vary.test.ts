/** Content codings beside other headers in `Vary`, and without `Vary`. */
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { gzipSync } from 'node:zlib'
import { serveStatic as serveNodeStatic } from '@hono/node-server/serve-static'
import type { Context } from 'hono'
import { front } from '../../../src/http/front/front.ts'
import { coded, codedBytes, compressedApp, get, lists } from '../../support/coded-app.ts'
import { testApp } from '../../support/test-app.ts'

/** Importing it needs Bun. */
const serveBunStatic = 'Bun' in globalThis ? (await import('hono/bun')).serveStatic : undefined
const codingFor = (c: Context) => (lists(c.req.header('accept-encoding'), 'gzip') ? 'gzip' : 'identity')

/** A route whose handler makes gzip and identity, and a body for each value of another header. */
function varyingApp(name: string, headersOf: (value: string) => Record<string, string> = () => ({})) {
  const test = testApp()
  let runs = 0
  test.app.get('/x', test.cached(), (c) => {
    runs++
    const value = c.req.header(name) ?? 'none'
    const response = coded(c, codingFor(c), 'max-age=60', `Accept-Encoding, ${name}`)
    const headers = { ...Object.fromEntries(response.headers), ...headersOf(value), 'x-value': value }
    return new Response(codedBytes(codingFor(c), `${value} in ${codingFor(c)}`), { headers })
  })
  /** The body that a request gets. */
  async function text(accepted: string | undefined, value: string): Promise<string> {
    return (await get(test, accepted, { [name]: value })).text
  }
  return { ...test, runs: () => runs, text }
}

describe('codings beside another header in Vary', () => {
  it('one entry per value of the other header and coding is stored', async () => {
    for (const name of ['origin', 'cookie', 'accept']) {
      const app = varyingApp(name)
      for (const value of ['a', 'b']) {
        for (const accepted of ['gzip', 'br, gzip', 'GZIP', '*']) {
          assert.equal(await app.text(accepted, value), `${value} in gzip`, name)
        }
        for (const accepted of [undefined, 'br', 'identity', 'x']) {
          assert.equal(await app.text(accepted, value), `${value} in identity`, name)
        }
      }
      assert.equal(app.runs(), 4, name)
      assert.equal(app.cache.stats().entries, 4, name)
    }
  })

  it('a client’s favourite language is served in the client’s coding', async () => {
    const languageOf = (value: string) => ({ 'content-language': value.slice(0, 2) })
    const app = varyingApp('accept-language', languageOf)
    await app.text('gzip', 'de, en;q=0.5')
    await app.text(undefined, 'en')
    assert.equal(await app.text('br, gzip', 'de-AT;q=0.4, de'), 'de, en;q=0.5 in gzip')
    assert.equal(await app.text('br', 'en, fr;q=0.3'), 'en in identity')
    assert.equal(app.runs(), 2)
    for (let i = 0; i < 40; i++) {
      const body = await app.text(i % 2 === 0 ? 'br' : 'gzip', `de-AT;q=0.${i + 1}, de`)
      assert.match(body, i % 2 === 0 ? /^de.* in identity$/ : /^de.* in gzip$/)
    }
    assert.equal(app.runs(), 3, 'one per language and coding')
  })

  it('a value is never served for another one, while variants are pushed out', async () => {
    const app = varyingApp('x-user')
    for (let i = 0; i < 100; i++) {
      for (const accepted of ['gzip', undefined]) {
        assert.equal(await app.text(accepted, String(i % 40)), `${i % 40} in ${accepted ?? 'identity'}`)
      }
    }
    await app.settled()
    assert.equal(app.cache.stats().entries, 32)
  })
})

describe('a handler that reads Accept-Encoding', () => {
  it('has Vary: Accept-Encoding added, sent and stored', async () => {
    const { app, cached, get: request, settled } = testApp()
    let runs = 0
    app.get('/x', cached({ targetedControl: 'max-age=60' }), (c) => {
      runs++
      const coding = codingFor(c)
      if (coding === 'gzip') c.header('content-encoding', 'gzip')
      return c.body(codedBytes(coding))
    })
    for (const accepted of ['gzip', undefined, 'gzip, br', 'br', 'gzip;q=0']) {
      const { response, coding } = await get({ get: request }, accepted)
      assert.equal(response.headers.get('vary'), 'Accept-Encoding')
      assert.equal(coding, accepted?.startsWith('gzip') && !accepted.endsWith('0') ? 'gzip' : null)
    }
    await settled()
    assert.equal(runs, 2)
  })

  it('keeps its own Vary', async () => {
    for (const vary of ['accept-encoding', 'Origin, Accept-Encoding']) {
      const { app, cached, get: request } = testApp()
      app.get('/x', cached({ targetedControl: 'max-age=60' }), (c) => c.text(codingFor(c), 200, { vary }))
      assert.equal((await get({ get: request }, 'gzip')).response.headers.get('vary'), vary)
    }
  })

  it('gets nothing added to a response that is not stored', async () => {
    const { app, cached, get: request } = testApp()
    app.get('/x', cached(), (c) => c.text(codingFor(c), 200, { 'cache-control': 'no-store' }))
    assert.equal((await get({ get: request }, 'gzip')).response.headers.get('vary'), null)
  })

  it('has the Vary kept when a 304 confirms the response', async () => {
    const { app, cached, clock, get: request } = testApp()
    app.get('/x', cached(), (c) => {
      const headers = { 'cache-control': 'max-age=60', etag: '"1"' }
      if (c.req.header('if-none-match') === '"1"') return c.body(null, 304, { ...headers, vary: 'Origin' })
      return c.body(
        codedBytes(codingFor(c)),
        200,
        codingFor(c) === 'gzip' ? { ...headers, 'content-encoding': 'gzip' } : headers,
      )
    })
    await get({ get: request }, 'gzip')
    clock.ms += 61_000
    const confirmed = await get({ get: request }, 'gzip')
    assert.match(confirmed.status, /fwd-status=304/)
    assert.equal(confirmed.response.headers.get('vary'), 'Origin, Accept-Encoding')
    assert.equal((await get({ get: request })).coding, null)
  })

  it('has its failures shared only with clients that accept their coding', async () => {
    const { app, cached, get: request } = testApp()
    app.get('/x', cached(), async (c) => {
      const coding = codingFor(c)
      await null
      return c.text(coding, 503, coding === 'gzip' ? { 'content-encoding': 'gzip' } : {})
    })
    const fields = ['gzip', undefined, 'gzip, br', 'identity']
    const codings = await Promise.all(
      fields.map(async (field) => (await get({ get: request }, field)).coding),
    )
    assert.deepEqual(codings, ['gzip', null, 'gzip', null])
  })
})

describe('serveStatic() with precompressed files behind the cache', async () => {
  const root = await mkdtemp(join(tmpdir(), 'hitrate-static-'))
  after(() => rm(root, { recursive: true }))
  const script = 'console.log("hello")\n'.repeat(100)
  await writeFile(join(root, 'a.js'), script)
  await writeFile(join(root, 'a.js.gz'), gzipSync(script))
  await writeFile(join(root, 'b.js'), script)

  for (const [name, serveStatic] of [
    ['of @hono/node-server', serveNodeStatic],
    ['of hono/bun', serveBunStatic],
  ] as const) {
    it(`${name} is read once per coding`, { skip: serveStatic === undefined && 'needs Bun' }, async () => {
      assert.ok(serveStatic)
      const { app, cached, get: request, cache } = testApp()
      app.use('/*', cached({ targetedControl: 'max-age=60' }), serveStatic({ root, precompressed: true }))
      for (const accepted of [undefined, 'gzip;q=1.0', 'gzip, deflate, br', 'identity', 'gzip', 'gzip;q=0']) {
        const { coding, response } = await get({ get: request }, accepted, {}, '/a.js')
        const label = String(accepted)
        assert.equal(response.headers.get('vary'), 'Accept-Encoding', label)
        if (accepted === undefined || ['identity', 'gzip;q=0'].includes(accepted))
          assert.equal(coding, null, label)
        if (accepted?.startsWith('gzip,') || accepted === 'gzip') assert.equal(coding, 'gzip', label)
      }
      assert.equal(cache.stats().entries, 2)
      for (const accepted of [undefined, 'gzip', 'gzip, deflate, br', 'gzip']) {
        assert.equal((await get({ get: request }, accepted, {}, '/b.js')).coding, null, String(accepted))
      }
      assert.equal(cache.stats().entries, 3, 'a file without a compressed one is stored once')
    })
  }
})

describe('a coded response that does not vary', () => {
  it('is served to all clients, as the handler says', async () => {
    const { app, cached, get: request } = testApp()
    app.get('/x', cached({ targetedControl: 'max-age=60' }), (c) =>
      c.body(gzipSync('x'), 200, { 'content-encoding': 'gzip' }),
    )
    for (const accepted of ['gzip', undefined, 'gzip;q=0']) {
      const { coding, response } = await get({ get: request }, accepted)
      assert.deepEqual([coding, response.headers.get('vary')], ['gzip', null])
    }
  })
})

describe('front() with codings', () => {
  it('leaves coded variants to the middleware', async () => {
    const { app, cache, runs } = compressedApp({ front: true })
    const fetch = front(app.fetch, { cache })
    const request = async (path: string, headers?: HeadersInit) =>
      fetch(new Request(`http://localhost${path}`, headers && { headers }), {})
    for (let i = 0; i < 3; i++) {
      for (const accepted of ['gzip', undefined, 'br', 'gzip, br', 'gzip;q=0']) {
        const { coding } = await get({ get: request }, accepted)
        assert.equal(coding, ['gzip', 'gzip, br'].includes(accepted ?? '') ? 'gzip' : null, String(accepted))
      }
    }
    assert.equal(runs(), 2)
  })
})
