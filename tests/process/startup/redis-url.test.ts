import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  describeRedisAddress,
  parseRedisUrl,
  type RedisAddress,
  RedisUrlError,
} from '../../../src/process/startup/redis-url.ts'

const tcp = (host: string, port = 6379, tls = false) => ({ kind: 'tcp', host, port, tls }) as const
const unix = (path: string) => ({ kind: 'unix', path }) as const

describe('parseRedisUrl', () => {
  const addresses: [url: string, server: RedisAddress['server'], rest?: Partial<RedisAddress>][] = [
    ['redis://localhost', tcp('localhost')],
    ['redis://localhost/', tcp('localhost')],
    ['redis://10.0.0.7:6380/15', tcp('10.0.0.7', 6380), { database: 15 }],
    ['rediss://cache.example.com', tcp('cache.example.com', 6379, true)],
    ['REDIS://Localhost', tcp('Localhost')],
    ['redis://redis_1', tcp('redis_1')],
    ['redis://[::1]:6380/1', tcp('::1', 6380), { database: 1 }],
    ['redis://:secret@localhost', tcp('localhost'), { password: 'secret' }],
    ['redis://kim:secret@localhost', tcp('localhost'), { username: 'kim', password: 'secret' }],
    [
      'redis://k%40m:p%40ss%3Aw%2Fo%25rd%3F%20%C3%A9@localhost/3',
      tcp('localhost'),
      { username: 'k@m', password: 'p@ss:w/o%rd? é', database: 3 },
    ],
    ['unix:///run/redis.sock', unix('/run/redis.sock')],
    ['redis+unix:///run/redis.sock?db=2', unix('/run/redis.sock'), { database: 2 }],
    ['unix:///run/my%20redis%3F.sock', unix('/run/my redis?.sock')],
    ['unix://:se%2Fcret@/run/redis.sock', unix('/run/redis.sock'), { password: 'se/cret' }],
    [
      'unix://kim:p%40ss@/run/redis.sock?db=2',
      unix('/run/redis.sock'),
      { username: 'kim', password: 'p@ss', database: 2 },
    ],
  ]
  for (const [url, server, rest] of addresses) {
    it(`reads ${url}`, () => {
      const address = { server, username: undefined, password: undefined, database: 0, ...rest }
      assert.deepEqual(parseRedisUrl(url), address)
    })
  }

  for (const [url, message] of [
    ['secret', /must begin with redis:\/\/, rediss:\/\/ or unix:\/\//],
    ['localhost:6379', /must begin with/],
    ['http://:secret@localhost', /must begin with/],
    ['redis://', /must be redis:\/\/.*host/],
    ['redis:///0', /must be redis:\/\/.*host/],
    ['redis://:secret@', /must be redis:\/\/.*host/],
    ['redis://:secret@local host', /must be redis:\/\/.*host/],
    ['redis://:sec/ret@localhost', /percent-encoded/],
    ['redis://kim:12/secret@localhost', /whole number as the database/],
    ['redis://kim:12#secret@localhost', /without \? and #/],
    ['redis://localhost?password=secret', /without \? and #/],
    ['redis://:secret@localhost:70000', /must be redis:\/\//],
    ['redis://:secret@localhost/-1', /whole number as the database/],
    ['redis://:secret@localhost/1/2', /whole number as the database/],
    ['redis://:secret%@localhost', /valid percent-encoding, in which % itself is %25/],
    ['redis://:secret%ff@localhost', /valid percent-encoding/],
    ['redis://secret@localhost', /must have a password if it has a user/],
    ['unix://', /must be unix:\/\//],
    ['unix://:secret@localhost/run/redis.sock', /must be unix:\/\//],
    ['unix://:sec@ret@/run/redis.sock', /must be unix:\/\//],
    ['unix:///run/redis.sock?password=secret', /must be unix:\/\//],
    ['unix://:secret@/run/redis.sock?db=x', /whole number as the database/],
  ] as const) {
    it(`refuses ${url} without a part of it in the message`, () => {
      assert.throws(
        () => parseRedisUrl(url),
        (error) => {
          assert.ok(error instanceof RedisUrlError)
          assert.match(error.message, message)
          assert.doesNotMatch(`${error.stack} ${JSON.stringify(error)} ${error.cause}`, /secret/)
          return true
        },
      )
    })
  }
})

describe('describeRedisAddress', () => {
  it('has the server and the database, and neither user nor password', () => {
    for (const [url, described] of [
      ['redis://kim:secret@localhost', 'redis://localhost:6379/0'],
      ['rediss://kim:secret@[::1]:1/2', 'rediss://[::1]:1/2'],
      ['unix://kim:secret@/run/redis.sock?db=3', 'unix:///run/redis.sock?db=3'],
    ] as const) {
      assert.equal(describeRedisAddress(parseRedisUrl(url)), described)
    }
  })
})
