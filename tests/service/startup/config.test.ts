import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { automaticCacheBytes } from '../../../src/process/startup/memory/automatic-cache-bytes.ts'
import { readConfig } from '../../../src/service/startup/config.ts'
import { problems, withHost } from '../../support/config-problems.ts'

describe('readConfig', () => {
  it('has a default for every variable', () => {
    assert.deepEqual(readConfig({}, withHost), {
      host: '127.0.0.1',
      port: 3000,
      threads: 1,
      socketHits: false,
      database: { kind: 'sqlite', path: './data/hitrate.sqlite' },
      repositoryDelayMs: 0,
      shutdownDelayMs: 0,
      cache: {
        enabled: true,
        targetedControl: 'max-age=60, stale-while-revalidate=300, stale-if-error=86400',
        maxBytes: 67_108_864,
        maxEntries: undefined,
        audit: 0,
        sharedTier: undefined,
      },
      apiToken: undefined,
      openWrites: true,
      readToken: undefined,
      corsOrigins: undefined,
      metricsToken: undefined,
      processMonitor: true,
      adminToken: undefined,
      requestIds: 'on',
      dashboard: 'on',
      apiDocs: true,
      accessLog: false,
      logLevel: 'info',
    })
  })

  it('reads every variable, and treats an empty one as unset', () => {
    const config = readConfig(
      {
        HOST: '0.0.0.0',
        PORT: '8080',
        THREADS: '2',
        SOCKET_HITS: 'on',
        DATABASE_URL: 'sqlite:./users.sqlite',
        REPOSITORY_DELAY_MS: '10',
        SHUTDOWN_DELAY_MS: '5000',
        CACHE: 'off',
        CACHE_TARGETED_CONTROL: 'max-age=5',
        CACHE_MAX_BYTES: '2MiB',
        CACHE_MAX_ENTRIES: '7',
        CACHE_AUDIT: '0.001',
        REDIS_URL: 'rediss://kim:secret@redis.example.com/2',
        CACHE_REMOTE_TIMEOUT_MS: '20',
        API_TOKEN: 'a-token-for-writes',
        READ_TOKEN: 'a-token-for-reads',
        CORS_ORIGINS: 'https://a.example',
        METRICS_TOKEN: ' ',
        PROCESS_MONITOR: 'off',
        ADMIN_TOKEN: 'a-token-for-purges',
        ACCESS_LOG: 'on',
        REQUEST_IDS: 'all',
        DASHBOARD: 'token',
        API_DOCS: 'off',
        LOG_LEVEL: 'warn',
      },
      withHost,
    )
    assert.deepEqual(config, {
      host: '0.0.0.0',
      port: 8080,
      threads: 2,
      socketHits: true,
      database: { kind: 'sqlite', path: './users.sqlite' },
      repositoryDelayMs: 10,
      shutdownDelayMs: 5000,
      cache: {
        enabled: false,
        targetedControl: 'max-age=5',
        maxBytes: 2_097_152,
        maxEntries: 7,
        audit: 0.001,
        sharedTier: {
          kind: 'redis',
          address: {
            server: { kind: 'tcp', host: 'redis.example.com', port: 6379, tls: true },
            username: 'kim',
            password: 'secret',
            database: 2,
          },
          timeoutMs: 20,
        },
      },
      apiToken: 'a-token-for-writes',
      openWrites: false,
      readToken: 'a-token-for-reads',
      corsOrigins: ['https://a.example'],
      metricsToken: undefined,
      processMonitor: false,
      adminToken: 'a-token-for-purges',
      requestIds: 'all',
      dashboard: 'token',
      apiDocs: false,
      accessLog: true,
      logLevel: 'warning',
    })
  })

  for (const [name, value, problem] of [
    ['PORT', '70000', 'must be a whole number from 0 to 65535'],
    ['THREADS', '0', 'must be a whole number from 1 to 64'],
    ['THREADS', '65', 'must be a whole number from 1 to 64'],
    ['THREADS', 'all', 'must be a whole number from 1 to 64'],
    ['SOCKET_HITS', 'true', 'must be on or off'],
    ['REQUEST_IDS', 'some', 'must be on, all or off'],
    ['API_DOCS', 'yes', 'must be on or off'],
    ['DATABASE_URL', 'postgres://x', 'must be sqlite:<file> or memory:'],
    ['DATABASE_URL', 'sqlite:', 'must be sqlite:<file> or memory:'],
    ['REPOSITORY_DELAY_MS', '-1', 'must be a whole number of milliseconds from 0 to 60000'],
    ['SHUTDOWN_DELAY_MS', '5s', 'must be a whole number of milliseconds from 0 to 600000'],
    ['SHUTDOWN_DELAY_MS', '600001', 'must be a whole number of milliseconds from 0 to 600000'],
    ['CACHE', 'yes', 'must be on or off'],
    ['PROCESS_MONITOR', 'no', 'must be on or off'],
    ['CACHE_TARGETED_CONTROL', 'max-age=', 'must be cache directives with whole seconds, such as max-age=60'],
    [
      'CACHE_TARGETED_CONTROL',
      'max-age=soon',
      'must be cache directives with whole seconds, such as max-age=60',
    ],
    [
      'CACHE_TARGETED_CONTROL',
      'maxage=60',
      'must be cache directives with whole seconds, such as max-age=60',
    ],
    ['CACHE_MAX_BYTES', 'Auto', 'must be a number of bytes, such as 67108864 or 64MiB, or auto'],
    ['CACHE_MAX_BYTES', '1000', 'must be at least 1KiB'],
    ['CACHE_MAX_ENTRIES', '0', 'must be a whole number of entries from 1 to 2147483648'],
    ['CACHE_AUDIT', '2', 'must be a share from 0 to 1, such as 0.001'],
    ['LOG_LEVEL', 'loud', 'must be debug, info, warn or error'],
  ] as const) {
    it(`refuses ${name}=${value}`, () =>
      assert.deepEqual(problems({ [name]: value }), [`${name}: ${problem}`]))
  }

  it('refuses settings that do not work with several threads', () => {
    const inMemory =
      'DATABASE_URL: must be a file with THREADS above 1, because in memory each thread would have its own users'
    for (const DATABASE_URL of ['memory:', 'sqlite::memory:']) {
      assert.deepEqual(problems({ THREADS: '2', DATABASE_URL }), [inMemory])
      assert.deepEqual(problems({ THREADS: '1', DATABASE_URL }), [])
    }
    assert.deepEqual(problems({ THREADS: '4', CACHE_MAX_BYTES: '4095', CACHE_MAX_ENTRIES: '3' }), [
      'CACHE_MAX_BYTES: must be at least 1KiB for each of THREADS',
      'CACHE_MAX_ENTRIES: must be at least 1 for each of THREADS',
    ])
    assert.deepEqual(problems({ THREADS: '4', CACHE_MAX_BYTES: '4KiB', CACHE_MAX_ENTRIES: '4' }), [])
  })

  it('reads the memory limit for CACHE_MAX_BYTES=auto only', () => {
    let calls = 0
    const memoryLimit = () => {
      calls++
      return 2 ** 30
    }
    const maxBytes = (CACHE_MAX_BYTES: string, THREADS = '1') =>
      readConfig({ CACHE_MAX_BYTES, THREADS }, { ...withHost, memoryLimit }).cache.maxBytes
    assert.equal(maxBytes('2MiB'), 2 ** 21)
    assert.equal(calls, 0)
    assert.equal(maxBytes('auto'), automaticCacheBytes(2 ** 30, 1))
    assert.equal(maxBytes('auto', '2'), automaticCacheBytes(2 ** 30, 2))
    const worker = readConfig({ CACHE_MAX_BYTES: 'auto' }, { defaultHost: undefined })
    assert.equal(worker.cache.maxBytes, automaticCacheBytes())
  })

  it('refuses a cache in the file of the database, compared by the given function', () => {
    const problem = 'CACHE_FILE: must not be the file of DATABASE_URL'
    const compared: string[][] = []
    const isSameFile = (...paths: string[]) => compared.push(paths) > 0
    const options = { ...withHost, isSameFile }
    assert.deepEqual(problems({ CACHE_FILE: './a', DATABASE_URL: 'sqlite:b' }, options), [problem])
    assert.deepEqual(problems({ CACHE_FILE: './a' }, options), [problem])
    assert.deepEqual(compared, [
      ['./a', 'b'],
      ['./a', './data/hitrate.sqlite'],
    ])
    assert.deepEqual(problems({ CACHE_FILE: './a', DATABASE_URL: 'memory:' }, options), [])
    assert.deepEqual(problems({ CACHE_FILE: './data/hitrate.sqlite' }), [problem])
    assert.deepEqual(problems({ CACHE_FILE: './data/cache.sqlite' }), [])
  })

  it('refuses several threads with the reason, where only one is possible', () => {
    const options = { defaultHost: undefined, singleThreadReason: 'it is small' }
    assert.deepEqual(problems({ THREADS: '2' }, options), ['THREADS: must be 1: it is small'])
    assert.deepEqual(problems({ THREADS: '1' }, options), [])
  })

  it('takes the default of SOCKET_HITS from the runtime, and refuses it without sockets', () => {
    const hitsOf = (SOCKET_HITS: string, defaultSocketHits: boolean) =>
      readConfig({ SOCKET_HITS }, { ...withHost, defaultSocketHits }).socketHits
    assert.deepEqual([hitsOf('', true), hitsOf('off', true), hitsOf('on', true)], [true, false, true])
    assert.deepEqual([hitsOf('', false), hitsOf('off', false), hitsOf('on', false)], [false, false, true])
    const worker = { defaultHost: undefined }
    assert.deepEqual(problems({ SOCKET_HITS: 'on' }, worker), [
      'SOCKET_HITS: must be off: a Worker has no sockets',
    ])
    assert.deepEqual(problems({ SOCKET_HITS: 'off' }, worker), [])
  })

  it('lists every invalid variable in one error', () => {
    const listed = problems({ PORT: 'x', CACHE: 'y', LOG_LEVEL: 'z', HOST: '10.0.0.1' }).map(
      (line) => line.split(':')[0],
    )
    assert.deepEqual(listed, ['PORT', 'CACHE', 'LOG_LEVEL', 'API_TOKEN'])
  })

  it('allows writes without a token on loopback only', () => {
    for (const host of ['127.0.0.1', '127.8.9.1', 'localhost', '::1', '[::1]']) {
      assert.equal(readConfig({ HOST: host }, withHost).openWrites, true, host)
    }
    for (const host of ['0.0.0.0', '::', '10.0.0.1', 'example.com', '127.0.0.1.example.com', '1270.0.0.1']) {
      assert.match(problems({ HOST: host })[0] ?? '', /^API_TOKEN: must be set/, host)
    }
    for (const name of ['API_TOKEN', 'READ_TOKEN'])
      assert.equal(readConfig({ [name]: 'a-token-of-its-own' }, withHost).openWrites, false)
  })

  it('disables writes without a token on a runtime without a host, and throws nothing', () => {
    const config = readConfig({}, { defaultHost: undefined })
    assert.deepEqual([config.host, config.openWrites, config.apiToken], [undefined, false, undefined])
  })
})
