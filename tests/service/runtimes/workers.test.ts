import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ExecutionContext } from '@cloudflare/workers-types'
import worker from '../../../src/service/runtimes/workers.ts'

const context = { waitUntil() {}, passThroughOnException() {}, props: {} } as unknown as ExecutionContext

describe('a Worker with REDIS_URL', () => {
  it('is refused with the reason in the log, and with neither the reason nor the password in the response', async () => {
    const logged: unknown[] = []
    const { error } = console
    console.error = (...line: unknown[]) => logged.push(...line)
    try {
      const env = { REDIS_URL: 'redis://:secret@127.0.0.1', CACHE_REMOTE_TIMEOUT_MS: '20' }
      const response = await worker.fetch(new Request('https://example.com/health'), env, context)
      assert.equal(response.status, 500)
      assert.doesNotMatch(await response.text(), /REDIS|secret/)
    } finally {
      console.error = error
    }
    const reason = 'must not be set: a Worker cannot keep a Redis connection open between requests'
    for (const name of ['REDIS_URL', 'CACHE_REMOTE_TIMEOUT_MS']) {
      assert.ok(String(logged).includes(`${name}: ${reason}`), String(logged))
    }
    assert.doesNotMatch(String(logged), /secret/)
  })
})
