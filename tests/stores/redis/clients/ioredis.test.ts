/** Options of ioredis that change keys or the order of commands. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Redis } from 'ioredis'
import type { RedisClient } from '../../../../src/stores/redis/clients/redis-client.ts'
import { redisStore } from '../../../../src/stores/redis/redis-store.ts'
import { skipUnless } from '../../../support/installed.ts'
import { fill, storedBytes, until } from '../../contract/namespaces.ts'
import { RedisProcesses } from '../open-redis.ts'

const clients: Record<string, (port: number) => RedisClient> = {
  keyPrefix: (port) => new Redis({ port, keyPrefix: 'app:' }),
  enableAutoPipelining: (port) => new Redis({ port, enableAutoPipelining: true }),
  'protocol 2': (port) => new Redis({ port, protocol: 2 }),
  stringNumbers: (port) => new Redis({ port, stringNumbers: true }),
}

describe('ioredis with options', { skip: skipUnless('redis-server'), timeout: 30_000 }, () => {
  let processes: RedisProcesses

  before(async () => {
    processes = await RedisProcesses.start()
  })
  after(() => processes.end())

  for (const [name, open] of Object.entries(clients)) {
    it(`a client with ${name} stores, invalidates and announces`, async () => {
      const client = open(processes.server.port)
      const namespace = redisStore({ client }).open({
        namespace: `options-${name.replace(' ', '-')}`,
        leaseMs: 60_000,
      })
      const announcements: string[] = []
      let isConnected = false
      const close = namespace.subscribe?.({
        onAnnouncement: (announcement) => announcements.push(announcement),
        onWake() {},
        onConnection() {
          isConnected = true
        },
      })
      await until(() => isConnected)
      await fill(namespace, 'key', Uint8Array.of(1), { tags: ['tag'] })
      await fill(namespace, 'tagged', Uint8Array.of(1), { tags: ['tag'] })
      await namespace.invalidate({ keys: ['key'] }, 'key')
      assert.equal(await storedBytes(namespace, 'key'), undefined)
      assert.deepEqual(await storedBytes(namespace, 'tagged'), Uint8Array.of(1))
      await namespace.invalidate({ tags: ['tag'] }, 'tag')
      assert.equal(await storedBytes(namespace, 'tagged'), undefined)
      await fill(namespace, 'key')
      await namespace.clear('clear')
      assert.equal(await storedBytes(namespace, 'key'), undefined)
      await until(() => announcements.length === 3)
      assert.deepEqual(announcements, ['key', 'tag', 'clear'])
      await close?.()
      if (client instanceof Redis) client.disconnect()
    })
  }
})
