/**
 * Fills a cache with entries of one kind, and prints the bytes that it counts and the growth of the heap, per entry, as JSON.
 *
 * Measures as many caches of so many entries as hold 20,000 together, or another number.
 *
 *     node --expose-gc tests/support/heap/measured-heap.ts <kind> <entries> [<entries of all caches>]
 */
import process from 'node:process'
import { createCache } from '../../../src/cache/create-cache.ts'
import { memoryStore } from '../../../src/stores/memory/store.ts'
import { kinds } from './kinds.ts'

export interface MeasuredHeap {
  counted: number
  real: number
}

const [kind = '', entries = '5000', atLeast = '20000'] = process.argv.slice(2)
const fillerOf = kinds[kind]
if (fillerOf === undefined) throw new TypeError(`the kinds are ${Object.keys(kinds).join(', ')}; got ${kind}`)

// The first caches load the code and let the compiler finish. Their entries leave.
for (let round = 0; round < 4; round++) {
  const first = createCache({ memory: memoryStore() })
  const fillFirst = fillerOf(first)
  for (let i = 0; i < 5000; i++) await fillFirst(i + 1e6)
  await first.clear()
}

// Several caches of few entries, because the heap changes by some 50 kB for other reasons.
const size = Number(entries)
const caches = Array.from({ length: Math.max(1, Math.ceil(Number(atLeast) / size)) }, () =>
  createCache({ memory: memoryStore({ maxBytes: 2 ** 33 }) }),
)
await heapSize()
const before = await heapSize()
for (const [number, cache] of caches.entries()) {
  const fill = fillerOf(cache)
  for (let i = 0; i < size; i++) await fill(number * size + i) // other entries than those of the other caches
}
const growth = (await heapSize()) - before
let counted = 0
for (const cache of caches) {
  const { bytes, entries: stored } = cache.stats()
  if (stored !== size) throw new Error(`${stored} of ${size} entries are stored`)
  counted += bytes
}
const all = size * caches.length
process.stdout.write(JSON.stringify({ counted: counted / all, real: growth / all } satisfies MeasuredHeap))
process.exit()

/** Bytes that are reachable after a collection. */
async function heapSize(): Promise<number> {
  const jsc = process.versions.bun === undefined ? undefined : await import('bun:jsc')
  for (let i = 0; i < 6; i++) {
    if (jsc === undefined) globalThis.gc?.()
    else Bun.gc(true)
    await new Promise((resolve) => setTimeout(resolve, 5)) // finalizers run in tasks of their own
  }
  if (jsc !== undefined) return jsc.heapStats().heapSize // contains the memory of strings and buffers
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
