/**
 * Reads new keys while Redis is out of order, for each kind of outage: the first read after the event, the median after it, the
 * longest, failed reads, and the time from the end of the outage until a value stored by one cache is a hit of another.
 *
 *     npm run bench:outages -- --seconds 3 --libraries hitrate,bentocache,cacheable --events killed,frozen
 */
import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { FaultProxy } from '../tests/servers/fault-proxy.ts'
import { startRedis } from '../tests/servers/redis-server.ts'
import type { RunningServer } from '../tests/servers/server-process.ts'
import { command, count, print, thisMachine } from './command.ts'
import { type LibraryName, titles } from './shared-tier/libraries.ts'
import type { TimedRead } from './shared-tier/member.ts'
import { Member } from './shared-tier/start-member.ts'
import { median } from './spread.ts'

/** A longer read counts as hanging; the limit of the member. */
const HANGS_MS = 7990

/** Time after the outage for which a hit is awaited, in ms. */
const RECOVERY_MS = 20_000

const PAUSE_MS = 25

interface Outage {
  begin(lab: Lab): Promise<unknown>
  end(lab: Lab): Promise<unknown>
}

class Lab {
  server: RunningServer
  readonly proxy: FaultProxy

  constructor(server: RunningServer, proxy: FaultProxy) {
    this.server = server
    this.proxy = proxy
  }

  async restart(): Promise<void> {
    this.server = await startRedis({ port: this.server.port })
  }

  /** Sends a command past the proxy. */
  async command(name: string, ...args: string[]): Promise<void> {
    const client = new Redis(this.server.port, '127.0.0.1', {
      password: name === 'AUTHORIZED' ? PASSWORD : undefined,
    })
    client.on('error', () => {}) // the command rejects by itself
    await (name === 'AUTHORIZED' ? client.call(args[0] ?? '', args.slice(1)) : client.call(name, args))
    client.disconnect()
  }
}

const PASSWORD = 'other'

const outages: Record<string, Outage> = {
  killed: { begin: ({ server }) => server.end(), end: (lab) => lab.restart() },
  frozen: withProxy({ kind: 'freeze' }),
  '+200 ms': withProxy({ kind: 'delay', ms: 200 }),
  garbage: withProxy({ kind: 'garbage' }),
  'restarted empty': {
    async begin(lab) {
      await lab.server.end()
      await lab.restart()
    },
    end: async () => {},
  },
  'wrong password': {
    async begin(lab) {
      await lab.command('CONFIG', 'SET', 'requirepass', PASSWORD)
      lab.proxy.cutOnce()
    },
    end: (lab) => lab.command('AUTHORIZED', 'CONFIG', 'SET', 'requirepass', ''),
  },
  full: {
    begin: (lab) => lab.command('CONFIG', 'SET', 'maxmemory', '1'),
    end: (lab) => lab.command('CONFIG', 'SET', 'maxmemory', '0'),
  },
}

const { flags, run } = command({
  seconds: '3',
  libraries: 'hitrate,bentocache,cacheable',
  events: Object.keys(outages).join(','),
})
await run(main)
process.exit() // Some libraries keep timers.

async function main(): Promise<void> {
  const seconds = count('seconds', flags.seconds)
  print(
    `A new key every ${PAUSE_MS} ms, an outage of ${seconds} s. First read / median / most; failed reads; time to a hit.\n`,
  )
  const libraries = flags.libraries.split(',') as LibraryName[]
  print(`| | ${libraries.map((library) => titles[library]).join(' | ')} |`)
  print(`|---|${'---|'.repeat(libraries.length)}`)
  for (const event of flags.events.split(',')) {
    const cells: string[] = []
    for (const library of libraries) cells.push(await measure(library, event, seconds * 1000))
    print(`| ${[event, ...cells].join(' | ')} |`)
  }
  print(`\n${thisMachine()}`)
}

async function measure(library: LibraryName, event: string, outageMs: number): Promise<string> {
  const outage = outages[event]
  if (outage === undefined)
    throw new TypeError(`--events must name ${Object.keys(outages).join(', ')}, got ${event}`)
  const server = await startRedis()
  const proxy = await FaultProxy.start(server.port)
  const lab = new Lab(server, proxy)
  // The member keeps no truth in its database here, and must not depend on the server that fails.
  const database = await startRedis()
  const member = await Member.start(library, proxy.port, database.port)
  let unhandled = 0
  member.events.on('unhandled', () => unhandled++)
  try {
    await firstHit(member, 'warm')
    await outage.begin(lab)
    const reads = await readsFor(member, outageMs)
    await outage.end(lab)
    const recoveryMs = await firstHit(member, 'back')
    return summary(reads, recoveryMs, unhandled)
  } finally {
    member.kill()
    await proxy.end()
    await Promise.all([lab.server.end(), database.end()])
  }
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

function withProxy(fault: Parameters<FaultProxy['set']>[0]): Outage {
  return { begin: ({ proxy }) => proxy.set(fault), end: ({ proxy }) => proxy.set({ kind: 'pass' }) }
}
