/** Hits of hitrate's store and cache in Memcached, with values of 1 kB. Each reads the marks of a value with it. */
import assert from 'node:assert/strict'
import { createCache } from '../../src/exports/index.ts'
import { memcachedStore as sharedStore } from '../../src/exports/stores/memcached.ts'
import { memcachedStore } from '../../src/stores/memcached/memcached-store.ts'
import { KEYS, type ReadOne, row } from '../timed-reads.ts'

/** The port is that of a server on this machine. */
export async function storedReads(port: number): Promise<Record<string, ReadOne>> {
  const servers = `127.0.0.1:${port}`
  return { ...(await storeReads(servers)), ...(await cacheReads(servers)) }
}

/** Reads of the store alone: one name in each call. */
async function storeReads(servers: string): Promise<Record<string, ReadOne>> {
  const namespace = memcachedStore({ servers }).open({ namespace: 'bench', leaseMs: 1000 })
  const bytes = new TextEncoder().encode(JSON.stringify(row))
  for (const name of KEYS) {
    const [lease] = await namespace.read([{ name, version: '1', lease: true }])
    assert.ok(lease?.kind === 'lease')
    const entry = { name, version: '1', token: lease.token, bytes, tags: [], ttlMs: 3_600_000 }
    assert.equal(await namespace.store(entry), 'stored')
  }
  return {
    'hitrate store': async (name) => {
      const [answer] = await namespace.read([{ name, version: '1', lease: true }])
      return answer?.kind === 'value' ? answer.bytes : assert.fail('not every read was a hit')
    },
  }
}

/** Reads of a cache without a memory tier, so that each hit is one of Memcached. */
async function cacheReads(servers: string): Promise<Record<string, ReadOne>> {
  const cache = createCache({ remote: sharedStore({ servers }), remoteTimeoutMs: 10_000 })
  const reads: Record<string, ReadOne> = {}
  for (const tags of [0, 2]) {
    const keyOf = (key: string) => `${tags}:${key}`
    const options = { ttlMs: 3_600_000, tags: ['users', 'rows'].slice(0, tags) }
    for (const key of KEYS) await cache.write(keyOf(key), row, options)
    const load = () => assert.fail('not every read was a hit')
    reads[`hitrate cache, ${tags} tags`] = async (key) => (await cache.read(keyOf(key), load, options)).value
  }
  return reads
}
