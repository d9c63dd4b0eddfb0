/** Answers that take longer than the idle timeout of Bun arrive. In the soak only, because each of them takes 12 seconds. */
import assert from 'node:assert/strict'
import process from 'node:process'
import { describe, it } from 'node:test'
import { startService } from './running-service.ts'

const skip = process.env.HITRATE_LONG_ANSWERS === 'run' ? false : 'takes 25 seconds, npm run soak runs it'

describe('a handler that takes 12 seconds', { concurrency: true, skip }, () => {
  for (const runtime of ['bun', 'node'] as const) {
    for (const SOCKET_HITS of ['on', 'off']) {
      it(`answers reads and writes on ${runtime} with SOCKET_HITS=${SOCKET_HITS}`, {
        timeout: 60_000,
      }, async () => {
        const service = await startService(runtime, { SOCKET_HITS, REPOSITORY_DELAY_MS: '12000' })
        const url = `${service.url}/api/user/user_001`
        const body = JSON.stringify({ name: 'Alice', email: 'alice@example.com' })
        const headers = { 'content-type': 'application/json' }
        const answers = await Promise.all([fetch(url), fetch(url, { method: 'PUT', headers, body })])
        assert.deepEqual(
          answers.map(({ status }) => status),
          [200, 200],
        )
        assert.equal((await service.end()).code, 0)
      })
    }
  }
})
