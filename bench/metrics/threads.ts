/**
 * Times a scrape that adds up two worker threads of 1000 series each. Prints `Samples` as JSON.
 *
 * hitrate reads memory that the threads share. The other libraries request the counts of their workers by message, and add
 * them up. The workers (thread.ts) are otherwise idle, so none of them responds late.
 *
 *     node bench/metrics/threads.ts <rounds> <scrapes in each round>
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { WorkerRegistry } from '@prometheus-io/client'
import type * as PromClient from 'prom-client'
import { createRegistry, expose, type SharedMetrics } from '../../src/metrics/index.ts'
import type { ClientName } from './clients.ts'
import type { Samples } from './time.ts'
import { now } from './workload.ts'

/** Data that a worker receives for hitrate. */
export type ThreadData = { shared: SharedMetrics }

/** Renders the sum of all threads. */
type Scrape = () => Promise<string>

const require = createRequire(import.meta.url)
const [rounds = 11, scrapes = 20] = process.argv.slice(2).map(Number)
const encoder = new TextEncoder()
const registry = createRegistry()
const official = new WorkerRegistry()
const threads = await Promise.all([startThread(), startThread()])
await measure({
  hitrate: scrapeShared,
  '@prometheus-io/client': () => official.workerMetrics(),
  'prom-client': scrapeByMessages('prom-client'),
  '@platformatic/prom-client': scrapeByMessages('@platformatic/prom-client'),
})
await Promise.all(threads.map((thread) => thread.terminate()))

async function startThread(): Promise<Worker> {
  const workerData: ThreadData = { shared: registry.share() }
  const worker = new Worker(new URL('thread.ts', import.meta.url), { workerData })
  await once(worker, 'message')
  return worker
}

async function scrapeShared(): Promise<string> {
  return String((await expose(registry)).body)
}

/** These two support only processes (`cluster`). With threads, users send the argument of `aggregate` themselves. */
function scrapeByMessages(packageName: 'prom-client' | '@platformatic/prom-client'): Scrape {
  const { AggregatorRegistry }: typeof PromClient = require(packageName)
  async function requestMetrics(thread: Worker): Promise<object> {
    thread.postMessage(packageName)
    const [metrics] = await once(thread, 'message')
    return metrics
  }
  return async () => AggregatorRegistry.aggregate(await Promise.all(threads.map(requestMetrics))).metrics()
}

async function measure(scrapers: Partial<Record<ClientName, Scrape>>): Promise<void> {
  const entries = Object.entries(scrapers) as [ClientName, Scrape][]
  for (const [name, scrape] of entries) {
    await untilBothCounted(name, scrape)
    for (let i = 0; i < 5 * scrapes; i++) encoder.encode(await scrape())
  }
  const figures: Samples[string] = {}
  for (let round = 0; round < rounds; round++) {
    const first = round % entries.length
    for (const [name, scrape] of [...entries.slice(first), ...entries.slice(0, first)]) {
      const startedAt = now()
      for (let i = 0; i < scrapes; i++) encoder.encode(await scrape()) // servers send bytes
      figures[name] = [...(figures[name] ?? []), ((now() - startedAt) * 1e6) / scrapes]
    }
  }
  process.stdout.write(JSON.stringify({ threads: figures } satisfies Samples))
}

/**
 * Resolves once a scrape includes both threads, each of which has counted 3 in each of 1000 series. The workers of the official
 * library register asynchronously.
 */
async function untilBothCounted(name: ClientName, scrape: Scrape): Promise<void> {
  const deadline = now() + 5000
  let samples: RegExpMatchArray[] = []
  do {
    samples = [...(await scrape()).matchAll(/^series_total{.*} (.+)$/gm)]
    if (samples.length === 1000 && samples.every(([, value]) => value === '6')) return
    await sleep(20)
  } while (now() < deadline)
  assert.fail(`${name} must render 1000 series of 6, got ${samples.length}; the first is ${samples[0]?.[0]}`)
}
