/** Round trips with a real server, and the options of a client. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { promisify } from 'node:util'
import type { MemcachedServer } from '../../../../src/stores/memcached/client/memcached-server.ts'
import {
  MemcachedServers,
  type MemcachedServersOptions,
} from '../../../../src/stores/memcached/client/memcached-servers.ts'
import { wireKey } from '../../../../src/stores/memcached/client/wire-key.ts'
import { startMemcached } from '../../../servers/memcached-server.ts'
import type { RunningServer } from '../../../servers/server-process.ts'
import { skipUnless } from '../../../support/installed.ts'
import { get, set, textOf } from '../../../support/memcached-commands.ts'
import { seededRandom } from '../../../support/seeded-random.ts'

const bytes = (text: string) => new TextEncoder().encode(text)

/** A client of one server, with the server itself. */
function openClient(port: number) {
  const client = new MemcachedServers({ servers: [`127.0.0.1:${port}`], timeoutMs: 10_000 })
  const [server] = client.servers
  assert.ok(server)
  return { client, server }
}

describe('a client of Memcached', { skip: skipUnless('memcached'), timeout: 60_000 }, () => {
  let running: RunningServer
  let client: MemcachedServers
  let server: MemcachedServer
  before(async () => {
    running = await startMemcached()
    ;({ client, server } = openClient(running.port))
  })
  after(async () => {
    await client.close()
    await running.end()
  })

  it('values of all bytes and sizes are returned as they were stored', async () => {
    const all = Uint8Array.from({ length: 256 }, (_, byte) => byte)
    const values = [
      bytes(''),
      bytes('\r\n'),
      bytes('VA 1\r\nx\r\nEN\r\n'),
      all,
      new Uint8Array(70_000).fill(10),
    ]
    values.push(new Uint8Array(2 ** 20 - 300).fill(13))
    for (const value of values) {
      const { replies } = await server.run([set('k', value), get('k')])
      assert.ok(replies[0]?.code === 'HD' && replies[1]?.code === 'VA')
      assert.equal(replies[1].cas, replies[0].cas)
      assert.ok(Buffer.from(value).equals(replies[1].value))
    }
  })

  it('the commands of leases and counters have their replies', async () => {
    const { replies } = await server.run([
      { verb: 'mg', key: 'lease', flags: 'c v t N30' },
      { verb: 'mg', key: 'lease', flags: 'c v t N30' },
      { verb: 'ms', key: 'lease', flags: 'C1', value: bytes('late') },
      { verb: 'ms', key: 'absent', flags: 'MR', value: bytes('') },
      { verb: 'ms', key: 'gone', flags: 'C1', value: bytes('') },
      { verb: 'md', key: 'gone', flags: '' },
      { verb: 'ma', key: 'counter', flags: 'N0 J41 v' },
      { verb: 'ma', key: 'counter', flags: 'v' },
    ])
    assert.match(String(replies[0]?.code === 'VA' && replies[0].flags), /^c\d+ t-?\d+ W$/)
    assert.match(String(replies[1]?.code === 'VA' && replies[1].flags), /^c\d+ t-?\d+ Z$/)
    assert.deepEqual(
      replies.slice(2).map((reply) => textOf(reply)),
      ['EX', 'NS', 'NF', 'NF', '41', '42'],
    )
  })

  it('a key of any length and content has its value', async () => {
    const keys = ['a b', 'a\r\nflush_all', '\0', 'é鍵', 'k'.repeat(251), 'k'.repeat(100_000), '\ud800', '']
    for (const key of keys) {
      const { replies } = await server.run([set(wireKey(key), bytes('found')), get(wireKey(key))])
      assert.equal(textOf(replies[1]), 'found', JSON.stringify(key.slice(0, 20)))
    }
  })

  it('a value that is too large is an error, and the pipeline stays in step', async () => {
    for (const size of [2 ** 20, 3 * 2 ** 20]) {
      const { replies } = await server.run([set('k', new Uint8Array(size)), set('k2', bytes('v')), get('k2')])
      assert.deepEqual(replies[0], { code: 'error', message: 'SERVER_ERROR object too large for cache' })
      assert.equal(textOf(replies[2]), 'v')
    }
  })

  it('many calls at the same time get their own values', async (t) => {
    const seed = Math.floor(Math.random() * 2 ** 32)
    t.diagnostic?.(`seed ${seed}`)
    const random = seededRandom(seed)
    const below = (limit: number) => Math.floor(random() * limit)
    const calls = Array.from({ length: 300 }, async (_, i) => {
      const size = below(10) === 0 ? 1_100_000 : below(below(10) === 0 ? 200_000 : 2000)
      const value = Buffer.alloc(size, `\r\n${i} `)
      for (let turns = below(5); turns > 0; turns--) await Promise.resolve()
      const { replies } = await server.run([set(`many:${i}`, value), get(`many:${i}`), get(`absent:${i}`)])
      const [stored, found, absent] = replies
      assert.equal(stored?.code, size > 1_048_000 ? 'error' : 'HD', `seed ${seed}`)
      assert.equal(absent?.code, 'EN', `seed ${seed}`)
      const expected = size > 1_048_000 ? undefined : value
      const actual = found?.code === 'VA' ? Buffer.from(found.value) : undefined
      assert.ok(
        expected === undefined ? actual === undefined : actual?.equals(expected),
        `seed ${seed}, ${i}`,
      )
    })
    await Promise.all(calls)
  })

  it('a reply that came while the process was busy is in time', async () => {
    await server.run([set('k', 'v')])
    const call = server.run([get('k')], { timeoutMs: 50 })
    // The command has left by the second turn of the event loop.
    for (let i = 0; i < 2; i++) await new Promise((resolve) => setImmediate(resolve))
    const busyUntil = performance.now() + 100
    while (performance.now() < busyUntil);
    assert.equal(textOf((await call).replies[0]), 'v')
  })

  it('a process ends while its connection is idle', async () => {
    const source = new URL('../../../../src/stores/memcached/client/memcached-servers.ts', import.meta.url)
      .href
    const folder = mkdtempSync(join(tmpdir(), 'memcached-'))
    const program = join(folder, 'program.mjs')
    writeFileSync(
      program,
      `import { MemcachedServers } from ${JSON.stringify(source)}
      const [server] = new MemcachedServers({ servers: ['127.0.0.1:${running.port}'] }).servers
      const { replies } = await server.run([{ verb: 'mg', key: 'absent', flags: '' }])
      await server.ping()
      console.log(replies[0].code)`,
    )
    try {
      const { stdout } = await promisify(execFile)(process.execPath, [program])
      assert.equal(stdout, 'EN\n')
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('a call on a closed client is rejected', async () => {
    const { client, server } = openClient(running.port)
    const call = server.run([get('k')])
    const closing = client.close()
    await assert.rejects(call) // it still waited for its connection
    await closing
    await assert.rejects(server.ping(), /the client is closed/)
  })
})

describe('the options of a client of Memcached', () => {
  const servers = 'm: servers must be an array of servers such as "127.0.0.1:11211"'
  const form = 'cache.example:11211, [::1]:11211 or /run/memcached.sock'
  const cases: [options: unknown, message: string][] = [
    [undefined, `${servers}, got undefined`],
    [{ servers: 'a' }, `${servers}, got "a"`],
    [{ servers: [1] }, `${servers}, got an array`],
    [{ servers: [] }, 'm: servers must have at least one server'],
    [{ servers: ['a', 'a b'] }, `m: servers must have servers such as ${form}, got "a b"`],
    [{ servers: ['a', 'a:11211'] }, 'm: servers must have each server once, got a:11211 again'],
    [{ servers: ['a'], sevrers: 1 }, 'm: unknown option "sevrers"; did you mean "servers"?'],
    [{ servers: ['a'], tls: 'on' }, 'm: tls must be a boolean or an object, got "on"'],
    [{ servers: ['a'], tls: { ca: 1 } }, 'm: tls: ca must be a string or a Uint8Array, got 1'],
    [{ servers: ['a'], timeoutMs: 0 }, 'm: timeoutMs must be a number of milliseconds above 0, got 0'],
    [
      { servers: ['a'], connectTimeoutMs: Number.NaN },
      'm: connectTimeoutMs must be a number of milliseconds above 0, got NaN',
    ],
    [{ servers: ['a'], username: 'u' }, 'm: password must be given beside a username'],
    [{ servers: ['a'], password: 'p' }, 'm: username must be given beside a password'],
    [
      { servers: ['a'], username: 'u v', password: 'secret' },
      'm: username must be printable ASCII characters without spaces',
    ],
    [
      { servers: ['a'], username: 'u', password: 'secret\r\n' },
      'm: password must be printable ASCII characters without spaces',
    ],
  ]
  for (const [options, message] of cases) {
    it(`invalid options throw: ${message}`, () => {
      assert.throws(() => new MemcachedServers(options as MemcachedServersOptions, 'm'), {
        name: 'TypeError',
        message,
      })
    })
  }

  it('the names of the servers are complete', () => {
    const { servers } = new MemcachedServers({ servers: ['Cache-1', '[::1]', '/run/memcached.sock'] })
    assert.deepEqual(
      servers.map(({ name }) => name),
      ['cache-1:11211', '[::1]:11211', '/run/memcached.sock'],
    )
  })
})
