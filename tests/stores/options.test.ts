/** Options of the stores: misspelt names, and clients without the methods that a store calls. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { memcachedStore } from '../../src/stores/memcached/memcached-store.ts'
import { memoryStore } from '../../src/stores/memory/store.ts'
import { redisStore } from '../../src/stores/redis/redis-store.ts'
import { sqliteStore } from '../../src/stores/sqlite/sqlite-store.ts'
import { workersKvStore } from '../../src/stores/workers-kv.ts'

/** Calls a factory as a caller without types. */
const unchecked = (make: (options: never) => unknown, options: unknown) => () => make(options as never)

describe('the options of a store', () => {
  const client = { send() {}, connect() {}, duplicate() {} }
  const redisClient =
    'redisStore: client must be a client of ioredis, iovalkey, node-redis (createClient or createCluster), ' +
    'Bun.RedisClient or @upstash/redis, with the method call, sendCommand, send or exec'
  const cases: [call: () => unknown, message: string][] = [
    [unchecked(redisStore, { client: {} }), `${redisClient}, got an object`],
    [unchecked(redisStore, {}), `${redisClient}, got undefined`],
    [unchecked(redisStore, undefined), `${redisClient}, got undefined`],
    [
      unchecked(redisStore, { client, clinet: 1 }),
      'redisStore: unknown option "clinet"; did you mean "client"?',
    ],
    [
      unchecked(memcachedStore, {}),
      'memcachedStore: servers must be a string or an array of servers, such as "127.0.0.1:11211", got undefined',
    ],
    [
      unchecked(memcachedStore, { servers: [11211] }),
      'memcachedStore: servers must be a string or an array of servers, such as "127.0.0.1:11211", got an array',
    ],
    [
      unchecked(memcachedStore, { servers: 'localhost,' }),
      'memcachedStore: servers must have servers such as cache.example:11211, [::1]:11211 or /run/memcached.sock, got ""',
    ],
    [
      unchecked(memcachedStore, { servers: 'localhost', client: {} }),
      'memcachedStore: unknown option "client"; the options are servers, tls, username, password',
    ],
    [
      unchecked(memcachedStore, { servers: 'localhost', username: 'me' }),
      'memcachedStore: password must be given beside a username',
    ],
    [
      unchecked(workersKvStore, { namespace: {} }),
      'workersKvStore: namespace must be a KV namespace with get, put and delete, got an object',
    ],
    [
      unchecked(workersKvStore, {}),
      'workersKvStore: namespace must be a KV namespace with get, put and delete, got undefined',
    ],
    [unchecked(sqliteStore, {}), 'sqliteStore: path must be the path of a file, got undefined'],
    [unchecked(sqliteStore, { path: '' }), 'sqliteStore: path must be the path of a file, got ""'],
    [
      unchecked(sqliteStore, { path: ':memory:' }),
      'sqliteStore: path must be the path of a file, got ":memory:"',
    ],
    [
      unchecked(sqliteStore, { path: 'a', maxBytes: 1000 }),
      'sqliteStore: maxBytes must be a whole number of bytes, at least 1048576, got 1000',
    ],
    [
      unchecked(sqliteStore, { path: 'a', pollMs: 0 }),
      'sqliteStore: pollMs must be a number of milliseconds above 0, got 0',
    ],
    [unchecked(sqliteStore, { path: 'a', now: 1 }), 'sqliteStore: now must be a function, got 1'],
    [
      unchecked(sqliteStore, { path: 'a', maxByte: 1 }),
      'sqliteStore: unknown option "maxByte"; did you mean "maxBytes"?',
    ],
    [
      unchecked(memoryStore, { maxByte: 1 }),
      'memoryStore: unknown option "maxByte"; did you mean "maxBytes"?',
    ],
  ]
  for (const [call, message] of cases) {
    it(`invalid options throw: ${message}`, () => assert.throws(call, { name: 'TypeError', message }))
  }

  it('a client with all methods is accepted', () => {
    assert.equal(redisStore({ client } as never).name, 'redis')
  })
})
