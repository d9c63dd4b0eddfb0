import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { StartError } from '../../src/process/startup/start-error.ts'
import { proxyConfig } from '../../src/proxy/proxy-config.ts'
import type { ProxyOptions } from '../../src/proxy/proxy-options.ts'

const environment = {
  defaultSocketHits: true,
  singleThreadReason: undefined,
  memoryLimit: () => 2 ** 30,
  random: '1a2b',
}
const config = (options: Partial<ProxyOptions> = {}) =>
  proxyConfig({ upstream: 'http://localhost:3000', ...options }, environment)

describe('proxyConfig', () => {
  it('fills in the defaults', () => {
    const { host, port, threads, cache, timeoutMs, stripCookies, upstream, pseudonym } = config()
    assert.deepEqual(
      { host, port, threads, timeoutMs, stripCookies, upstream, pseudonym, maxBytes: cache.maxBytes },
      {
        host: '127.0.0.1',
        port: 8080,
        threads: 1,
        timeoutMs: 30_000,
        stripCookies: false,
        upstream: 'http://localhost:3000/',
        pseudonym: 'hitrate-1a2b',
        maxBytes: 64 * 2 ** 20,
      },
    )
  })

  it('separates the entries of upstreams that share a tier, in a name without colons', () => {
    const [one, other] = [config(), config({ upstream: 'http://localhost:3001' })]
    assert.notEqual(one.cache.namespace, other.cache.namespace)
    assert.doesNotMatch(one.cache.namespace ?? ':', /:/)
  })

  it('can be sent to a thread', () => assert.deepEqual(structuredClone(config()), config()))

  for (const [options, line] of [
    [{ upstream: 'localhost:3000' }, '<upstream>: must be a URL such as http://localhost:3000'],
    [{ upstream: 'ftp://a' }, '<upstream>: must be a URL such as http://localhost:3000'],
    [{ upstream: 'http://a/?b' }, '<upstream>: must have no query, fragment, user and password'],
    [{ upstream: 'http://a:secret@b' }, '<upstream>: must have no query, fragment, user and password'],
    [{ port: 70_000 }, '--port: must be a whole number from 0 to 65535'],
    [{ threads: 0 }, '--threads: must be a whole number from 1 to 64'],
    [{ ttlMs: -1 }, '--ttl: must be a number of seconds from 0'],
    [{ timeoutMs: 0 }, '--timeout: must be a number of seconds above 0'],
    [{ maxBytes: 1024 }, '--max-bytes: must be at least 1 MiB for each thread'],
    [{ token: 'short' }, '--token: must have at least 16 printable ASCII characters without spaces'],
    [{ redisUrl: 'http://a' }, '--redis: must begin with redis://, rediss:// or unix://'],
    [{ redisUrl: 'redis://a', file: 'b' }, '--file: must not be set beside --redis'],
  ] as const) {
    it(`refuses ${JSON.stringify(options)} with a line that names the flag`, () => {
      const isRefusal = (error: unknown) =>
        error instanceof StartError && error.message === `Invalid options:\n  ${line}`
      assert.throws(() => config(options), isRefusal)
    })
  }

  it('names all problems at once, and never a password', () => {
    assert.throws(
      () => config({ port: -1, ttlMs: -1, redisUrl: 'redis://:secret@' }),
      (error: Error) => error.message.split('\n').length === 4 && !error.message.includes('secret'),
    )
  })

  it('takes a share of the memory of the machine, and gives the reason for one thread', () => {
    assert.ok(Number(config({ maxBytes: 'auto' }).cache.maxBytes) > 4 * 2 ** 20)
    const alone = { ...environment, singleThreadReason: 'this system does not' }
    assert.throws(
      () => proxyConfig({ upstream: 'http://a', threads: 2 }, alone),
      /--threads: must be 1: this system does not/,
    )
  })
})
