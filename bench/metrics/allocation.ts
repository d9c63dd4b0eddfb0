/**
 * Measures the bytes that an operation allocates. Prints `Samples` as JSON.
 *
 * The heap size is read before and after many operations, with no collection in between. On Node the young generation is
 * large enough for all of them. On Bun the collector is off (`BUN_JSC_useGC=0`) and the memory of the process is read,
 * because JavaScriptCore updates its heap size only in a collection. The resolution is the cost of reading divided by the
 * operations: up to 0.2 bytes on Node; on Bun a page of 4096 bytes, which is 0.08.
 *
 *     node --expose-gc --min-semi-space-size=128 --max-semi-space-size=128 bench/metrics/allocation.ts <library> <rounds>
 */
import process from 'node:process'
import { type ClientName, loadClient } from './clients.ts'
import type { Samples } from './time.ts'
import { type Operation, operations } from './workload.ts'

const times = 50_000
const [name = 'hitrate', rounds = '11'] = process.argv.slice(2)

const service = (await loadClient(name as ClientName)).service()
const samples: Samples = {}
for (const run of Object.values(service.operations)) warmUp(run)
for (const operation of operations) {
  const run = service.operations[operation]
  const figures = Array.from({ length: Number(rounds) }, () => allocated(run) - allocated(() => {}))
  samples[bytesOf(operation)] = { [name]: figures.map((bytes) => Math.max(0, bytes / times)) }
}
process.stdout.write(JSON.stringify(samples))

function bytesOf(operation: Operation): string {
  return `${operation}Bytes`
}

/**
 * Long enough for the optimizing compiler to finish: neither its own allocations must be measured, nor those of code that it
 * has yet to optimize, where V8 allocates an object for each argument that is a double. With collections, because the first
 * ones undo optimizations.
 */
function warmUp(run: (times: number) => void): void {
  for (let i = 0; i < 30; i++) run(times / 10)
  for (let i = 0; i < 8; i++) allocated(run)
}

function allocated(run: (times: number) => void): number {
  globalThis.gc?.()
  const before = used()
  run(times)
  return used() - before
}

function used(): number {
  const { rss, heapUsed } = process.memoryUsage()
  return process.versions.bun === undefined ? heapUsed : rss
}
