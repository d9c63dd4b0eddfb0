import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { describeSharedTier } from '../../../src/process/startup/describe-shared-tier.ts'
import { readConfig } from '../../../src/service/startup/config.ts'
import { withHost } from '../../support/config-problems.ts'

describe('describeSharedTier', () => {
  it('describeSharedTier has the address of each kind, and no credentials', () => {
    const credentials = { MEMCACHED_USERNAME: 'kim', MEMCACHED_PASSWORD: 'secret' }
    for (const [environment, described] of [
      [{ REDIS_URL: 'redis://kim:secret@localhost' }, 'redis://localhost:6379/0'],
      [{ MEMCACHED_SERVERS: 'a,[::1]:1', ...credentials }, 'memcached://a:11211,[::1]:1'],
      [{ MEMCACHED_SERVERS: '/run/memcached.sock' }, 'memcached:///run/memcached.sock'],
      [{ CACHE_FILE: '/var/cache/hitrate.sqlite' }, 'file:/var/cache/hitrate.sqlite'],
    ] as const) {
      const { sharedTier } = readConfig(environment, withHost).cache
      assert.equal(sharedTier && describeSharedTier(sharedTier), described)
    }
  })
})
