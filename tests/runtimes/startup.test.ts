/** Startup: a service that cannot start prints one message and exits with 1; the configuration takes effect. */
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { freePort, type ProcessRuntime, runToEnd, startService } from './running-service.ts'
import { scrapeValues } from './scrape-values.ts'

for (const runtime of ['bun', 'node'] satisfies ProcessRuntime[]) {
  describe(`starting on ${runtime}`, () => {
    let folder: string
    before(async () => {
      folder = await mkdtemp(join(tmpdir(), 'hitrate-start-'))
    })
    after(() => rm(folder, { recursive: true, force: true }))

    it('lists every invalid variable in one message', async () => {
      const { code, output } = await runToEnd(runtime, { PORT: 'http', CACHE: 'maybe', HOST: '0.0.0.0' })
      assert.equal(code, 1)
      for (const name of ['PORT', 'CACHE', 'API_TOKEN'])
        assert.match(output, new RegExp(`^ {2}${name}: .+`, 'm'))
      assert.doesNotMatch(output, /\bat .+:\d+:\d+/, 'a stack trace')
    })

    it('reports a port that is taken, with its number', async () => {
      const port = await freePort()
      const other = createServer()
      await new Promise<void>((resolve) => other.listen(port, '127.0.0.1', resolve))
      const { code, output } = await runToEnd(runtime, { PORT: String(port) })
      await new Promise((resolve) => other.close(resolve))
      assert.equal(code, 1)
      assert.match(output, new RegExp(`^hitrate cannot start\\..*taken.*${port}`, 'm'))
      assert.doesNotMatch(output, /\bat .+:\d+:\d+/, 'a stack trace')
    })

    it('names a file that is not a database, and leaves it unchanged', async () => {
      const file = join(folder, `${runtime}-notes.txt`)
      await writeFile(file, 'these are notes, not a database: '.repeat(100))
      const { code, output } = await runToEnd(runtime, { DATABASE_URL: `sqlite:${file}` })
      assert.equal(code, 1)
      assert.match(output, /^hitrate cannot start\./m)
      assert.ok(output.includes(file), output)
    })

    it('gives the cache a share of the memory limit with CACHE_MAX_BYTES=auto', async () => {
      const service = await startService(runtime, { CACHE_MAX_BYTES: 'auto' })
      const values = await scrapeValues(service.url)
      await service.end()
      const bytes = [...values].find(([name]) => name.startsWith('cache_max_size_bytes'))?.[1] ?? 0
      assert.ok(bytes > 4 * 2 ** 20, `${bytes}, as without a limit to read`)
    })

    it('measures the event loop, except with PROCESS_MONITOR=off', async () => {
      for (const PROCESS_MONITOR of ['on', 'off']) {
        const service = await startService(runtime, { PROCESS_MONITOR })
        const names = [...(await scrapeValues(service.url)).keys()].join(' ')
        await service.end()
        assert.equal(names.includes('nodejs_eventloop_lag_max_seconds'), PROCESS_MONITOR === 'on')
        assert.equal(
          names.includes('nodejs_gc_duration_seconds'),
          PROCESS_MONITOR === 'on' && runtime === 'node',
        )
        assert.ok(names.includes('nodejs_heap_size_used_bytes'))
      }
    })

    it('keeps written users across a restart', async () => {
      const env = { DATABASE_URL: `sqlite:${join(folder, runtime, 'data', 'users.sqlite')}` }
      const first = await startService(runtime, env)
      const body = JSON.stringify({ id: 'eve', name: 'Eve', email: 'eve@example.com' })
      const headers = { 'content-type': 'application/json' }
      const made = await fetch(`${first.url}/api/user`, { method: 'POST', headers, body })
      assert.equal(made.status, 201)
      assert.equal((await first.end()).code, 0)

      const second = await startService(runtime, env)
      const found = await fetch(`${second.url}/api/user/eve`)
      assert.deepEqual(await found.json(), { id: 'eve', name: 'Eve', email: 'eve@example.com' })
      assert.equal((await second.end()).code, 0)
    })

    it('counts every read as a bypass while the cache is off', async () => {
      const service = await startService(runtime, { CACHE: 'off' })
      const first = await scrapeValues(service.url)
      assert.equal(first.get('cache_reads_total{cache="hitrate",outcome="bypass"}'), 0)
      assert.equal(first.get('cache_loads_total{cache="hitrate",result="error"}'), 0)
      assert.equal(first.has('cache_entries{cache="hitrate"}'), false)
      for (let i = 0; i < 2; i++) {
        const response = await fetch(`${service.url}/api/user/user_001`)
        assert.match(response.headers.get('cache-status') ?? '', /^hitrate; fwd=bypass/)
        assert.equal(((await response.json()) as { name: string }).name, 'Alice Johnson')
      }
      const values = await scrapeValues(service.url)
      assert.equal(values.get('cache_reads_total{cache="hitrate",outcome="bypass"}'), 2)
      assert.deepEqual([values.get('cache_hits_total'), values.get('cache_misses_total')], [0, 0])
      await service.end()
    })

    it('logs one JSON object per line, from LOG_LEVEL on', async () => {
      const service = await startService(runtime, { LOG_LEVEL: 'debug' })
      await fetch(`${service.url}/api/user/user_001`)
      const { output } = await service.end()
      const lines = output
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>)
      const line = lines.find(({ message }) => message === 'Request answered')
      assert.equal(line?.level, 'DEBUG')
      const { method, route, status } = (line?.properties ?? {}) as Record<string, unknown>
      assert.deepEqual([method, route, status], ['GET', '/api/user/:id', 200])
    })

    it('logs refused requests: the first of a kind, and the number of further ones at the end', async () => {
      const service = await startService(runtime, { READ_TOKEN: 'a-token-for-reads' })
      for (let i = 0; i < 5; i++) await (await fetch(`${service.url}/api/user/user_00${i}`)).text()
      const { output } = await service.end()
      const logged = output
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as { message: string; level: string; properties: object })
        .filter(({ message }) => message === 'Request refused')
      const [first, last] = logged.map(({ properties }) => properties as Record<string, unknown>)
      const { method, path, status, reason } = first ?? {}
      assert.deepEqual([method, path, status], ['GET', '/api/user/user_000', 401])
      assert.deepEqual([reason, first?.repeats, last?.repeats], ['Reads need the read token', undefined, 4])
      assert.deepEqual(
        logged.map(({ level }) => level),
        ['WARN', 'WARN'],
      )
    })

    it('exposes CPU, memory and start time of the process', async () => {
      const service = await startService(runtime)
      const values = await scrapeValues(service.url)
      assert.ok((values.get('process_cpu_seconds_total') ?? 0) > 0)
      assert.ok((values.get('process_resident_memory_bytes') ?? 0) > 10e6)
      assert.ok(Math.abs((values.get('process_start_time_seconds') ?? 0) - Date.now() / 1000) < 60)
      await service.end()
    })
  })
}
