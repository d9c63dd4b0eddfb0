/** The page of `npm run dev`: for this machine only, with buttons that do what they say. */
import assert from 'node:assert/strict'
import { request } from 'node:http'
import { after, before, describe, it } from 'node:test'
import type { DashboardData } from '../../src/dashboard/data/dashboard-data.ts'
import { type RunningService, startProgram } from './running-service.ts'
import { scrapeValues } from './scrape-values.ts'

const dev = 'src/service/runtimes/dev.ts'
const env = { PORT: '0', DATABASE_URL: 'memory:' }

describe('npm run dev', { concurrency: true }, () => {
  for (const runtime of ['bun', 'node'] as const) {
    describe(`on ${runtime}`, { timeout: 60_000, concurrency: false }, () => {
      let service: RunningService
      before(async () => {
        service = await startProgram(runtime, dev, env)
      })
      after(() => service?.end())

      const data = async () => (await (await fetch(`${service.url}/data.json`)).json()) as DashboardData

      /** Presses a button as a browser without scripts does, and returns what the page says afterwards. */
      async function press(button: number): Promise<string> {
        const response = await fetch(`${service.url}/control?button=${button}`, {
          method: 'POST',
          headers: { origin: service.url, 'sec-fetch-site': 'same-origin' },
        })
        assert.equal(response.url, `${service.url}/`)
        const page = await response.text()
        const { result = 'none' } = (await data()).controls?.[button] ?? {}
        assert.ok(page.includes(result), page)
        return result
      }

      it('announces the URL of a page, which GET and HEAD find', async () => {
        const [, url = 'none'] = /"page":"([^"]+)"/.exec(service.output()) ?? []
        assert.equal(url, `${service.url}/`)
        for (const method of ['GET', 'HEAD']) {
          for (const accept of ['text/html', 'application/json']) {
            const response = await fetch(url, { method, headers: { accept } })
            assert.equal(response.status, 200)
            assert.equal(response.headers.get('content-type'), 'text/html; charset=utf-8')
            assert.match(await response.text(), method === 'HEAD' ? /^$/ : /^<!doctype html>/)
          }
        }
      })

      it('refuses the page, its data and its buttons under a name that is not of this machine', async () => {
        for (const [method, path] of [
          ['GET', '/'],
          ['GET', '/data.json'],
          ['POST', '/purge'],
          ['POST', '/control?button=2'],
        ] as const) {
          const { status, body } = await sendAs('rebound.example', method, service.url + path)
          assert.equal(status, 403, path)
          assert.match(body, /open it as localhost/)
        }
        assert.match(service.output(), /"Request refused".*"status":403/)
        assert.equal((await sendAs('rebound.example', 'GET', `${service.url}/health`)).status, 200)
        assert.equal((await sendAs('localhost', 'GET', service.url)).status, 200)
      })

      it('refuses a button that another site presses', async () => {
        for (const headers of [{ 'sec-fetch-site': 'cross-site' }, { origin: 'http://localhost:1' }]) {
          const response = await fetch(`${service.url}/control?button=1`, { method: 'POST', headers })
          assert.equal(response.status, 403)
          await response.text()
        }
        assert.equal((await data()).controls?.[1]?.isOn, false)
      })

      it('sends a crowd to a cold key, which is one load', async () => {
        assert.match(await press(2), /^1,000 requests .* 1,000 with 200; .* Operations of the database: 1\.$/)
        assert.equal((await data()).caches[0]?.reads?.coalesced, 999)
      })

      it('breaks the database, of which the page and the answers tell, and repairs it', async () => {
        assert.match(await press(1), /30 with 200, 30 of them stale; .* not stored: 1 with 503/)
        const { controls, caches } = await data()
        assert.equal(controls?.[1]?.isOn, true)
        assert.equal(caches[0]?.reads?.stale, 30)
        assert.equal((await fetch(`${service.url}/api/user/unknown`)).status, 503)
        assert.equal((await fetch(`${service.url}/api/user/user_001`)).status, 200)
        assert.equal((await fetch(`${service.url}/health/ready`)).status, 503)
        assert.equal(await press(1), 'The database works again.')
        assert.equal((await fetch(`${service.url}/api/user/other`)).status, 404)
      })

      it('shows the figures of the metrics', async () => {
        const { caches, routes } = await data()
        const values = await scrapeValues(service.url)
        assert.deepEqual(
          { ...caches[0]?.reads },
          Object.fromEntries(
            ['hit', 'stale', 'miss', 'coalesced', 'error', 'bypass'].map((outcome) => [
              outcome,
              values.get(`cache_reads_total{cache="hitrate",outcome="${outcome}"}`),
            ]),
          ),
        )
        assert.equal(caches[0]?.hitRate, values.get('cache_hit_rate'))
        const counted = (status: number) =>
          values.get(
            `http_request_duration_seconds_count{method="GET",route="/api/user/:id",status="${status}"}`,
          ) ?? 0
        const users = routes.find(({ route }) => route === '/api/user/:id')
        assert.equal(users?.requests, counted(200) + counted(404) + counted(503))
        assert.equal(users?.errors, counted(503))
      })
    })
  }
})

/** Sends a request with this Host. */
function sendAs(host: string, method: string, url: string): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers: { host } }, (response) => {
      let body = ''
      response.setEncoding('utf8')
      response.on('data', (text: string) => (body += text))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }))
    })
    sent.on('error', reject)
    sent.end()
  })
}
