/** SIGTERM to a service of two threads: both finish their requests, and a thread that hangs delays the exit by the timeout only. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { linesOf, runtimes, sample, startThreads, together, until } from './threaded-service.ts'

describe('stopping several threads', { concurrency: true }, () => {
  for (const runtime of runtimes) {
    describe(`stopping two threads of ${runtime}`, { timeout: 120_000, concurrency: 2 }, () => {
      it('finishes the requests of both threads, then exits with 0', async () => {
        const env = { CACHE: 'off', REPOSITORY_DELAY_MS: '6000', LOG_LEVEL: 'debug' }
        const service = await startThreads(runtime, env)
        const slow = together(24, () => fetch(`${service.url}/api/user/user_001`))
        await until(async () => (await sample(service, 'http_requests_in_flight')) === 25)
        const { code, output } = await service.end()
        for (const response of await slow) {
          assert.deepEqual([response.status, response.headers.get('connection')], [200, 'close'])
        }
        const lines = linesOf(output)
        const stopping = lines.findIndex(({ message }) => message.startsWith('Stopping'))
        const users = lines.slice(stopping).filter(({ properties }) => properties.route === '/api/user/:id')
        assert.equal(users.length, 24)
        assert.deepEqual(new Set(users.map(({ properties }) => properties.thread)), new Set([0, 1]))
        assert.deepEqual([code, lines.at(-1)?.message], [0, 'Stopped'], output)
        await assert.rejects(fetch(`${service.url}/health`), 'it still listens')
      })

      it('does not replace a thread that dies meanwhile, and reports its unfinished requests', async () => {
        const service = await startThreads(runtime, { CACHE: 'off', REPOSITORY_DELAY_MS: '6000' })
        const slow = together(24, () =>
          fetch(`${service.url}/api/user/user_001`).then(
            () => 200,
            () => 'closed',
          ),
        )
        await until(async () => (await sample(service, 'http_requests_in_flight')) === 25)
        const ending = service.end()
        await until(() => service.output().includes('Stopping'))
        await service.fault('throw')
        const { code, output } = await ending
        const results = await slow
        assert.ok(results.includes('closed') && results.includes(200), String(results))
        assert.equal(code, 1, output)
        assert.match(output, /unfinished requests.*a fault of the test/)
        assert.doesNotMatch(output, /replaced/)
      })

      it('exits immediately at the second signal, even if a thread hangs', async () => {
        const service = await startThreads(runtime)
        await service.fault('hang')
        await untilThreadHangs(service.url)
        process.kill(service.pid, 'SIGINT')
        await until(() => service.output().includes('Stopping'))
        const startedAt = performance.now()
        const { code } = await service.end('SIGINT')
        assert.equal(code, 1)
        assert.ok(performance.now() - startedAt < 5000)
      })

      it('exits after the timeout if a thread hangs', async () => {
        const service = await startThreads(runtime)
        await service.fault('hang')
        await untilThreadHangs(service.url)
        const startedAt = performance.now()
        const { code, output } = await service.end()
        const seconds = (performance.now() - startedAt) / 1000
        assert.equal(code, 1, output)
        assert.ok(seconds > 9 && seconds < 14, `after ${seconds} s`)
        assert.match(output, /A thread did not end in time/)
        assert.match(output, /Stopped with unfinished requests/)
      })
    })
  }
})

/** Resolves once a request gets no response, because its connection belongs to the hanging thread. */
async function untilThreadHangs(url: string): Promise<void> {
  await until(async () => {
    const signal = AbortSignal.timeout(500)
    const response = fetch(`${url}/health`, { headers: { connection: 'close' }, signal })
    return response.then(
      () => false,
      () => signal.aborted,
    )
  })
}
