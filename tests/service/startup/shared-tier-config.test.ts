import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readConfig } from '../../../src/service/startup/config.ts'
import { problems, withHost } from '../../support/config-problems.ts'

const REDIS_URL = 'redis://localhost'

describe('the configuration of the shared tier', () => {
  it('is undefined without a variable that chooses a tier', () => {
    assert.equal(readConfig({}, withHost).cache.sharedTier, undefined)
  })

  it('refuses an invalid REDIS_URL', () => {
    for (const [url, problem] of [
      ['http://x', 'must begin with redis://, rediss:// or unix://'],
      ['redis://x/first', 'must have a whole number as the database, such as 0'],
    ] as const) {
      assert.deepEqual(problems({ REDIS_URL: url }), [`REDIS_URL: ${problem}`])
    }
  })

  it('has a budget of 50 ms, and accepts 1 to 60000 ms', () => {
    const timeoutOf = (environment: Record<string, string>) =>
      readConfig({ REDIS_URL, ...environment }, withHost).cache.sharedTier?.timeoutMs
    assert.deepEqual(
      [{}, { CACHE_REMOTE_TIMEOUT_MS: '1' }, { CACHE_REMOTE_TIMEOUT_MS: '60000' }].map(timeoutOf),
      [50, 1, 60_000],
    )
    for (const CACHE_REMOTE_TIMEOUT_MS of ['0', '60001', '1.5', '50ms']) {
      assert.deepEqual(problems({ REDIS_URL, CACHE_REMOTE_TIMEOUT_MS }), [
        'CACHE_REMOTE_TIMEOUT_MS: must be a whole number of milliseconds from 1 to 60000',
      ])
    }
  })

  it('refuses a budget without a shared tier', () => {
    assert.deepEqual(problems({ CACHE_REMOTE_TIMEOUT_MS: '5' }), [
      'CACHE_REMOTE_TIMEOUT_MS: has no effect without REDIS_URL',
    ])
  })

  it('refuses its variables with the reason, where there can be no shared tier', () => {
    const options = { defaultHost: undefined, noSharedTierReason: 'it has no sockets' }
    assert.deepEqual(problems({ REDIS_URL, CACHE_REMOTE_TIMEOUT_MS: '5' }, options), [
      'REDIS_URL: must not be set: it has no sockets',
      'CACHE_REMOTE_TIMEOUT_MS: must not be set: it has no sockets',
    ])
    assert.deepEqual(problems({}, options), [])
  })
})
