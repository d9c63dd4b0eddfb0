/** A scrape of any thread shows the counts of all threads: nothing twice, nothing lost, nothing reset. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { Agent, type IncomingMessage, request } from 'node:http'
import { after, before, describe, it } from 'node:test'
import { promisify } from 'node:util'
import type { DashboardData } from '../../../src/dashboard/data/dashboard-data.ts'
import { skipUnless } from '../../support/installed.ts'
import { counters } from './counters.ts'
import {
  runtimes,
  sample,
  send,
  startThreads,
  type ThreadedService,
  together,
  until,
} from './threaded-service.ts'

const run = promisify(execFile)
const USERS = 'http_request_duration_seconds_count{method="GET",route="/api/user/:id",status="200"}'
const outcomes = ['hit', 'stale', 'miss', 'coalesced', 'error', 'bypass']

describe('metrics of several threads', { concurrency: true }, () => {
  for (const runtime of runtimes) {
    describe(`counting in two threads of ${runtime}`, { timeout: 120_000, concurrency: false }, () => {
      let service: ThreadedService
      before(async () => {
        service = await startThreads(runtime)
      })
      after(async () => {
        await service?.end()
      })

      /** Requests for users in one scrape, and the reads of the cache that they made. */
      function counted(samples: Map<string, number>): { requests: number; reads: number } {
        const reads = outcomes.map(
          (o) => samples.get(`cache_reads_total{cache="hitrate",outcome="${o}"}`) ?? 0,
        )
        return { requests: samples.get(USERS) ?? 0, reads: reads.reduce((a, b) => a + b) }
      }

      it('expose every metric once from the first scrape, in every thread', async () => {
        const texts = await together(12, async () => (await send(service, '/metrics')).text())
        for (const text of texts) {
          const names = text.split('\n').flatMap((line) => /^([^#].*) \S+$/.exec(line)?.[1] ?? [])
          assert.equal(new Set(names).size, names.length)
          assert.ok(names.includes('hitrate_thread_restarts_total'))
          assert.match(text, /^hitrate_thread_restarts_total 0$/m)
          assert.match(text, /^cache_max_size_bytes\{cache="hitrate"\} 67108864$/m) // the shares of both
          assert.match(text, /^hitrate_build_info\{.+\} 1$/m)
        }
        // The runtime metrics of all threads are shown by each of them.
        for (const text of texts) {
          assert.match(text, /^nodejs_eventloop_lag_max_seconds \d/m)
          assert.equal(/^nodejs_eventloop_utilization_ratio \d/m.test(text), runtime === 'node')
          assert.equal(
            /^nodejs_gc_duration_seconds_count[{]kind="minor"[}] \d/m.test(text),
            runtime === 'node',
          )
        }
        // Every thread reports the start of the process.
        const started = texts.map((text) => Number(/^process_start_time_seconds (.+)$/m.exec(text)?.[1]))
        assert.equal(new Set(started).size, 1)
        assert.ok(Math.abs((started[0] ?? 0) - Date.now() / 1000) < 60)
      })

      it('show that one of them stood still, in a scrape of any thread', async () => {
        await service.fault('block')
        const lags = async () => {
          const texts = await together(12, async () => (await send(service, '/metrics')).text())
          return texts.map((text) => Number(/^nodejs_eventloop_lag_max_seconds (.+)$/m.exec(text)?.[1]))
        }
        // The other thread shows it as soon as the blocked one has published its gauges, and for a minute.
        await until(async () => (await lags()).every((seconds) => seconds >= 0.3))
      })

      it('count each of 2,000 requests once, in a scrape of any thread', async () => {
        const before = counted(await counters(service))
        const bodies = await together(40, async () => {
          const texts = new Set<string>()
          for (let i = 0; i < 50; i++)
            texts.add(await (await fetch(`${service.url}/api/user/user_001`)).text())
          return [...texts]
        })
        assert.deepEqual(new Set(bodies.flat()).size, 1)

        for (const samples of await together(12, () => counters(service))) {
          const { requests, reads } = counted(samples)
          assert.deepEqual([requests - before.requests, reads - before.reads], [2000, 2000])
        }
      })

      it('are the figures of the page, whichever thread makes it', async () => {
        const { reads, requests } = counted(await counters(service))
        const pages = await together(12, async () => (await send(service, '/data.json')).json())
        for (const { caches, routes } of pages as DashboardData[]) {
          const ofCache = Object.values(caches[0]?.reads ?? {})
          assert.equal(
            ofCache.reduce((a, b) => a + b, 0),
            reads,
          )
          assert.equal(routes.find(({ route }) => route === '/api/user/:id')?.requests, requests)
        }
      })

      it('include gauges that only another thread can compute', async () => {
        // Each thread stores the users that it serves in its own memory tier; so far this is one user.
        await together(24, async () => (await send(service, '/api/user/user_002')).text())
        // All requests of one connection reach the same thread.
        const agent = new Agent({ keepAlive: true, maxSockets: 1 })
        await until(async () => (await entries(agent)) === 'cache_entries{cache="hitrate"} 4')
        agent.destroy()
      })

      async function entries(agent: Agent): Promise<string> {
        const [response] = (await once(request(`${service.url}/metrics`, { agent }).end(), 'response')) as [
          IncomingMessage,
        ]
        const text = (await response.toArray()).join('')
        return /^cache_entries\{.+$/m.exec(text)?.[0] ?? 'none'
      }

      it('never fall, and are consistent in each scrape, under load', async () => {
        let loading = true
        const load = together(16, async () => {
          for (let i = 0; loading; i++) await (await send(service, `/api/user/user_00${1 + (i % 4)}`)).text()
        })
        let last = await counters(service)
        const first = last
        for (let i = 0; i < 25; i++) {
          const next = await counters(service)
          for (const [name, value] of last) {
            const now = next.get(name) ?? Number.NaN
            assert.ok(now >= value, `${name} fell from ${value} to ${now}`)
          }
          for (const [name, value] of next) {
            const infinite = /^(\w+)_bucket\{(.*?),?le="\+Inf"\}$/.exec(name)
            if (infinite === null) continue
            const [, family, labels] = infinite
            assert.equal(next.get(`${family}_count${labels === '' ? '' : `{${labels}}`}`), value, name)
          }
          last = next
        }
        loading = false
        await load
        assert.ok((last.get('cache_hits_total') ?? 0) > (first.get('cache_hits_total') ?? 0) + 100)
      })

      it('equal the count of wrk', { skip: skipUnless('wrk') }, async () => {
        const CONNECTIONS = 32
        const before = counted(await counters(service))
        const { stdout } = await run('wrk', [
          ...['-t', '1', '-c', String(CONNECTIONS), '-d', '1s'],
          `${service.url}/api/user/user_001`,
        ])
        const answered = Number(/(\d+) requests in/.exec(stdout)?.[1])
        assert.ok(answered > 500, stdout)
        assert.doesNotMatch(stdout, /Non-2xx|Socket errors/)
        await until(async () => (await sample(service, 'http_requests_in_flight')) === 1)

        const after = counted(await counters(service))
        assert.equal(after.requests - before.requests, after.reads - before.reads)
        // Each connection may have one more response, for which wrk did not wait.
        const more = after.requests - before.requests - answered
        assert.ok(more >= 0 && more <= CONNECTIONS, `${more} more than wrk counted`)
      })
    })
  }
})
