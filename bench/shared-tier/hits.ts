/**
 * Times hits of the shared tier beside plain GETs of the same client, and beside hits of a SQLite file: one at a time, and many
 * in flight. The contenders take turns, round by round. Prints the figures as JSON.
 *
 *     node bench/shared-tier/hits.ts <client> <port> <rounds> [folder of another checkout]
 */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import type { SharedTier } from '../../src/cache/shared-tier.ts'
import { sqliteStore } from '../../src/exports/stores/sqlite.ts'
import { loadHitrate, loadRedisStore } from '../checkout.ts'
import { KEYS, type ReadOne, row, timeReads } from '../timed-reads.ts'
import { clientNamed, clients, type OpenedClient, portArgument } from './clients.ts'

const [name, , roundsText, against] = process.argv.slice(2)
const folder = mkdtempSync(join(tmpdir(), 'hitrate-bench-'))
process.once('exit', () => rmSync(folder, { recursive: true }))
const opened = await clients[clientNamed(name)](portArgument(3))
const reads = await contenders(opened)
const result = await timeReads(reads, Number(roundsText))
process.stdout.write(JSON.stringify(result))
process.exit() // the clients keep their connections

async function contenders(opened: OpenedClient): Promise<Record<string, ReadOne>> {
  const { get, set } = opened
  const json = JSON.stringify(row)
  for (const key of KEYS) await set(`plain ${key}`, json)
  const reads: Record<string, ReadOne> = {
    GET: (key) => get(`plain ${key}`),
    'GET and JSON.parse': async (key) => JSON.parse((await get(`plain ${key}`)) ?? ''),
    ...(await overRedis('', '', opened)),
    ...(await hits('', 'SQLite, ', sqliteStore({ path: join(folder, 'cache.db') }))),
    ...(against === undefined || against === '' ? {} : await overRedis(against, 'other checkout, ', opened)),
  }
  for (const read of Object.values(reads)) {
    const value = await read(KEYS[0] ?? '')
    assert.deepEqual(typeof value === 'string' ? JSON.parse(value) : value, row)
  }
  return reads
}

async function overRedis(checkout: string, prefix: string, { client }: OpenedClient) {
  const redisStore = await loadRedisStore(checkout)
  return hits(checkout, prefix, redisStore({ client }))
}

/** Reads of a cache without a memory tier, so that each hit is one of the shared tier. */
async function hits(checkout: string, prefix: string, remote: SharedTier) {
  const { createCache } = await loadHitrate(checkout)
  const namespace = checkout === '' ? 'ours' : 'theirs'
  const cache = createCache({ namespace, remote, remoteTimeoutMs: 10_000 })
  const reads: Record<string, ReadOne> = {}
  for (const tags of [0, 2]) {
    const keyOf = (key: string) => `${tags}:${key}`
    const options = { ttlMs: 3_600_000, tags: ['users', 'rows'].slice(0, tags) }
    for (const key of KEYS) await cache.write(keyOf(key), row, options)
    const load = () => assert.fail('not every read was a hit')
    await cache.invalidateTags(['others']) // from now on, the tags of each value must be compared
    reads[`${prefix}${tags} tags`] = async (key) => (await cache.read(keyOf(key), load, options)).value
  }
  return reads
}
