/** SHUTDOWN_DELAY_MS: after a signal the service is not ready, but goes on serving. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { startThreads } from '../threads/threaded-service.ts'

const DELAY_MS = 700

describe('SHUTDOWN_DELAY_MS', { concurrency: true }, () => {
  for (const runtime of ['bun', 'node'] as const) {
    for (const THREADS of ['1', '2']) {
      it(`lets ${runtime} with THREADS=${THREADS} accept and serve after the signal, and answer 503 to readiness probes`, {
        timeout: 30_000,
      }, async () => {
        const service = await startThreads(runtime, { THREADS, SHUTDOWN_DELAY_MS: String(DELAY_MS) })
        const [status, before] = await readiness(service.url)
        assert.deepEqual([status, before.status], [200, 'ready'])

        const signalledAt = performance.now()
        const ending = service.end()
        let served = 0
        for (;;) {
          const answers = await probe(service.url).catch(() => undefined)
          if (answers === undefined) break
          const [isAlive, user, ready] = answers
          if (ready.status === 'ready') continue // the signal has not arrived yet
          const { repository, tiers } = before
          assert.deepEqual([isAlive, user, ready], [200, 200, { status: 'stopping', repository, tiers }])
          served++
        }
        const { code, output } = await ending
        assert.ok(performance.now() - signalledAt >= DELAY_MS, 'it ended before the delay')
        assert.ok(served > 0, 'it did not serve during the delay')
        assert.equal(code, 0, output)
        assert.match(output, /accepting connections until the delay is over.*"delayMs":700/)
      })
    }

    it(`does not keep ${runtime} from ending at the second signal`, { timeout: 30_000 }, async () => {
      const service = await startThreads(runtime, { SHUTDOWN_DELAY_MS: '600000' })
      process.kill(service.pid, 'SIGTERM')
      while (!service.output().includes('Stopping')) await new Promise((resolve) => setTimeout(resolve, 5))
      assert.equal((await service.end('SIGTERM')).code, 1)
    })
  }
})

interface Readiness {
  status: string
  repository: string
  tiers: object
}

async function readiness(url: string): Promise<[status: number, body: Readiness]> {
  const response = await fetch(`${url}/health/ready`, { headers: { connection: 'close' } })
  return [response.status, (await response.json()) as Readiness]
}

/** Asks over new connections. @throws when one of them is refused. */
async function probe(url: string): Promise<[health: number, user: number, ready: Readiness]> {
  const headers = { connection: 'close' }
  const [health, user, [status, ready]] = await Promise.all([
    fetch(`${url}/health`, { headers }),
    fetch(`${url}/api/user/user_001`, { headers }),
    readiness(url),
  ])
  assert.equal(status, ready.status === 'ready' ? 200 : 503)
  return [health.status, user.status, ready]
}
