/**
 * The outage matrix: reads through a cache while Redis or the database fails, beside other libraries.
 *
 * For each failure and library, a process reads a known key and a new key every 10 ms, whatever becomes of its earlier reads; known
 * keys expire after 500 ms. A cell has the share of the reads that got a value within a second, of known and of new keys; the values
 * that were stale; p50 and p99 of the answers; the calls of the database; and the time from the repair until a value stored by one
 * cache is found by another (database: until a value is fresh). The last table counts old values after an invalidation, with a Redis
 * that evicts.
 *
 *     npm run bench:outage -- --seconds 3 --libraries hitrate,bentocache,cacheable,ocache --events 'frozen (SIGSTOP)'
 *     npm run bench:outage -- --store memcached
 */
import process from 'node:process'
import { command, count, print, thisMachine } from './command.ts'
import { cacheNamed, cacheNamesIn } from './outage/caches.ts'
import { countOldValues, marks, policies } from './outage/evicted-marks.ts'
import { failureNames } from './outage/failures.ts'
import { type Measured, measureFailure } from './outage/measure.ts'
import { storeIn } from './shared-tier/start-lab.ts'

const { flags, run } = command({
  seconds: '3',
  store: 'redis',
  libraries: 'hitrate,bentocache,cacheable,ocache',
  events: '',
  /** Rounds of the last table; 0 leaves it out. */
  rounds: '3',
})
const store = storeIn(flags.store)
const names = cacheNamesIn(flags.libraries).filter(
  (name) => store === 'redis' || !cacheNamed(name).needsRedis,
)
await run(main)
process.exit() // Some libraries keep timers.

async function main(): Promise<void> {
  const seconds = count('seconds', flags.seconds)
  for (const name of names) print(`- ${cacheNamed(name).title}: ${cacheNamed(name).options}`)
  const events = flags.events === '' ? failureNames(store) : flags.events.split(',')
  for (const event of events) {
    print(`\n${event}, for ${seconds} s\n`)
    print(
      '| | known keys answered | new keys answered | stale values | p50 ms | p99 ms | database calls | recovered after |',
    )
    print(`|---|${'---:|'.repeat(7)}`)
    for (const name of names) {
      const measured = await measureFailure(name, store, event, seconds * 1000)
      print(`| ${[cacheNamed(name).title, ...cellsOf(measured)].join(' | ')} |`)
    }
  }
  if (store === 'redis' && flags.rounds !== '0') await reportOldValues(count('rounds', flags.rounds))
  print(`\nNode ${process.version.slice(1)}, ${thisMachine()}`)
}

function cellsOf({ known, fresh, stale, p50, p99, loads, unhandled, recoveryMs }: Measured): string[] {
  const recovered =
    recoveryMs < Number.POSITIVE_INFINITY ? `${(recoveryMs / 1000).toFixed(2)} s` : 'not in 10 s'
  const rejections = unhandled > 0 ? `; ${unhandled} unhandled rejections` : ''
  return [
    percent(known),
    percent(fresh),
    `${stale}`,
    millis(p50),
    millis(p99),
    `${loads}`,
    recovered + rejections,
  ]
}

async function reportOldValues(rounds: number): Promise<void> {
  print(
    `\nOld values of ${marks.keys} after their tag was invalidated, with a Redis of ${marks.maxMemory} that got ${marks.foreignKeys} other keys; ${rounds} rounds\n`,
  )
  print(`| | ${policies.join(' | ')} |`)
  print(`|---|${'---:|'.repeat(policies.length)}`)
  for (const name of names) {
    if (name === 'ocache' || name.endsWith('defaults')) continue // ocache has no tags
    const cells: string[] = []
    for (const policy of policies) {
      const counts: number[] = []
      for (let i = 0; i < rounds; i++) counts.push(await countOldValues(name, policy))
      cells.push(counts.join(', '))
    }
    print(`| ${[cacheNamed(name).title, ...cells].join(' | ')} |`)
  }
}

function percent(share: number): string {
  if (share === 1) return '100 %'
  return `${(share * 100).toFixed(1)} %`
}

function millis(value: number): string {
  return Number.isNaN(value) ? '–' : value.toFixed(value < 10 ? 1 : 0)
}
