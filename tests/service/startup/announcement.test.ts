import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { announcementOf } from '../../../src/service/startup/announcement.ts'
import { readConfig } from '../../../src/service/startup/config.ts'
import { withHost } from '../../support/config-problems.ts'

function announced(environment: Record<string, string> = {}, host = '127.0.0.1') {
  const config = readConfig({ HOST: host, ...environment }, withHost)
  return announcementOf({ config, host, port: 3000, version: '1.2.3', runtime: 'bun 1' })
}

const API_TOKEN = 'a-token-for-writes'
const everything = {
  API_DOCS: 'off',
  THREADS: '4',
  DATABASE_URL: 'sqlite:/var/lib/hitrate/users.sqlite',
  CACHE_MAX_BYTES: '1536KiB',
  REDIS_URL: 'redis://kim:secret@redis.example.com/2',
  API_TOKEN,
  READ_TOKEN: 'a-token-for-reads',
  METRICS_TOKEN: 'a-token-for-scrapes',
  ADMIN_TOKEN: 'a-token-for-purges',
}

describe('announcementOf', () => {
  it('shows a service with the defaults', () => {
    assert.equal(
      announced().text,
      `
hitrate 1.2.3 on bun 1
  page      http://127.0.0.1:3000/
  url       http://127.0.0.1:3000
  database  ./data/hitrate.sqlite
  cache     64 MiB of memory
  reads     open to everyone who reaches the service
  writes    open to this machine
  metrics   http://127.0.0.1:3000/metrics
  purges    off without ADMIN_TOKEN
  docs      http://127.0.0.1:3000/docs
  try       curl -i http://127.0.0.1:3000/api/user/user_001

`,
    )
  })

  it('shows threads, the database, the shared tier and the tokens that requests need', () => {
    assert.equal(
      announced(everything, '0.0.0.0').text,
      `
hitrate 1.2.3 on bun 1, 4 threads
  url       http://0.0.0.0:3000
  database  /var/lib/hitrate/users.sqlite
  cache     1536 KiB of memory, shared in redis://redis.example.com:6379/2
  reads     need READ_TOKEN or API_TOKEN
  writes    need API_TOKEN
  metrics   http://0.0.0.0:3000/metrics, need METRICS_TOKEN
  purges    need ADMIN_TOKEN
  docs      off
  try       curl -i -H "authorization: Bearer $READ_TOKEN" http://0.0.0.0:3000/api/user/user_001

`,
    )
  })

  it('has the same as fields', () => {
    assert.deepEqual(announced().fields, {
      url: 'http://127.0.0.1:3000',
      page: 'http://127.0.0.1:3000/',
      user: 'http://127.0.0.1:3000/api/user/user_001',
      health: 'http://127.0.0.1:3000/health',
      metrics: 'http://127.0.0.1:3000/metrics',
      docs: 'http://127.0.0.1:3000/docs',
      version: '1.2.3',
      runtime: 'bun 1',
      threads: 1,
      database: './data/hitrate.sqlite',
      cacheMaxBytes: 67_108_864,
      reads: 'open',
      writes: 'open',
      scrapes: 'open',
      purges: 'off',
    })
    const { threads, database, sharedTier, reads, writes, scrapes, purges } = announced(everything).fields
    assert.deepEqual([threads, database], [4, '/var/lib/hitrate/users.sqlite'])
    assert.equal(sharedTier, 'redis://redis.example.com:6379/2')
    assert.deepEqual([reads, writes, scrapes, purges], ['token', 'token', 'token', 'token'])
  })

  it('contains no token and no password', () => {
    const announcement = JSON.stringify(announced(everything))
    assert.doesNotMatch(announcement, /a-token-for|secret/)
  })

  it('names a database in memory, a cache that is off, and the shared tier only if it is used', () => {
    const { text, fields } = announced({ DATABASE_URL: 'memory:', CACHE: 'off', REDIS_URL: 'redis://x' })
    assert.match(text, /^ {2}database {2}in memory, lost at the end$/m)
    assert.match(text, /^ {2}cache {5}off$/m)
    assert.deepEqual([fields.database, fields.cacheMaxBytes, fields.sharedTier], ['memory:', 0, undefined])
  })

  it('has brackets around an IPv6 address', () => {
    assert.equal(announced({}, '::1').fields.url, 'http://[::1]:3000')
    assert.equal(announced({ API_TOKEN }, '::').fields.url, 'http://[::]:3000')
  })

  it('shows a size in the largest unit that gives a whole number', () => {
    for (const [CACHE_MAX_BYTES, shown] of [
      ['2GiB', '2 GiB'],
      ['3072MiB', '3 GiB'],
      ['1025', '1025 bytes'],
    ] as const)
      assert.match(announced({ CACHE_MAX_BYTES }).text, new RegExp(`cache +${shown} of memory`))
  })
})
