/** SIGTERM to a service of two threads: both finish what they have received, and one that hangs keeps nobody waiting. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { linesOf, runtimes, sample, startThreads, together, until } from './threaded-service.ts'

describe('stopping several threads', { concurrency: true }, () => {
  for (const runtime of runtimes) {
    describe(`stopping two threads of ${runtime}`, { timeout: 60_000, concurrency: 2 }, () => {
      it('answers what each had received, then exits with 0', async () => {
        const env = { CACHE: 'off', REPOSITORY_DELAY_MS: '1000', LOG_LEVEL: 'debug' }
        const service = await startThreads(runtime, env)
        const slow = together(24, () => fetch(`${service.url}/api/user/user_001`))
        await until(async () => (await sample(service, 'http_requests_in_flight')) === 25)
        const { code, output } = await service.end()
        for (const answer of await slow) {
          assert.deepEqual([answer.status, answer.headers.get('connection')], [200, 'close'])
        }
        const lines = linesOf(output)
        const stopping = lines.findIndex(({ message }) => message.startsWith('Stopping'))
        const users = lines.slice(stopping).filter(({ properties }) => properties.route === '/api/user/:id')
        assert.equal(users.length, 24)
        assert.deepEqual(new Set(users.map(({ properties }) => properties.thread)), new Set([0, 1]))
        assert.deepEqual([code, lines.at(-1)?.message], [0, 'Stopped'], output)
        await assert.rejects(fetch(`${service.url}/health`), 'it still listens')
      })

      it('does not replace a thread while it stops, and says that its requests are unanswered', async () => {
        const service = await startThreads(runtime, { CACHE: 'off', REPOSITORY_DELAY_MS: '1000' })
        const slow = together(24, () =>
          fetch(`${service.url}/api/user/user_001`).then(
            () => 200,
            () => 'cut',
          ),
        )
        await until(async () => (await sample(service, 'http_requests_in_flight')) === 25)
        const ending = service.end()
        await until(() => service.output().includes('Stopping'))
        await service.fault('throw')
        const { code, output } = await ending
        const answers = await slow
        assert.ok(answers.includes('cut') && answers.includes(200), String(answers))
        assert.equal(code, 1, output)
        assert.match(output, /unfinished requests.*a fault of the test/)
        assert.doesNotMatch(output, /replaced/)
      })

      it('stops at once when it is told twice, though a thread hangs', async () => {
        const service = await startThreads(runtime)
        await service.fault('hang')
        await hangs(service.url)
        process.kill(service.pid, 'SIGINT')
        await until(() => service.output().includes('Stopping'))
        const startedAt = performance.now()
        const { code } = await service.end('SIGINT')
        assert.equal(code, 1)
        assert.ok(performance.now() - startedAt < 5000)
      })

      it('ends in time though a thread hangs', async () => {
        const service = await startThreads(runtime)
        await service.fault('hang')
        await hangs(service.url)
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

/** Resolves once a connection is not answered: it is the hanging thread's. */
async function hangs(url: string): Promise<void> {
  await until(async () => {
    const signal = AbortSignal.timeout(500)
    const asked = fetch(`${url}/health`, { headers: { connection: 'close' }, signal })
    return asked.then(
      () => false,
      () => signal.aborted,
    )
  })
}
