/**
 * Counts stale reads of two processes that have memory tiers and write the same keys, and measures the time after which a process
 * returns the new value of a key that the other one has written. A read is stale if its value is older than a version whose
 * deletion was confirmed before the read began.
 *
 *     npm run bench:coherence -- --seconds 60 --writes 70 --keys 50 --store redis
 */
import process from 'node:process'
import { command, count, print, thisMachine } from './command.ts'
import { librariesIn, titleOf } from './shared-tier/libraries.ts'
import type { History } from './shared-tier/member.ts'
import { startLab, storeIn } from './shared-tier/start-lab.ts'
import { Member } from './shared-tier/start-member.ts'

const { flags, run } = command({
  seconds: '10',
  writes: '70',
  reads: '4000',
  keys: '50',
  changes: '100',
  store: 'redis',
  libraries: 'hitrate,hitrate without messages,bentocache',
})
const store = storeIn(flags.store)
await run(main)
process.exit() // Some libraries keep timers.

async function main(): Promise<void> {
  const [seconds, keys, changes] = [
    count('seconds', flags.seconds),
    count('keys', flags.keys),
    count('changes', flags.changes),
  ]
  const [writes, reads] = [count('writes', flags.writes), count('reads', flags.reads)]
  print(
    `Two processes, ${writes} writes/s and ${reads} reads/s on ${keys} keys, ${seconds} s. Times in ms.\n`,
  )
  print(
    '| | writes | reads | stale reads | oldest stale read | new value in the other process: p50 | p90 | p99 | most |',
  )
  print(`|---|${'---:|'.repeat(8)}`)
  for (const library of librariesIn(flags.libraries, store)) {
    const lab = await startLab(store)
    const start = () => Member.start(library, lab.address, lab.databasePort)
    const members = [await start(), await start()]
    try {
      const options = { seconds, keys, writesPerSecond: writes / 2, readsPerSecond: reads / 2 }
      const histories = await Promise.all(members.map((member) => member.call('history', options)))
      const { total, stale, oldestMs } = staleReads(histories)
      const delays = await delaysOf(members, changes)
      const cells = [
        histories.reduce((sum, history) => sum + history.writes.length, 0),
        total,
        stale,
        oldestMs.toFixed(1),
        ...[0.5, 0.9, 0.99, 1].map((part) => quantile(delays, part).toFixed(1)),
      ]
      print(`| ${[titleOf(library, store), ...cells].join(' | ')} |`)
    } finally {
      for (const member of members) member.kill()
      await lab.end()
    }
  }
  print(`\n${thisMachine()}`)
}

function staleReads(histories: readonly History[]): { total: number; stale: number; oldestMs: number } {
  const writesOf = new Map<number, { version: number; at: number }[]>()
  for (const [key, version, at] of histories.flatMap(({ writes }) => writes)) {
    const writes = writesOf.get(key) ?? []
    writes.push({ version, at })
    writesOf.set(key, writes)
  }
  const reads = histories.flatMap(({ reads }) => reads)
  let stale = 0
  let oldestMs = 0
  for (const [key, version, at] of reads) {
    const missed = (writesOf.get(key) ?? []).filter((write) => write.version > version && write.at < at)
    if (missed.length === 0) continue
    stale++
    oldestMs = Math.max(oldestMs, at - Math.min(...missed.map((write) => write.at)))
  }
  return { total: reads.length, stale, oldestMs }
}

/** Times from the call of a deletion in one process to the first read of the new value in the other. */
async function delaysOf([writer, reader]: readonly Member[], changes: number): Promise<number[]> {
  if (writer === undefined || reader === undefined) return []
  const delays: number[] = []
  for (let i = 0; i < changes; i++) {
    const waiting = reader.event('waiting')
    const changed = reader.call('waitForChange', 'watched')
    await waiting
    const calledAt = await writer.call('change', 'watched')
    // A library without messages keeps the old value for its whole lifetime.
    const seenAt = await Promise.race([
      changed,
      new Promise<number>((resolve) => setTimeout(resolve, 5000, Infinity)),
    ])
    delays.push(seenAt - calledAt)
    if (seenAt === Infinity) break
  }
  return delays
}

function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(part * (sorted.length - 1))] ?? Number.NaN
}
