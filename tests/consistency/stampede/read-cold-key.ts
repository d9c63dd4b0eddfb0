/**
 * A process that reads one key many times at once, after the first byte of its input, and prints the counts. It ends with its input.
 * Its argument is the address of the store, as JSON.
 */
import { once } from 'node:events'
import process from 'node:process'
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
// A busy machine may answer late, or renew the lease late: then another process would load.
const cache = createCache({ memory: memoryStore(), remote, remoteTimeoutMs: 10_000, leaseMs: 10_000 })
await cache.read('warm', () => 'value')
process.stdout.write('ready\n')
await once(process.stdin, 'data')

const counts: ColdReads = { loads: 0, wrong: 0, outcomes: {} }
const reads = await Promise.allSettled(Array.from({ length: READERS }, () => cache.read('cold', load)))
for (const read of reads) {
  if (read.status === 'rejected' || read.value.value !== 'value') counts.wrong++
  if (read.status === 'rejected') continue
  const { outcome } = read.value
  counts.outcomes[outcome] = (counts.outcomes[outcome] ?? 0) + 1
}
process.stdout.write(`${JSON.stringify(counts)}\n`)
// The value is stored after its readers have it, so the process must not end before the readers of the others have it too.
process.stdin.once('end', () => process.exit(0))

async function load(): Promise<string> {
  counts.loads++
  await new Promise((resolve) => setTimeout(resolve, LOAD_MS))
  return 'value'
}
