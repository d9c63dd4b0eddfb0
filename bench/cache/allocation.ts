/**
 * Measures the bytes that a hit allocates. Prints `Samples` as JSON.
 *
 * As in bench/metrics/allocation.ts, the heap size is read before and after many reads, with no collection in between; on
 * Bun the memory of the process. The resolution is one byte or less. The row of Map shows the bytes of `await` alone.
 *
 *     node --expose-gc --min-semi-space-size=128 --max-semi-space-size=128 bench/cache/allocation.ts <library> <rounds>
 */
import assert from 'node:assert/strict'
import process from 'node:process'
import type { Samples } from '../take-turns.ts'
import { type LibraryName, loadLibrary } from './libraries.ts'
import { HOT, userOf, VISITS } from './workload.ts'

const times = 10_000
const [name = 'hitrate', rounds = '11'] = process.argv.slice(2)

const library = await loadLibrary(name as LibraryName)
const opened = library.open({ load: async (key) => userOf(key), ttlMs: 600_000 })
for (const key of HOT) await opened.read(key)
// Long enough for the optimizing compiler to finish: its own allocations must not be measured.
for (let i = 0; i < 30; i++) await allocated()
const figures: number[] = []
for (let round = 0; round < Number(rounds); round++) figures.push(Math.max(0, (await allocated()) / times))
process.stdout.write(JSON.stringify({ hitBytes: { [name]: figures } } satisfies Samples))
process.exit() // some libraries keep timers

async function allocated(): Promise<number> {
  globalThis.gc?.()
  const before = used()
  const sum = await opened.hit(times)
  const after = used()
  assert.equal(sum, times * VISITS)
  return after - before
}

function used(): number {
  const { rss, heapUsed } = process.memoryUsage()
  return process.versions.bun === undefined ? heapUsed : rss
}
