/**
 * Counts old values after an invalidation whose record a full Redis may have evicted: values with a tag are stored, the tag is
 * invalidated, other programs fill the server, and a cache with an empty memory reads the values.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { startRedis } from '../../tests/servers/redis-server.ts'
import type { CacheName } from './caches.ts'
import { writeForeignKeys } from './failures.ts'
import { startReader } from './measure.ts'

export const marks = { keys: 300, foreignKeys: 18_000, maxMemory: '12mb' }

export const policies = ['allkeys-lru', 'allkeys-lfu', 'volatile-lru'] as const

export type Policy = (typeof policies)[number]

/** @returns the number of old values. */
export async function countOldValues(library: CacheName, policy: Policy): Promise<number> {
  const server = await startRedis({
    options: ['--maxmemory', marks.maxMemory, '--maxmemory-policy', policy],
  })
  const admin = new Redis(server.port, '127.0.0.1')
  const address = { store: 'redis', port: server.port, client: 'ioredis with its defaults' } as const
  const [writer, reader] = [startReader(library, address), startReader(library, address)]
  let next = 0
  try {
    await Promise.all([writer.call('ready'), reader.call('ready')])
    await writer.call('storeTagged', marks.keys, 'catalog')
    // Other processes read them, so that they are in use when the server chooses what to evict.
    for (let i = 0; i < 3; i++) await reader.call('countOlder', marks.keys, 'catalog', 0)
    const time = await writer.call('invalidateTag', 'catalog')
    await sleep(100)
    while (next < marks.foreignKeys) await writeForeignKeys(admin, 500, () => next++)
    return await reader.call('countOlder', marks.keys, 'catalog', time)
  } finally {
    writer.kill()
    reader.kill()
    admin.disconnect()
    await server.end()
  }
}
