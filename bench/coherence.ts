/**
 * Counts stale reads of two processes that have memory tiers and write the same keys, and measures the time after which a process
 * returns the new value of a key that the other one has written. A read is stale if its value is older than a version whose
 * deletion was confirmed before the read began.
 *
 *     npm run bench:coherence -- --seconds 60 --writes 70 --keys 50 --store redis --cuts on
 */
import process from 'node:process'
import { command, count, print, thisMachine } from './command.ts'
import { measureCoherence } from './shared-tier/coherence.ts'
import { librariesIn, titleOf } from './shared-tier/libraries.ts'
import { storeIn } from './shared-tier/start-lab.ts'
import { quantile } from './spread.ts'

const { flags, run } = command({
  seconds: '10',
  writes: '70',
  reads: '4000',
  keys: '50',
  changes: '100',
  store: 'redis',
  libraries: 'hitrate,hitrate without messages,bentocache,cacheable,ocache',
  /** `on`: the second process is cut off from the store again and again, and does not write. */
  cuts: 'off',
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
  const cuts = flags.cuts === 'on'
  const options = { seconds, keys, writesPerSecond: writes, readsPerSecond: reads, changes, cuts }
  for (const library of librariesIn(flags.libraries, store)) {
    const measured = await measureCoherence(library, store, options).catch((error: Error) => error)
    if (measured instanceof Error) {
      print(`| ${titleOf(library, store)} | ${measured.message} |`)
      continue
    }
    const cells = [
      measured.writes,
      measured.reads,
      measured.stale,
      measured.oldestMs.toFixed(1),
      ...[0.5, 0.9, 0.99, 1].map((part) => quantile(measured.delays, part).toFixed(1)),
    ]
    print(`| ${[titleOf(library, store), ...cells].join(' | ')} |`)
  }
  print(`\n${thisMachine()}`)
}
