/** Texts of server addresses. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  parseServers,
  serverName,
} from '../../../../../src/stores/memcached/client/addressing/server-address.ts'

describe('parseServers', () => {
  it('addresses are a host with or without a port, an IPv6 address, or a path', () => {
    const text = '127.0.0.1:11212, Cache-1.example ,[::1]:11213,[FE80::1],/run/memcached.sock'
    assert.deepEqual(parseServers(text), [
      { kind: 'tcp', host: '127.0.0.1', port: 11212 },
      { kind: 'tcp', host: 'cache-1.example', port: 11211 },
      { kind: 'tcp', host: '::1', port: 11213 },
      { kind: 'tcp', host: 'fe80::1', port: 11211 },
      { kind: 'unix', path: '/run/memcached.sock' },
    ])
  })

  it('a name is the address in full', () => {
    const names = parseServers('LOCALHOST,[::1],/run/m.sock,10.0.0.1:1').map(serverName)
    assert.deepEqual(names, ['localhost:11211', '[::1]:11211', '/run/m.sock', '10.0.0.1:1'])
  })

  it('an invalid address is an error that names it', () => {
    const form = 'must have servers such as cache.example:11211, [::1]:11211 or /run/memcached.sock, got'
    const cases: [text: string, message: string][] = [
      ['', `${form} ""`],
      ['a,,b', `${form} ""`],
      ['a,', `${form} ""`],
      ['a:b', `${form} "a:b"`],
      ['::1', `${form} "::1"`],
      ['memcached://a', `${form} "memcached://a"`],
      ['a b', `${form} "a b"`],
      ['/', `${form} "/"`],
      ['run/m.sock', `${form} "run/m.sock"`],
      ['a:0', 'must have ports from 1 to 65535, got "a:0"'],
      ['a:65536', 'must have ports from 1 to 65535, got "a:65536"'],
      ['a,b:11211,B', 'must have each server once, got b:11211 again'],
    ]
    for (const [text, message] of cases) {
      assert.throws(() => parseServers(text), { name: 'ServerAddressError', message }, text)
    }
  })
})
