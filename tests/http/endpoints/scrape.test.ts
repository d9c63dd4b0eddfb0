import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { Hono } from 'hono'
import { scrape } from '../../../src/http/endpoints/scrape.ts'
import { createRegistry, merge } from '../../../src/metrics/index.ts'

function testScrape(options = {}) {
  const registry = createRegistry()
  registry.counter({ name: 'reads_total', help: 'Reads.' }).inc(3)
  const app = new Hono()
  app.get('/metrics', scrape(registry, options))
  return (headers: Record<string, string> = {}) => app.request('/metrics', { headers })
}

describe('scrape()', () => {
  it('responds with every metric of the registry', async () => {
    const response = await testScrape()()
    assert.equal(response.status, 200)
    assert.equal(response.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8')
    assert.equal(response.headers.get('cache-control'), 'no-store')
    assert.equal(
      await response.text(),
      '# HELP reads_total Reads.\n# TYPE reads_total counter\nreads_total 3\n',
    )
  })

  it('responds with the metrics of several registries, and of anything with collect', async () => {
    const [one, other] = ['a', 'b'].map((name) => {
      const registry = createRegistry()
      registry
        .counter({ name: 'jobs_total', help: 'Jobs.', labels: { queue: { max: 1 } } })
        .with({ queue: name })
        .inc()
      return registry
    })
    assert.ok(one && other)
    const snapshots = [one.collect(), structuredClone(other.collect())]
    const app = new Hono()
    app.get('/all', scrape([one, other]))
    app.get('/merged', scrape({ collect: () => merge(snapshots) }))
    const expected = `\
# HELP jobs_total Jobs.
# TYPE jobs_total counter
jobs_total{queue="a"} 1
jobs_total{queue="b"} 1
# HELP metrics_label_overflows_total Label lookups that used "other" because a label had reached its maximum of values.
# TYPE metrics_label_overflows_total counter
metrics_label_overflows_total{metric="jobs_total"} 0
`
    assert.equal(await (await app.request('/all')).text(), expected)
    assert.equal(await (await app.request('/merged')).text(), expected)
  })

  it('waits for promises until the timeout of the scraper, less a margin, or else for deadlineMs', async () => {
    const deadlines: number[] = []
    const registry = createRegistry({
      onError: () => {},
      schedule(run, ms) {
        deadlines.push(ms)
        setImmediate(run)
        return () => {}
      },
    })
    registry.gauge({ name: 'slow', help: 'Slow.', value: () => new Promise<number>(() => {}) })
    registry.gauge({ name: 'fast', help: 'Fast.', value: async () => 1 })
    const app = new Hono()
    app.get('/metrics', scrape([registry, createRegistry()]))
    app.get('/short', scrape(registry, { deadlineMs: 20 }))
    const header = 'X-Prometheus-Scrape-Timeout-Seconds'
    for (const [path, timeout] of [
      ['/metrics', '10'],
      ['/short', '1'],
      ['/short', 'soon'],
      ['/short', ''],
      ['/metrics', ''],
    ] as const) {
      const response = await app.request(path, { headers: { [header]: timeout } })
      assert.equal(response.status, 200)
      assert.match(
        await response.text(),
        /^# HELP slow Slow\.\n# TYPE slow gauge\n# HELP fast Fast\.\n# TYPE fast gauge\nfast 1\n/,
      )
    }
    assert.deepEqual(deadlines, [9500, 750, 20, 20, 5000])
  })

  it('rejects a deadline that is no number of milliseconds from 0', () => {
    for (const deadlineMs of [-1, Number.NaN, '5']) {
      assert.throws(
        () => testScrape({ deadlineMs }),
        /^(Type|Range)Error: scrape: deadlineMs must be a number of milli/,
      )
    }
  })

  it('negotiates format and encoding', async () => {
    const response = await testScrape()({
      accept: 'application/openmetrics-text;version=1.0.0,*/*;q=0.1',
      'accept-encoding': 'gzip, identity;q=0',
    })
    assert.equal(
      response.headers.get('content-type'),
      'application/openmetrics-text; version=1.0.0; charset=utf-8',
    )
    assert.equal(response.headers.get('content-encoding'), 'gzip')
    assert.equal(response.headers.get('vary'), 'Accept, Accept-Encoding')
    assert.equal(response.headers.get('cache-control'), 'no-store')
    const body = gunzipSync(await response.arrayBuffer()).toString()
    assert.match(body, /^# HELP reads Reads\.\n# TYPE reads counter\nreads_total 3\.0\n.*# EOF\n$/s)
  })

  it('uses the encodings of the client where Cloudflare has replaced Accept-Encoding', async () => {
    const app = new Hono()
    app.get('/metrics', scrape(createRegistry()))
    const encodingFor = async (cf?: { clientAcceptEncoding: string }) => {
      const headers = { 'accept-encoding': 'br, gzip, identity;q=0' }
      const request = Object.assign(new Request('http://localhost/metrics', { headers }), { cf })
      return (await app.request(request)).headers.get('content-encoding')
    }
    assert.equal(await encodingFor(), 'gzip')
    assert.equal(await encodingFor({ clientAcceptEncoding: '' }), null)
    assert.equal(await encodingFor({ clientAcceptEncoding: 'zstd, identity;q=0' }), 'zstd')
  })

  it('accepts any Authorization without the token option', async () => {
    assert.equal((await testScrape()({ authorization: 'Bearer x' })).status, 200)
  })

  it('refuses a scrape without the token', async () => {
    const get = testScrape({ token: 'secret' })
    assert.equal((await get({ authorization: 'Bearer secret' })).status, 200)
    for (const headers of [{}, { authorization: 'Bearer other' }, { authorization: 'secret' }]) {
      const refused = await get(headers as Record<string, string>)
      assert.equal(refused.status, 401)
      assert.equal(refused.headers.get('www-authenticate'), 'Bearer')
      assert.equal(refused.headers.get('content-type'), 'application/problem+json')
      assert.doesNotMatch(await refused.text(), /reads_total|secret/)
    }
  })

  it('treats an empty token as a token', async () => {
    assert.equal((await testScrape({ token: '' })()).status, 401)
    assert.equal((await testScrape({ token: '' })({ authorization: 'Bearer ' })).status, 401)
  })

  it('throws for an unknown or mistyped option, with its name', () => {
    assert.throws(
      () => testScrape({ tokn: 'secret' }),
      new TypeError('scrape: unknown option "tokn"; did you mean "token"?'),
    )
    assert.throws(() => testScrape({ token: 1 }), new TypeError('scrape: token must be a string, got 1'))
    assert.throws(
      () => scrape({} as never),
      new TypeError(
        'scrape: registry must be a registry such as createRegistry(), or an array of different registries, got an object',
      ),
    )
  })
})
