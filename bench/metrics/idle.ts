/**
 * Measures the memory of an idle series. Prints `Samples` as JSON.
 *
 * Each library runs in a process of its own. The memory is read after full collections, before and after the series are
 * created: on Node the heap and all buffers, shared ones included; on Bun the heap, which includes its buffers. All label
 * values exist before the first reading. A scrape comes first, because some libraries cache the text that they render.
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
await client.counters(['/'], ['user'])()
await client.histograms(['/'])()

const before = await held()
const expose = kind === 'counters' ? client.counters(routes, users) : client.histograms(routes)
assert.ok((await expose()).includes('/route-999'))
const series = kind === 'counters' ? routes.length * users.length : routes.length
const bytes = ((await held()) - before) / series
assert.ok((await expose()).length > 0) // keeps the series reachable until here
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
