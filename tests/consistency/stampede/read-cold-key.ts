/**
 * A process that reads one key many times at once, when it is told to, and prints the counts. Its argument is the address of the
 * store, as JSON.
 */
import { once } from 'node:events'
import process from 'node:process'
import { createInterface } from 'node:readline'
import { createCache } from '../../../src/cache/create-cache.ts'
import { memoryStore } from '../../../src/stores/memory/store.ts'
import { connect } from '../stores/connect.ts'

export interface ColdReads {
  loads: number
  /** Number of reads that failed or returned another value. */
  wrong: number
  outcomes: Record<string, number>
}

const READERS = 250
const LOAD_MS = 100

const { remote } = await connect(JSON.parse(process.argv[2] ?? '{}'))
// A busy machine may answer late, and a read without an answer would load.
const cache = createCache({ memory: memoryStore(), remote, remoteTimeoutMs: 10_000 })
await cache.read('warm', () => 'value')
process.stdout.write('ready\n')
await once(createInterface({ input: process.stdin }), 'line')

const counts: ColdReads = { loads: 0, wrong: 0, outcomes: {} }
const reads = await Promise.allSettled(Array.from({ length: READERS }, () => cache.read('cold', load)))
for (const read of reads) {
  if (read.status === 'rejected' || read.value.value !== 'value') counts.wrong++
  if (read.status === 'rejected') continue
  const { outcome } = read.value
  counts.outcomes[outcome] = (counts.outcomes[outcome] ?? 0) + 1
}
process.stdout.write(`${JSON.stringify(counts)}\n`, () => process.exit(0))

async function load(): Promise<string> {
  counts.loads++
  await new Promise((resolve) => setTimeout(resolve, LOAD_MS))
  return 'value'
}
