/** Options of ioredis that change keys or the order of commands. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Redis, type RedisOptions } from 'ioredis'
import { redisStore } from '../../../../src/stores/redis/redis-store.ts'
import { skipUnless } from '../../../support/installed.ts'
import { fill, storedBytes, until } from '../../contract/namespaces.ts'
import { RedisProcesses } from '../open-redis.ts'

const optionSets: Record<string, RedisOptions> = {
  keyPrefix: { keyPrefix: 'app:' },
  enableAutoPipelining: { enableAutoPipelining: true },
  'protocol 2': { protocol: 2 },
  stringNumbers: { stringNumbers: true },
}

describe('ioredis with options', { skip: skipUnless('redis-server'), timeout: 30_000 }, () => {
  let processes: RedisProcesses

  before(async () => {
    processes = await RedisProcesses.start()
  })
  after(() => processes.end())

  for (const [name, options] of Object.entries(optionSets)) {
    it(`a client with ${name} stores, invalidates and announces`, async () => {
      const client = new Redis({ port: processes.server.port, ...options })
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
      client.disconnect()
    })
  }
})
