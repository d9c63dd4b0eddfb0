/**
 * Compares hitrate's client of Memcached with those of npm: gets of 1 kB, on a Memcached of this machine. Below the client are the
 * hits of the store and of the cache over it, which read a value together with its marks.
 *
 * All contenders are in one process and take turns, round by round. A ratio compares one with the fastest client of npm, round by
 * round. Compare the ratios, not the figures: those are of one machine on one day.
 *
 *     npm run bench:memcached -- --rounds 31 --on node,bun --clients hitrate,memcache
 */
import { fileURLToPath } from 'node:url'
import { startMemcached } from '../tests/servers/memcached-server.ts'
import { command, count, print, thisMachine } from './command.ts'
import { clientsNamed } from './memcached/clients.ts'
import { describeRuntime, type Runtime, runOn, runtimesIn } from './runtimes.ts'
import { median, perSecond, ratio, spread, us } from './spread.ts'
import type { Figures, ReadFigures } from './timed-reads.ts'
import { versionOf } from './version-of.ts'

const { flags, signal, run } = command({ rounds: '31', on: 'node,bun', clients: '' })
const program = fileURLToPath(new URL('memcached/gets.ts', import.meta.url))
await run(main)

async function main(): Promise<void> {
  const rounds = count('rounds', flags.rounds)
  print(`Gets of 1 kB from Memcached: ${rounds} rounds for each client, in turn.`)
  print('Medians of the rounds, with the least and the most in parentheses.\n')
  for (const runtime of runtimesIn(flags.on)) {
    print(`## ${await describeRuntime(runtime, signal)}\n`)
    report(await measure(runtime, rounds))
  }
  print(thisMachine())
}

async function measure(runtime: Runtime, rounds: number): Promise<ReadFigures> {
  const server = await startMemcached()
  try {
    const args = [program, `${server.port}`, `${rounds}`, clientsNamed(flags.clients).join(',')]
    return JSON.parse(await runOn(runtime, args, signal))
  } finally {
    await server.end()
  }
}

function report(result: ReadFigures): void {
  const others = Object.entries(result).filter(([name]) => !isOurs(name))
  const latencies = others.map(([, { p50 }]) => p50)
  const least = latencies.toSorted((a, b) => median(a) - median(b))[0] ?? []
  const throughputs = others.map(([, figures]) => figures.perSecond)
  const most = throughputs.toSorted((a, b) => median(b) - median(a))[0] ?? []
  print(
    '| | one at a time, p50 | p99 | p50 to the least of npm | 100 in flight | to the most of npm | CPU per get |',
  )
  print(`|---|${'---:|'.repeat(6)}`)
  for (const [name, figures] of Object.entries(result)) line(name, figures, least, most)
  print('')
}

function line(name: string, figures: Figures, least: readonly number[], most: readonly number[]): void {
  const cells = [
    isOurs(name) ? name : `${name} ${versionOf(name)}`,
    spread(figures.p50.map(micro), us),
    spread(figures.p99.map(micro), us),
    spread(ratiosOf(figures.p50, least), ratio),
    spread(figures.perSecond, perSecond),
    spread(ratiosOf(figures.perSecond, most), ratio),
    spread(figures.cpu.map(micro), us),
  ]
  print(`| ${cells.join(' | ')} |`)
}

/** The client, and what is built on it. */
function isOurs(name: string): boolean {
  return name.startsWith('hitrate')
}

/** Round by round, because a disturbance of one round affects both figures. */
function ratiosOf(figures: readonly number[], base: readonly number[]): number[] {
  return base.map((value, round) => (figures[round] ?? Number.NaN) / value)
}

function micro(value: number): number {
  return value * 1e3 // in ns
}
