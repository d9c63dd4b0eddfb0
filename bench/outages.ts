/**
 * Reads new keys while the store is out of order, for each kind of outage: the first read after the event, the median after it, the
 * longest, failed reads, and the time from the end of the outage until a value stored by one cache is a hit of another.
 *
 *     npm run bench:outages -- --seconds 3 --store redis --libraries hitrate,bentocache,cacheable --events killed,frozen
 */
import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import { ordinaryUser } from '../tests/consistency/stores/kind/ordinary-user.ts'
import { outageKinds } from '../tests/consistency/stores/outage-kinds.ts'
import { startRedis } from '../tests/servers/redis-server.ts'
import { command, count, print, thisMachine } from './command.ts'
import { type LibraryName, librariesIn, titleOf } from './shared-tier/libraries.ts'
import type { TimedRead } from './shared-tier/member.ts'
import { storeIn } from './shared-tier/start-lab.ts'
import { Member } from './shared-tier/start-member.ts'
import { median } from './spread.ts'

/** A longer read counts as hanging; the limit of the member. */
const HANGS_MS = 7990

/** Time after the outage for which a hit is awaited, in ms. */
const RECOVERY_MS = 20_000

const PAUSE_MS = 25

/** As an application makes it. */
const CLIENT = 'ioredis with its defaults'

const { flags, run } = command({
  seconds: '3',
  store: 'redis',
  libraries: 'hitrate,bentocache,cacheable',
  events: '',
})
const store = storeIn(flags.store)
const kind = outageKinds[store]
await run(main)
process.exit() // Some libraries keep timers.

async function main(): Promise<void> {
  const seconds = count('seconds', flags.seconds)
  print(
    `A new key every ${PAUSE_MS} ms, an outage of ${seconds} s. First read / median / most; failed reads; time to a hit.\n`,
  )
  const libraries = librariesIn(flags.libraries, store)
  const events = flags.events === '' ? possibleHere() : flags.events.split(',')
  print(`| | ${libraries.map((library) => titleOf(library, store)).join(' | ')} |`)
  print(`|---|${'---|'.repeat(libraries.length)}`)
  for (const event of events) {
    const cells: string[] = []
    for (const library of libraries) cells.push(await measure(library, event, seconds * 1000))
    print(`| ${[event, ...cells].join(' | ')} |`)
  }
  print(`\n${thisMachine()}`)
}

async function measure(library: LibraryName, event: string, outageMs: number): Promise<string> {
  if (!kind.names.includes(event)) {
    throw new TypeError(`--events must name ${kind.names.join(', ')}, got ${event}`)
  }
  const outage = await kind.start(event)
  // The member keeps no truth in its database here, and must not depend on the server that fails.
  const database = await startRedis()
  const uid = kind.needsOrdinaryUser(event) ? ordinaryUser.uid : undefined
  const member = await Member.start(library, outage.address(CLIENT), database.port, uid)
  let unhandled = 0
  member.events.on('unhandled', () => unhandled++)
  try {
    await firstHit(member, 'warm')
    await outage.begin()
    const reads = await readsFor(member, outageMs)
    await outage.repair()
    const recoveryMs = await firstHit(member, 'back')
    return summary(reads, recoveryMs, unhandled)
  } finally {
    member.kill()
    await Promise.all([outage.end(), database.end()])
  }
}

/** The values of the members are numbers, so they have no faults. */
function possibleHere(): readonly string[] {
  return kind.names.filter((name) => kind.skip(name) === false && !kind.concernsValues(name))
}

async function readsFor(member: Member, ms: number): Promise<TimedRead[]> {
  const reads: TimedRead[] = []
  const endAt = performance.now() + ms
  while (performance.now() < endAt) {
    reads.push(await member.call('timedRead', `new:${reads.length}`))
    await sleep(PAUSE_MS)
  }
  return reads
}

/** Returns the time until a value that one cache has stored is a hit of another, in ms. */
async function firstHit(member: Member, prefix: string): Promise<number> {
  const startedAt = performance.now()
  for (let i = 0; performance.now() - startedAt < RECOVERY_MS; i++) {
    await member.call('timedRead', `${prefix}:${i}`)
    const { loaded, failed } = await member.call('otherRead', `${prefix}:${i}`)
    if (!loaded && !failed) return performance.now() - startedAt
    await sleep(PAUSE_MS)
  }
  return Infinity
}

function summary(reads: readonly TimedRead[], recoveryMs: number, unhandled: number): string {
  const times = reads.map(({ ms }) => ms)
  const failed = reads.filter((read) => read.failed).length
  const parts = [
    `${[times[0] ?? Number.NaN, median(times.slice(1)), Math.max(...times)].map(duration).join(' / ')} ms`,
    `${failed} of ${reads.length} failed`,
    recoveryMs === Infinity ? 'no hit' : `hit after ${(recoveryMs / 1000).toFixed(2)} s`,
  ]
  if (unhandled > 0) parts.push(`${unhandled} unhandled rejections`)
  return parts.join('; ')
}

function duration(ms: number): string {
  if (Number.isNaN(ms)) return '–'
  return ms >= HANGS_MS ? '**hangs**' : ms.toFixed(ms < 10 ? 1 : 0)
}
