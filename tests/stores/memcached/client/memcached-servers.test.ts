/** Round trips with a real server, and the options of a client. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import {
  MemcachedServers,
  type MemcachedServersOptions,
} from '../../../../src/stores/memcached/client/memcached-servers.ts'
import { startMemcached } from '../../../servers/memcached-server.ts'
import type { RunningServer } from '../../../servers/server-process.ts'
import { skipUnless } from '../../../support/installed.ts'

describe('a client of Memcached', { skip: skipUnless('memcached'), timeout: 20_000 }, () => {
  let server: RunningServer
  let client: MemcachedServers
  before(async () => {
    server = await startMemcached()
    client = new MemcachedServers({ servers: [`127.0.0.1:${server.port}`] })
  })
  after(async () => {
    await client.close()
    await server.end()
  })

  it('values that were stored are returned as they are', async () => {
    const value = Uint8Array.from({ length: 256 }, (_, byte) => byte)
    const { replies, connection } = await client.serverOf('k').run([
      { verb: 'ms', key: 'k', flags: 'T30 c', value },
      { verb: 'mg', key: 'k', flags: 'v c' },
      { verb: 'md', key: 'k', flags: '' },
      { verb: 'mg', key: 'k', flags: 'v c' },
    ])
    assert.equal(connection, 1)
    assert.deepEqual(
      replies.map(({ code }) => code),
      ['HD', 'VA', 'HD', 'EN'],
    )
    assert.ok(replies[1]?.code === 'VA')
    assert.deepEqual(replies[1].value, value)
  })
})

describe('the options of a client of Memcached', () => {
  const cases: [options: unknown, message: string][] = [
    [undefined, 'm: servers must be an array of servers such as "127.0.0.1:11211", got undefined'],
    [{ servers: 'a' }, 'm: servers must be an array of servers such as "127.0.0.1:11211", got "a"'],
    [{ servers: [] }, 'm: servers must have at least one server'],
    [{ servers: ['a', 'a:11211'] }, 'm: servers must have each server once, got a:11211 again'],
    [{ servers: ['a'], sevrers: 1 }, 'm: unknown option "sevrers"; did you mean "servers"?'],
    [{ servers: ['a'], username: 'u' }, 'm: password must be a string beside a username, got undefined'],
  ]
  for (const [options, message] of cases) {
    it(`invalid options throw: ${message}`, () => {
      assert.throws(() => new MemcachedServers(options as MemcachedServersOptions, 'm'), {
        name: 'TypeError',
        message,
      })
    })
  }
})
