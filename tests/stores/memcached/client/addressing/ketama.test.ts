/** The server of a key: as other clients choose it, evenly, and stable when the list of servers changes. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Ketama } from '../../../../../src/stores/memcached/client/addressing/ketama.ts'
import {
  parseServerList,
  serverName,
} from '../../../../../src/stores/memcached/client/addressing/server-address.ts'
import { importTool, skipUnlessTool } from '../../../../support/tools.ts'

/** The package compares servers and keys as ketama does; with this option it names points as libmemcached does. */
type HashRing = new (
  servers: readonly string[],
  algorithm: 'md5',
  options: { 'default port': number },
) => { get(key: string): string }

const keys = Array.from({ length: 5000 }, (_, i) => `user:${i}:profile`)

const lists = {
  'two servers': ['127.0.0.1:11211', '127.0.0.1:11212'],
  'five servers, one with the default port': [
    '127.0.0.1:11211',
    ...[24_721, 24_722, 24_723, 24_724].map((port) => `127.0.0.1:${port}`),
  ],
  'twenty hosts': Array.from({ length: 20 }, (_, i) => `cache-${i}.example:11211`),
  'hosts with other ports': ['10.0.0.1:11300', '10.0.0.2:11300', '10.0.0.3:11300'],
}

function namesOf(servers: readonly string[], keys: readonly string[]): string[] {
  const addresses = parseServerList(servers)
  const ketama = new Ketama(addresses)
  const names = addresses.map(serverName)
  return keys.map((key) => names[ketama.indexOf(key)] ?? '')
}

describe('the server of a key', () => {
  it('a key has the server that libmemcached chooses', () => {
    // Recorded with libmemcached 1.0.16 (pylibmc 1.6.3, ketama_weighted), for the keys key:0 to key:99.
    const recorded =
      '1400221403302100002010123030000133041132221433032231122121013232012431401303231202314142220003124341'
    const servers = lists['five servers, one with the default port']
    const names = namesOf(
      servers,
      Array.from({ length: 100 }, (_, i) => `key:${i}`),
    )
    assert.equal(names.map((name) => servers.indexOf(name)).join(''), recorded)
  })

  describe('beside hashring', { skip: skipUnlessTool('hashring') }, () => {
    for (const [title, servers] of Object.entries(lists)) {
      it(`each of 5000 keys has the server that hashring chooses, with ${title}`, async () => {
        const { default: HashRing } = await importTool<{ default: HashRing }>('hashring')
        const ring = new HashRing(servers, 'md5', { 'default port': 11_211 })
        assert.deepEqual(
          namesOf(servers, keys),
          keys.map((key) => ring.get(key)),
        )
      })
    }
  })

  for (const [title, servers] of Object.entries(lists)) {
    it(`a key has the same server for each order of the list, with ${title}`, () => {
      const expected = namesOf(servers, keys)
      assert.deepEqual(namesOf(servers.toReversed(), keys), expected)
      assert.deepEqual(namesOf([...servers.slice(1), ...servers.slice(0, 1)], keys), expected)
    })

    it(`each server has between half and twice its share of the keys, with ${title}`, () => {
      const names = namesOf(servers, keys)
      for (const server of servers) {
        const share = names.filter((name) => name === server).length / (keys.length / servers.length)
        assert.ok(share > 0.5 && share < 2, `${server} has ${share.toFixed(2)} of its share`)
      }
    })

    it(`the keys of a removed server move and no other, with ${title}`, () => {
      const before = namesOf(servers, keys)
      for (const removed of servers) {
        const after = namesOf(
          servers.filter((server) => server !== removed),
          keys,
        )
        const moved = keys.filter((_, i) => before[i] !== after[i])
        assert.deepEqual(
          moved,
          keys.filter((_, i) => before[i] === removed),
        )
      }
    })
  }

  it('keys with any characters, and Unix sockets, have a server', () => {
    const names = namesOf(['/run/a.sock', '[::1]:11211'], ['', 'é', '鍵', '\0', 'k'.repeat(1000), ...keys])
    assert.deepEqual(new Set(names), new Set(['/run/a.sock', '[::1]:11211']))
  })
})
