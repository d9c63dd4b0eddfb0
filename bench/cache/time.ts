/**
 * Times a read with each library, of a key in memory or of a missing one. Prints `Samples` as JSON.
 *
 * All libraries run in this process and take turns, with one cache each, as in most services: code compiled for two caches
 * is slower for both. The values that are read are added up, and the sum is checked; hits must not load, and the metrics of
 * hitrate must count every read.
 *
 *     node bench/cache/time.ts hits|misses|withoutMetrics <rounds> <milliseconds for each library, operation and round> [cpu]
 *
 * With `cpu`, times are those of the processor, which other programs on the machine disturb less.
 */
import assert from 'node:assert/strict'
import process from 'node:process'
import { type Race, type Run, type Samples, type TurnsOptions, takeTurns } from '../take-turns.ts'
import { withoutMetrics } from './hitrate.ts'
import { type LibraryName, loadLibraries } from './libraries.ts'
import { readThrough } from './map.ts'
import { HOT, type Library, type Opened, userOf, VISITS } from './workload.ts'

/** Parts of the benchmark; each is timed in a process of its own. */
const parts = {
  hits: timeHits,
  misses: timeMisses,
  withoutMetrics: timeWithoutMetrics,
}

const [part = 'hits', rounds = '11', milliseconds = '30', clock = ''] = process.argv.slice(2)
const options: TurnsOptions = {
  rounds: Number(rounds),
  milliseconds: Number(milliseconds),
  ...(clock === 'cpu' && { timeOf: cpuTime }),
}
const ttlMs = 600_000
process.stdout.write(JSON.stringify(await parts[part as keyof typeof parts]()))
process.exit() // some libraries keep timers

async function timeHits(): Promise<Samples> {
  const hits = await Promise.all((await loadLibraries()).map(hitting))
  const readThroughHit = (await hitting({ name: 'Map', library: readThrough })).hit
  const races: Record<string, Race<LibraryName>> = {
    hit: hits.map(({ name, hit }) => ({ name, run: hit })),
    readThroughHit: [{ name: 'Map', run: readThroughHit }],
    lookup: hits.flatMap(({ name, lookup }) => (lookup === undefined ? [] : [{ name, run: lookup }])),
  }
  const { samples, counts } = await takeTurns(races, options)
  const countOf = (run: Run) => counts.get(run) ?? 0
  for (const { name, opened, hit, lookup, loads } of hits) {
    assert.equal(loads(), HOT.length, `${name} must load each key once`)
    if (opened.counted === undefined) continue
    const reads = countOf(hit) + (lookup === undefined ? 0 : countOf(lookup)) + HOT.length
    assert.equal(opened.counted(), reads, `${name} must count every read`)
  }
  return samples
}

async function timeMisses(): Promise<Samples> {
  const libraries = (await loadLibraries()).filter(({ name }) => name !== 'Map') // it is unbounded
  return (await takeTurns({ miss: libraries.map(missing) }, options)).samples
}

async function timeWithoutMetrics(): Promise<Samples> {
  const { hit } = await hitting({ name: 'hitrate', library: withoutMetrics })
  return (await takeTurns({ hitWithoutMetrics: [{ name: 'hitrate', run: hit }] }, options)).samples
}

/** Opens a cache that has the `HOT` keys; returns functions that read them. */
async function hitting({ name, library }: { name: LibraryName; library: Library }) {
  let loads = 0
  async function load(key: string) {
    loads++
    return userOf(key)
  }
  const opened: Opened = library.open({ load, ttlMs })
  for (const key of HOT) await opened.read(key)
  const { lookup } = opened
  async function hit(times: number): Promise<void> {
    assert.equal(await opened.hit(times), times * VISITS, `${name} must return the visits of every user`)
  }
  function lookUp(times: number): void {
    assert.equal(lookup?.(times), times * VISITS, `${name} must return the visits of every user`)
  }
  return { name, opened, hit, lookup: lookup && lookUp, loads: () => loads }
}

/** Returns a function that reads ever new keys, from a load that resolves immediately. */
function missing({ name, library }: { name: LibraryName; library: Library }) {
  let loads = 0
  let keys = 0
  const opened = library.open({
    async load(key) {
      loads++
      return userOf(key)
    },
    ttlMs,
  })
  async function run(times: number): Promise<void> {
    for (let i = 0; i < times; i++) await opened.read(`user:${keys++}`)
    assert.equal(loads, keys, `${name} must load every key`)
  }
  return { name, run }
}

async function cpuTime(run: Run, times: number): Promise<number> {
  const before = process.cpuUsage()
  await run(times)
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}
