/**
 * How long does a scrape take that adds up two worker threads of 1000 series each? Prints a `Samples` as JSON.
 *
 * hitrate reads memory that the threads share; the other libraries ask their workers by message, and add up what comes
 * back. The workers (thread.ts) have nothing else to do: none answers late because it is busy.
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

/** What hitrate's workers need. */
export type ThreadData = { shared: SharedMetrics }

/** Answers a scrape with the sum of all threads. */
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

/** These two know processes alone (`cluster`); between threads their users send what `aggregate` takes themselves. */
function scrapeByMessages(packageName: 'prom-client' | '@platformatic/prom-client'): Scrape {
  const { AggregatorRegistry }: typeof PromClient = require(packageName)
  async function ask(thread: Worker): Promise<object> {
    thread.postMessage(packageName)
    const [metrics] = await once(thread, 'message')
    return metrics
  }
  return async () => AggregatorRegistry.aggregate(await Promise.all(threads.map(ask))).metrics()
}

async function measure(scrapers: Partial<Record<ClientName, Scrape>>): Promise<void> {
  const entries = Object.entries(scrapers) as [ClientName, Scrape][]
  for (const [name, scrape] of entries) {
    await showsBoth(name, scrape)
    for (let i = 0; i < 5 * scrapes; i++) encoder.encode(await scrape())
  }
  const figures: Samples[string] = {}
  for (let round = 0; round < rounds; round++) {
    const first = round % entries.length
    for (const [name, scrape] of [...entries.slice(first), ...entries.slice(0, first)]) {
      const startedAt = now()
      for (let i = 0; i < scrapes; i++) encoder.encode(await scrape()) // as servers send it
      figures[name] = [...(figures[name] ?? []), ((now() - startedAt) * 1e6) / scrapes]
    }
  }
  process.stdout.write(JSON.stringify({ threads: figures } satisfies Samples))
}

/** Each thread has counted 3 in each of 1000 series. The official library's workers announce themselves in their time. */
async function showsBoth(name: ClientName, scrape: Scrape): Promise<void> {
  const deadline = now() + 5000
  let samples: RegExpMatchArray[] = []
  do {
    samples = [...(await scrape()).matchAll(/^series_total{.*} (.+)$/gm)]
    if (samples.length === 1000 && samples.every(([, value]) => value === '6')) return
    await sleep(20)
  } while (now() < deadline)
  assert.fail(`${name} shows ${samples.length} series; the first is ${samples[0]?.[0]}`)
}
