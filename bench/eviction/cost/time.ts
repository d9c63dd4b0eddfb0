/**
 * Times reads and writes of the memory store, beside a Map and lru-cache. Prints `Samples` as JSON.
 *
 *     node bench/eviction/cost/time.ts <eviction> <rounds> <milliseconds for each contender, row and round>
 */
import assert from 'node:assert/strict'
import process from 'node:process'
import { zipf } from '../../../tests/support/traces/synthetic.ts'
import { type Race, type Run, takeTurns } from '../../take-turns.ts'
import { type Contender, contenderOf, type Opened } from './contenders.ts'

const [eviction = 'density', rounds = '11', milliseconds = '30'] = process.argv.slice(2)
// One policy for each process, because code that is compiled for two is slower for both.
const contenders = ['Map', 'lru-cache', 'lru-cache with ttl', eviction].map(contenderOf)

const HIT_KEYS = keysOf('hit', 10_000)
const NEW_KEYS = keysOf('new', 400_000)
const MIXED_KEYS = keysOf('mixed', 500_000)
const mixed = zipf(0.9, { keys: MIXED_KEYS.length, requests: 2 ** 20 })

const races: Record<string, Race<string>> = {
  hit: contenders.map(({ name, open }) => ({ name, run: hits(open(HIT_KEYS.length)) })),
  'set that evicts': bounded().map(({ name, open }) => ({ name, run: sets(open(25_000)) })),
  'miss and set': bounded().map(({ name, open }) => ({ name, run: misses(open(25_000)) })),
  mixed: bounded().map(({ name, open }) => ({ name, run: mixedRequests(open(50_000)) })),
}
const turns = { rounds: Number(rounds), milliseconds: Number(milliseconds), warmUpMs: 500 }
const { samples } = await takeTurns(races, turns)
process.stdout.write(JSON.stringify(samples))

function bounded(): Contender[] {
  return contenders.filter(({ name }) => name !== 'Map')
}

/** Gets keys that are stored, in an order without a pattern. */
function hits(cache: Opened): Run {
  for (const key of HIT_KEYS) cache.set(key)
  let state = 1
  return (times) => {
    let found = 0
    for (let i = 0; i < times; i++) {
      state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
      if (cache.get(HIT_KEYS[(state >>> 8) % HIT_KEYS.length] as string)) found++
    }
    assert.ok(found >= 0.9 * times)
  }
}

/** Sets keys that are not stored, in a full cache. */
function sets(cache: Opened): Run {
  let next = 0
  return (times) => {
    for (let i = 0; i < times; i++) {
      cache.set(NEW_KEYS[next] as string)
      if (++next === NEW_KEYS.length) next = 0
    }
  }
}

function misses(cache: Opened): Run {
  let next = 0
  return (times) => {
    for (let i = 0; i < times; i++) {
      const key = NEW_KEYS[next] as string
      if (!cache.get(key)) cache.set(key)
      if (++next === NEW_KEYS.length) next = 0
    }
  }
}

/** Gets keys by Zipf's law, and sets those that are missing. */
function mixedRequests(cache: Opened): Run {
  let next = 0
  return (times) => {
    for (let i = 0; i < times; i++) {
      const key = MIXED_KEYS[mixed[next] as number] as string
      if (!cache.get(key)) cache.set(key)
      if (++next === mixed.length) next = 0
    }
  }
}

/** Flat strings: a string that was put together is flattened at the first use, which would be timed. */
function keysOf(prefix: string, count: number): string[] {
  return JSON.parse(JSON.stringify(Array.from({ length: count }, (_, n) => `${prefix}:profile:${n}`)))
}
