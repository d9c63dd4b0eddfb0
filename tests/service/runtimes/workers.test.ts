import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ExecutionContext } from '@cloudflare/workers-types'
import worker from '../../../src/service/runtimes/workers.ts'

const context = { waitUntil() {}, passThroughOnException() {}, props: {} } as unknown as ExecutionContext

describe('a Worker with a shared tier', () => {
  it('a Worker with a shared tier is refused with the reason in the log, and without reason and password in the response', async () => {
    const env = {
      REDIS_URL: 'redis://:secret@127.0.0.1',
      MEMCACHED_SERVERS: '127.0.0.1',
      MEMCACHED_USERNAME: 'kim',
      MEMCACHED_PASSWORD: 'secret',
      MEMCACHED_TLS: 'on',
      CACHE_FILE: './data/secret.sqlite',
      CACHE_FILE_MAX_BYTES: '1GiB',
      CACHE_REMOTE_TIMEOUT_MS: '20',
    }
    const logged: unknown[] = []
    const { error } = console
    console.error = (...line: unknown[]) => logged.push(...line)
    try {
      const response = await worker.fetch(new Request('https://example.com/health'), env, context)
      assert.equal(response.status, 500)
      assert.doesNotMatch(await response.text(), /REDIS|CACHE|secret/)
    } finally {
      console.error = error
    }
    const reason = 'must not be set: a Worker keeps neither connections nor files between requests'
    for (const name of Object.keys(env)) {
      assert.ok(String(logged).includes(`${name}: ${reason}`), String(logged))
    }
    assert.doesNotMatch(String(logged), /secret/)
  })
})
