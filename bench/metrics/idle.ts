/**
 * How much memory does a series take that nobody touches? Prints a `Samples` as JSON.
 *
 * A process of its own for each library. What is held is read after full collections, before and after the series are
 * made: on Node the heap and all buffers, shared ones too, on Bun the heap, which counts its buffers in. The label
 * values are made before, for all libraries alike. A scrape is made first: some of them keep text that they made for it.
 *
 *     node --expose-gc bench/metrics/idle.ts <library> counters|histograms
 */
import assert from 'node:assert/strict'
import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import { type ClientName, loadClient } from './clients.ts'
import type { Samples } from './time.ts'

const [name = 'hitrate', kind = 'counters'] = process.argv.slice(2)
const client = await loadClient(name as ClientName)
const routes = names('/route', kind === 'counters' ? 1000 : 10_000)
const users = names('user', 50)
await client.counters(['/'], ['nobody'])()
await client.histograms(['/'])()

const before = await held()
const expose = kind === 'counters' ? client.counters(routes, users) : client.histograms(routes)
assert.ok((await expose()).includes('/route-999'))
const series = kind === 'counters' ? routes.length * users.length : routes.length
const bytes = ((await held()) - before) / series
assert.ok((await expose()).length > 0) // so that it was held until now
process.stdout.write(JSON.stringify({ [`${kind}Idle`]: { [name]: [bytes] } } satisfies Samples))

function names(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${prefix}-${i}`)
}

async function held(): Promise<number> {
  for (let i = 0; i < 5; i++) {
    if (process.versions.bun === undefined) globalThis.gc?.()
    else Bun.gc(true)
    await sleep(20)
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return process.versions.bun === undefined ? heapUsed + arrayBuffers : heapUsed
}
