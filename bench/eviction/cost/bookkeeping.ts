/**
 * Measures the memory of a cache besides its keys and values. Prints bytes for each entry.
 *
 *     node --expose-gc bench/eviction/cost/bookkeeping.ts <contender> <entries>
 */
import process from 'node:process'
import { contenderOf } from './contenders.ts'

const [name = 'density', entries = '1000000'] = process.argv.slice(2)
const count = Number(entries)
const keys = Array.from({ length: count }, (_, n) => `key:${n}`)
const table = new Map(keys.slice(0, 1).map((key) => [key, key])) // flattens nothing, but compiles Map
for (const key of keys) table.get(key) // the hash of a key is stored with the key
const contender = contenderOf(name)
const before = await used()
const cache = contender.open(count)
for (const key of keys) cache.set(key)
const after = await used()
// Entries live as long as the cache.
process.stdout.write(
  JSON.stringify({ bytes: (after - before) / count, stored: cache.get(keys[0] as string) }),
)

async function used(): Promise<number> {
  if (process.versions.bun !== undefined) {
    const { heapStats } = await import('bun:jsc')
    for (let i = 0; i < 3; i++) Bun.gc(true)
    const { heapSize, extraMemorySize } = heapStats()
    return heapSize + extraMemorySize
  }
  for (let i = 0; i < 3; i++) global.gc?.()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}
