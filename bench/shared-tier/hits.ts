/**
 * Times hits of the shared tier beside plain GETs of the same client: one at a time, and many in flight. The contenders take
 * turns, round by round. Prints the figures as JSON.
 *
 *     node bench/shared-tier/hits.ts <client> <port> <rounds> [folder of another checkout]
 */
import assert from 'node:assert/strict'
import process from 'node:process'
import { loadHitrate, loadRedisStore } from '../checkout.ts'
import { KEYS, type ReadOne, row, timeReads } from '../timed-reads.ts'
import { clientNamed, clients, type OpenedClient, portArgument } from './clients.ts'

const [name, , roundsText, against] = process.argv.slice(2)
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
    ...(await hitrate('', '', opened)),
    ...(against === undefined || against === '' ? {} : await hitrate(against, 'other checkout, ', opened)),
  }
  for (const read of Object.values(reads)) {
    const value = await read(KEYS[0] ?? '')
    assert.deepEqual(typeof value === 'string' ? JSON.parse(value) : value, row)
  }
  return reads
}

/** Reads of a cache without a memory tier, so that each hit is one of the shared tier. */
async function hitrate(folder: string, prefix: string, { client }: OpenedClient) {
  const { createCache } = await loadHitrate(folder)
  const redisStore = await loadRedisStore(folder)
  const namespace = folder === '' ? 'ours' : 'theirs'
  const cache = createCache({ namespace, remote: redisStore({ client }), remoteTimeoutMs: 10_000 })
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
