/**
 * Times hits of the shared tier beside plain GETs of the same client: one at a time, and many in flight. The contenders take
 * turns, round by round. Prints the figures as JSON.
 *
 *     node bench/shared-tier/hits.ts <client> <port> <rounds> [folder of another checkout]
 */
import assert from 'node:assert/strict'
import process from 'node:process'
import { loadHitrate, loadRedisStore } from '../checkout.ts'
import { clientNamed, clients, type OpenedClient, portArgument } from './clients.ts'

/** Figures of one contender, one per round, in µs; `perSecond` in reads per second. */
export interface Figures {
  p50: number[]
  p99: number[]
  perSecond: number[]
  /** Processor time of this process for each read while many are in flight, in µs. */
  cpu: number[]
}

export type HitsResult = Record<string, Figures>

/** Reads of one round: one at a time, and in flight. */
const SINGLE = 400
const MANY = 6000
const IN_FLIGHT = 100

/** Keys that are read in turn. */
const KEYS = Array.from({ length: 16 }, (_, i) => `user:${i}`)

/** About 1 kB of JSON. */
const row = {
  id: 'user_001',
  name: 'Ada Lovelace',
  email: 'ada@example.com',
  roles: ['admin', 'author'],
  biography: 'Analytical engines weave algebraic patterns. '.repeat(19),
  visits: 12,
}

const [name, , roundsText, against] = process.argv.slice(2)
const rounds = Number(roundsText)
const opened = await clients[clientNamed(name)](portArgument(3))
const reads = await contenders(opened)
const result: HitsResult = {}
const entries = Object.entries(reads)
for (const [title, read] of entries) {
  result[title] = { p50: [], p99: [], perSecond: [], cpu: [] }
  for (let i = 0; i < 3; i++) await many(read)
  await single(read)
}
for (let round = 0; round < rounds; round++) {
  for (let i = 0; i < entries.length; i++) {
    const [title = '', read] = entries[(i + round) % entries.length] ?? []
    const figures = result[title]
    if (read === undefined || figures === undefined) continue
    const times = await single(read)
    figures.p50.push(quantile(times, 0.5))
    figures.p99.push(quantile(times, 0.99))
    const { perSecond, cpu } = await many(read)
    figures.perSecond.push(perSecond)
    figures.cpu.push(cpu)
  }
}
process.stdout.write(JSON.stringify(result))
process.exit() // the clients keep their connections

type ReadOne = (key: string) => Promise<unknown>

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

/** Times of reads, one at a time, in µs. */
async function single(read: ReadOne): Promise<number[]> {
  const times: number[] = []
  for (let i = 0; i < SINGLE; i++) {
    const startedAt = performance.now()
    await read(KEYS[i & 15] ?? '')
    times.push((performance.now() - startedAt) * 1000)
  }
  return times
}

async function many(read: ReadOne): Promise<{ perSecond: number; cpu: number }> {
  let next = 0
  async function reader(): Promise<void> {
    while (next < MANY) await read(KEYS[next++ & 15] ?? '')
  }
  const startedAt = performance.now()
  const cpuBefore = process.cpuUsage()
  await Promise.all(Array.from({ length: IN_FLIGHT }, reader))
  const { user, system } = process.cpuUsage(cpuBefore)
  return { perSecond: (MANY * 1000) / (performance.now() - startedAt), cpu: (user + system) / MANY }
}

function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(part * (sorted.length - 1))] ?? Number.NaN
}
