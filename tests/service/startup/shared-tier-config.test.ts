import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readConfig } from '../../../src/service/startup/config.ts'
import { sharedTierVariables } from '../../../src/service/startup/shared-tier-config.ts'
import { problems, withHost } from '../../support/config-problems.ts'

const REDIS_URL = 'redis://localhost'
const MEMCACHED_SERVERS = 'localhost'
const CACHE_FILE = './data/cache.sqlite'
const TIERS = [{ REDIS_URL }, { MEMCACHED_SERVERS }, { CACHE_FILE }]

const tierOf = (environment: Record<string, string>) => readConfig(environment, withHost).cache.sharedTier

describe('the configuration of the shared tier', () => {
  it('is undefined without a variable that chooses a tier', () => {
    assert.equal(tierOf({}), undefined)
  })

  it('has the servers of Memcached, without credentials and TLS by default', () => {
    assert.deepEqual(
      tierOf({ MEMCACHED_SERVERS: 'a, 10.0.0.7:11212,[::1]:1,[fe80::2],/run/memcached.sock' }),
      {
        kind: 'memcached',
        servers: ['a:11211', '10.0.0.7:11212', '[::1]:1', '[fe80::2]:11211', '/run/memcached.sock'],
        tls: false,
        username: undefined,
        password: undefined,
        timeoutMs: 50,
      },
    )
  })

  it('has the credentials and TLS of Memcached', () => {
    const credentials = { MEMCACHED_USERNAME: 'kim', MEMCACHED_PASSWORD: 'p@ss:w/o%rd?' }
    assert.deepEqual(tierOf({ MEMCACHED_SERVERS: 'a', ...credentials, MEMCACHED_TLS: 'on' }), {
      kind: 'memcached',
      servers: ['a:11211'],
      tls: true,
      username: 'kim',
      password: 'p@ss:w/o%rd?',
      timeoutMs: 50,
    })
  })

  it('has the path and the size of the file, by default 1 GiB', () => {
    assert.deepEqual(tierOf({ CACHE_FILE }), {
      kind: 'file',
      path: CACHE_FILE,
      maxBytes: 2 ** 30,
      timeoutMs: 50,
    })
    const sized = tierOf({ CACHE_FILE, CACHE_FILE_MAX_BYTES: '64MiB' })
    assert.equal(sized?.kind === 'file' && sized.maxBytes, 2 ** 26)
  })

  for (const [name, value, problem] of [
    ['REDIS_URL', 'http://x', 'must begin with redis://, rediss:// or unix://'],
    ['REDIS_URL', 'redis://x/first', 'must have a whole number as the database, such as 0'],
    ['MEMCACHED_SERVERS', 'a:0', 'must have ports from 1 to 65535, got "a:0"'],
    ['MEMCACHED_SERVERS', 'a,a:11211', 'must have each server once, got a:11211 again'],
    [
      'MEMCACHED_SERVERS',
      'memcached://a',
      'must have servers such as cache.example:11211, [::1]:11211 or /run/memcached.sock, got "memcached://a"',
    ],
    ['CACHE_FILE', ':memory:', 'must be the path of a file, such as ./data/cache.sqlite'],
    ['CACHE_FILE', 'file:cache.sqlite', 'must be the path of a file, such as ./data/cache.sqlite'],
    ['CACHE_FILE', './data/', 'must be the path of a file, such as ./data/cache.sqlite'],
    ['CACHE_FILE', 'sqlite:./cache.sqlite', 'must be the path of a file, such as ./data/cache.sqlite'],
  ] as const) {
    it(`refuses ${name}=${value}`, () => {
      assert.deepEqual(problems({ [name]: value }), [`${name}: ${problem}`])
    })
  }

  it('refuses credentials among the servers of Memcached, and does not show them', () => {
    for (const servers of ['kim:secret@a', 'memcached://kim:secret@a:11211', 'b,:secret@a']) {
      assert.deepEqual(problems({ MEMCACHED_SERVERS: servers }), [
        'MEMCACHED_SERVERS: must have no user and password: MEMCACHED_USERNAME and MEMCACHED_PASSWORD are for them',
      ])
    }
  })

  it('refuses invalid values beside a tier', () => {
    assert.deepEqual(problems({ MEMCACHED_SERVERS, MEMCACHED_TLS: 'yes' }), [
      'MEMCACHED_TLS: must be on or off',
    ])
    const credentials = { MEMCACHED_USERNAME: 'kim lee', MEMCACHED_PASSWORD: 'sécret' }
    assert.deepEqual(problems({ MEMCACHED_SERVERS, ...credentials }), [
      'MEMCACHED_USERNAME: must be printable ASCII without spaces',
      'MEMCACHED_PASSWORD: must be printable ASCII without spaces',
    ])
    assert.deepEqual(problems({ CACHE_FILE, CACHE_FILE_MAX_BYTES: '1GB' }), [
      'CACHE_FILE_MAX_BYTES: must be a number of bytes, such as 67108864 or 64MiB',
    ])
    assert.deepEqual(problems({ CACHE_FILE, CACHE_FILE_MAX_BYTES: '1023KiB' }), [
      'CACHE_FILE_MAX_BYTES: must be at least 1MiB',
    ])
    for (const tier of TIERS) {
      for (const CACHE_REMOTE_TIMEOUT_MS of ['0', '60001', '1.5', '50ms']) {
        assert.deepEqual(problems({ ...tier, CACHE_REMOTE_TIMEOUT_MS }), [
          'CACHE_REMOTE_TIMEOUT_MS: must be a whole number of milliseconds from 1 to 60000',
        ])
      }
    }
  })

  it('has a budget of 50 ms for each tier, and accepts 1 to 60000 ms', () => {
    for (const tier of TIERS) {
      const budgets = [{}, { CACHE_REMOTE_TIMEOUT_MS: '1' }, { CACHE_REMOTE_TIMEOUT_MS: '60000' }]
      assert.deepEqual(
        budgets.map((budget) => tierOf({ ...tier, ...budget })?.timeoutMs),
        [50, 1, 60_000],
      )
    }
  })

  it('refuses a second tier, and names both', () => {
    const reason = 'because a cache has one shared tier'
    assert.deepEqual(problems({ REDIS_URL, MEMCACHED_SERVERS, CACHE_FILE }), [
      `MEMCACHED_SERVERS: must not be set beside REDIS_URL, ${reason}`,
      `CACHE_FILE: must not be set beside REDIS_URL, ${reason}`,
    ])
    assert.deepEqual(problems({ MEMCACHED_SERVERS, CACHE_FILE }), [
      `CACHE_FILE: must not be set beside MEMCACHED_SERVERS, ${reason}`,
    ])
  })

  it('refuses a variable that has no effect without its tier', () => {
    const missing = 'has no effect without REDIS_URL, MEMCACHED_SERVERS or CACHE_FILE'
    assert.deepEqual(problems({ CACHE_REMOTE_TIMEOUT_MS: '5' }), [`CACHE_REMOTE_TIMEOUT_MS: ${missing}`])
    const memcached = { MEMCACHED_USERNAME: 'kim', MEMCACHED_PASSWORD: 'secret', MEMCACHED_TLS: 'off' }
    for (const tier of [{ REDIS_URL }, { CACHE_FILE }]) {
      assert.deepEqual(problems({ ...tier, ...memcached }), [
        'MEMCACHED_USERNAME: has no effect without MEMCACHED_SERVERS',
        'MEMCACHED_PASSWORD: has no effect without MEMCACHED_SERVERS',
        'MEMCACHED_TLS: has no effect without MEMCACHED_SERVERS',
      ])
    }
    assert.deepEqual(problems({ REDIS_URL, CACHE_FILE_MAX_BYTES: '1GiB' }), [
      'CACHE_FILE_MAX_BYTES: has no effect without CACHE_FILE',
    ])
  })

  it('refuses half of the credentials of Memcached', () => {
    for (const half of [{ MEMCACHED_USERNAME: 'kim' }, { MEMCACHED_PASSWORD: 'secret' }]) {
      assert.deepEqual(problems({ MEMCACHED_SERVERS, ...half }), [
        'MEMCACHED_USERNAME: must be set together with MEMCACHED_PASSWORD',
      ])
    }
  })

  it('refuses each of its variables with the reason, where there can be no shared tier', () => {
    const options = { defaultHost: undefined, noSharedTierReason: 'it has no sockets' }
    const values = {
      ...{ REDIS_URL, MEMCACHED_SERVERS, CACHE_FILE, CACHE_FILE_MAX_BYTES: '1GiB' },
      ...{ MEMCACHED_USERNAME: 'kim', MEMCACHED_PASSWORD: 'secret', MEMCACHED_TLS: 'on' },
      CACHE_REMOTE_TIMEOUT_MS: '5',
    }
    const refused = Object.keys(sharedTierVariables).map(
      (name) => `${name}: must not be set: it has no sockets`,
    )
    assert.deepEqual(problems(values, options), refused)
    assert.deepEqual(problems({}, options), [])
  })
})
