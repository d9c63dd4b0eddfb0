/**
 * How long does a read take with each library: of a key that is in memory, or of one that has to be loaded? Prints
 * `Samples` as JSON.
 *
 * All libraries run in this one process and take turns, with one cache each, as most services have: what is compiled for
 * two caches is slower for both. What the reads give is added up and must be what it ought to be; hits must not have
 * loaded anything, and our metrics must have counted every read.
 *
 *     node bench/cache/time.ts hits|misses|unheard <rounds> <milliseconds for each library, operation and round>
 */
import assert from 'node:assert/strict'
import process from 'node:process'
import { type Race, type Run, type Samples, takeTurns } from '../take-turns.ts'
import { unheard } from './hitrate.ts'
import { type LibraryName, loadLibraries } from './libraries.ts'
import { readThrough } from './map.ts'
import { HOT, type Library, type Opened, userOf, VISITS } from './workload.ts'

/** What is timed in one process. */
const parts = {
  hits: timeHits,
  misses: timeMisses,
  /** Ours, where nobody listens. */
  unheard: timeUnheard,
}

const [part = 'hits', rounds = '11', milliseconds = '30'] = process.argv.slice(2)
const options = { rounds: Number(rounds), milliseconds: Number(milliseconds) }
const ttlMs = 600_000
process.stdout.write(JSON.stringify(await parts[part as keyof typeof parts]()))
process.exit() // some libraries keep timers

async function timeHits(): Promise<Samples> {
  const hits = await Promise.all((await loadLibraries()).map(hitting))
  const readThroughHit = (await hitting({ name: 'Map', library: readThrough })).hit
  const done = new Map<Run, number>()
  const races: Record<string, Race<LibraryName>> = {
    hit: hits.map(({ name, hit }) => ({ name, run: hit })),
    readThroughHit: [{ name: 'Map', run: readThroughHit }],
    lookup: hits.flatMap(({ name, lookup }) => (lookup === undefined ? [] : [{ name, run: lookup }])),
  }
  const samples = await takeTurns(races, options, done)
  for (const { name, opened, hit, lookup, loads } of hits) {
    assert.equal(loads(), HOT.length, `${name} loaded what it had`)
    if (opened.counted === undefined) continue
    const reads = (done.get(hit) ?? 0) + (lookup === undefined ? 0 : (done.get(lookup) ?? 0)) + HOT.length
    assert.equal(opened.counted(), reads, `${name} counted other reads than there were`)
  }
  return samples
}

async function timeMisses(): Promise<Samples> {
  const libraries = (await loadLibraries()).filter(({ name }) => name !== 'Map') // it only grows
  return takeTurns({ miss: libraries.map(missing) }, options)
}

async function timeUnheard(): Promise<Samples> {
  const { hit } = await hitting({ name: 'hitrate', library: unheard })
  return takeTurns({ unheardHit: [{ name: 'hitrate', run: hit }] }, options)
}

/** A cache that has the `HOT` keys, and reads them. */
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
    assert.equal(await opened.hit(times), times * VISITS, `${name} gave something else`)
  }
  function lookUp(times: number): void {
    assert.equal(lookup?.(times), times * VISITS, `${name} gave something else`)
  }
  return { name, opened, hit, lookup: lookup && lookUp, loads: () => loads }
}

/** Reads keys that nobody has read before, from a load that has its answer at once. */
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
    assert.equal(loads, keys, `${name} did not load every key`)
  }
  return { name, run }
}
