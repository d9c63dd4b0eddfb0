/** The routes of the dashboard, in an app. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { describe, it } from 'node:test'
import { promisify } from 'node:util'
import { gunzipSync } from 'node:zlib'
import { Hono } from 'hono'
import { createCache } from '../../src/cache/create-cache.ts'
import { dashboard } from '../../src/dashboard/dashboard.ts'
import type { DashboardOptions } from '../../src/dashboard/dashboard-options.ts'
import type { DashboardData } from '../../src/dashboard/data/dashboard-data.ts'
import { cached } from '../../src/http/cached/cached.ts'
import { createInstruments } from '../../src/instruments/create-instruments.ts'
import { createRegistry } from '../../src/metrics/index.ts'
import { memoryStore } from '../../src/stores/memory/store.ts'
import { seededRandom } from '../support/seeded-random.ts'

function appWith(options: Partial<DashboardOptions> = {}) {
  const registry = createRegistry()
  const instruments = createInstruments({ registry, version: '1', runtime: 'test' })
  const cache = createCache({ name: 'pages', memory: memoryStore(), onEvent: instruments.onCacheEvent })
  instruments.watch(cache)
  const app = new Hono()
  app.get('/rates', cached({ cache, targetedControl: 'max-age=60' }), (c) => c.text('1.1'))
  app.route('/status', dashboard({ registry, cache, history: { schedule: () => () => {} }, ...options }))
  return { app, cache, registry }
}

async function dataOf(app: Hono, query = ''): Promise<DashboardData> {
  return (await (await app.request(`/status/data.json${query}`)).json()) as DashboardData
}

/** URLs of the page in attributes, absolute. */
async function linksOf(app: Hono, path: string): Promise<string[]> {
  const text = await (await app.request(path)).text()
  const urls = [...text.matchAll(/(?:href|src|data-source)="([^"#]+)"/g)].map(([, url = '']) => url)
  return urls.filter((url) => !url.startsWith('data:')).map((url) => new URL(url, `http://a${path}`).pathname)
}

describe('dashboard()', () => {
  it('serves the page with and without a slash at the end, with links that lead below it', async () => {
    const { app } = appWith()
    for (const path of ['/status', '/status/']) {
      const response = await app.request(path)
      assert.equal(response.status, 200)
      assert.match(response.headers.get('content-type') ?? '', /^text\/html/)
      const links = await linksOf(app, path)
      for (const name of ['dashboard.css', 'dashboard.js', 'data.json']) {
        assert.ok(links.includes(`/status/${name}`), `${name} in ${links}`)
      }
    }
    assert.equal((await app.request('/status/other')).status, 404)
  })

  it('has the same freshness in its data as in its page for an entry that is always fresh', async () => {
    const { app, cache } = appWith()
    await cache.read('always', () => 1, { ttlMs: Infinity })
    const [shown] = (await dataOf(app)).caches
    assert.deepEqual(
      shown?.top?.largest.map((entry) => 'freshForMs' in entry),
      [false],
    )
    assert.match(await (await app.request('/status')).text(), /<td>always<\/td>/)
  })

  it('works at the root of an app, beside other routes', async () => {
    const { app, registry, cache } = appWith()
    const root = new Hono().route('/', dashboard({ registry, cache, history: false })).route('/', app)
    assert.equal((await root.request('/')).status, 200)
    assert.equal((await root.request('/data.json')).status, 200)
    assert.equal(await (await root.request('/rates')).text(), '1.1')
  })

  it('forbids what is foreign, inline or framed, and stores nothing', async () => {
    const { app } = appWith()
    for (const path of ['/status', '/status/data.json']) {
      const { headers } = await app.request(path)
      assert.equal(
        headers.get('content-security-policy'),
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; " +
          "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
      )
      assert.equal(headers.get('x-content-type-options'), 'nosniff')
      assert.equal(headers.get('cache-control'), 'no-store')
    }
    const html = await (await app.request('/status')).text()
    assert.doesNotMatch(html, /<style|<script(?![^>]* src=)|\sstyle=|\son\w+=/)
  })

  it('is not cached by cached() in front of it', async () => {
    const { app, registry } = appWith()
    const cache = createCache({ memory: memoryStore() })
    const outer = new Hono()
    outer.use(cached({ cache, targetedControl: 'max-age=60', cacheControl: 'max-age=60' }))
    outer.route('/', app)
    registry.counter({ name: 'other_total', help: 'Other.' })
    for (const path of ['/status', '/status/data.json']) {
      for (let i = 0; i < 2; i++) {
        const { headers } = await outer.request(path)
        assert.doesNotMatch(headers.get('cache-status') ?? '', /; hit/)
      }
    }
    assert.equal(cache.stats().entries, 0)
  })

  it('shows in data.json what the caches did', async () => {
    const { app } = appWith({ title: 'Rates' })
    await app.request('/rates')
    await app.request('/rates')
    const { title, caches, history, purge } = await dataOf(app)
    assert.equal(title, 'Rates')
    assert.deepEqual([caches[0]?.reads?.hit, caches[0]?.reads?.miss, caches[0]?.hitRate], [1, 1, 0.5])
    assert.equal(history.samples.length, 1)
    assert.equal(purge, undefined)
    assert.equal(JSON.stringify(caches).includes('/rates'), false)
  })

  it('takes samples at requests where there are no timers, and sends only newer ones', async () => {
    let now = 1_000_000
    const schedule = () => {
      throw new Error('Disallowed operation called within global scope')
    }
    const { app } = appWith({ history: { everyMs: 1000, samples: 3, now: () => now, schedule } })
    for (let i = 0; i < 8; i++, now += 500) await app.request('/status')
    const all = (await dataOf(app)).history
    assert.deepEqual(
      all.samples.map(({ at }) => at),
      [1_002_000, 1_003_000, 1_004_000],
    )
    assert.deepEqual(
      (await dataOf(app, '?since=1003000')).history.samples.map(({ at }) => at),
      [1_004_000],
    )
    assert.equal((await dataOf(app, '?since=x')).history.samples.length, 3)
  })

  it('has no samples with history: false', async () => {
    const { app } = appWith({ history: false })
    assert.deepEqual((await dataOf(app)).history, { everyMs: 0, samples: [] })
  })

  it('serves its files for long under their hash, and revalidates them otherwise', async () => {
    const { app } = appWith()
    const html = await (await app.request('/status')).text()
    const [, script = ''] = /src="([^"]+dashboard\.js[^"]*)"/.exec(html) ?? []
    const versioned = await app.request(new URL(script, 'http://localhost/status').href)
    assert.match(versioned.headers.get('content-type') ?? '', /^text\/javascript/)
    assert.equal(versioned.headers.get('cache-control'), 'public, max-age=31536000, immutable')
    const plain = await app.request('/status/dashboard.js?v=old')
    assert.equal(plain.headers.get('cache-control'), 'no-cache')
    const etag = plain.headers.get('etag') ?? ''
    const again = await app.request('/status/dashboard.js', { headers: { 'if-none-match': etag } })
    assert.deepEqual([again.status, await again.text()], [304, ''])
    const css = await app.request('/status/dashboard.css')
    assert.match(css.headers.get('content-type') ?? '', /^text\/css/)
  })

  it('compresses for clients that accept it', async () => {
    const { app } = appWith({ title: 'x'.repeat(5000) })
    const packed = await app.request('/status/data.json', { headers: { 'accept-encoding': 'gzip' } })
    assert.equal(packed.headers.get('content-encoding'), 'gzip')
    assert.equal(packed.headers.get('vary'), 'accept-encoding')
    const data = JSON.parse(gunzipSync(await packed.arrayBuffer()).toString())
    assert.equal(data.title.length, 5000)
    const plain = await app.request('/status/data.json', { headers: { 'accept-encoding': 'gzip;q=0' } })
    assert.equal(plain.headers.get('content-encoding'), null)
  })

  const skip = process.versions.bun !== undefined && 'sizes are measured on Node'
  it('is below 60 kB with gzip in all, with three caches and a whole history', { skip }, async () => {
    const registry = createRegistry()
    const { onCacheEvent, onRequest } = createInstruments({ registry, version: '1', runtime: 'test' })
    const random = seededRandom(1)
    const outcomes = ['hit', 'stale', 'miss', 'coalesced', 'error', 'bypass'] as const
    let now = 0
    const page = dashboard({ registry, history: { now: () => now, schedule: () => () => {} } })
    for (; now < 180 * 5000; now += 5000) {
      for (const cache of ['a', 'b', 'c']) {
        const outcome = outcomes[Math.floor(random() * 6)] ?? 'hit'
        for (let i = 0; i < 3; i++)
          onCacheEvent({ type: 'read', cache, outcome, tier: 'memory', durationMs: random() })
      }
      onRequest({ method: 'GET', route: `/route${now % 100_000}`, status: 200, durationMs: random() })
      await page.request('/data.json?since=9e15')
    }
    const headers = { 'accept-encoding': 'gzip' }
    const sizes = await Promise.all(
      ['/', '/dashboard.css', '/dashboard.js', '/data.json'].map(async (path) => {
        const response = await page.request(path, { headers })
        assert.equal(response.headers.get('content-encoding'), 'gzip', path)
        return (await response.arrayBuffer()).byteLength
      }),
    )
    const total = sizes.reduce((sum, size) => sum + size, 0)
    assert.ok(total < 60_000, `${sizes} are ${total} bytes`)
  })

  it('keeps no process running', { timeout: 30_000 }, async () => {
    const source = (path: string) => JSON.stringify(new URL(`../../src/${path}`, import.meta.url).href)
    const program = `
      const { dashboard } = await import(${source('dashboard/dashboard.ts')})
      const { createRegistry } = await import(${source('metrics/index.ts')})
      await dashboard({ registry: createRegistry() }).request('/')
      console.log('answered')`
    // Rejects if the program does not end.
    const { stdout } = await promisify(execFile)(process.execPath, ['-e', program], { timeout: 20_000 })
    assert.equal(stdout, 'answered\n')
  })

  it('has no endpoint for purges without the option', async () => {
    const { app } = appWith()
    assert.equal((await app.request('/status/purge', { method: 'POST' })).status, 404)
  })
})
