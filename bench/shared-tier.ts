/**
 * Compares a hit of the shared tier in Redis with a plain GET of the same client, on Redis of this machine, and a hit of a SQLite
 * file with the hit of Redis.
 *
 * The caches have no memory tier, so that each read goes to Redis or to the file. All contenders of a client are in one process and take turns,
 * round by round. A ratio is hitrate's figure divided by that of the GET, round by round. With `--against`, the engine of another
 * checkout takes turns too. Compare the ratios, not the figures: those are of one machine on one day.
 *
 *     npm run bench:shared -- --rounds 31 --on node,bun --clients ioredis,node-redis --against ../hitrate-before
 */
import { fileURLToPath } from 'node:url'
import { startRedis } from '../tests/servers/redis-server.ts'
import { command, count, print, thisMachine } from './command.ts'
import { describeRuntime, type Runtime, runOn, runtimesIn } from './runtimes.ts'
import { type ClientName, clientNamed, clientsOn } from './shared-tier/clients.ts'
import { median, perSecond, ratio, spread, us } from './spread.ts'
import type { Figures, ReadFigures } from './timed-reads.ts'
import { versionOf } from './version-of.ts'

/** Hitrate's figure divided by that of the plain GET. */
const targets = { latency: 1.3, throughput: 0.7 }

/** Latency of a hit of the SQLite file divided by that of a hit of Redis. */
const SQLITE_TARGET = 0.4

const { flags, signal, run } = command({ rounds: '31', on: 'node,bun', clients: '', against: '' })
const program = fileURLToPath(new URL('shared-tier/hits.ts', import.meta.url))
await run(main)

async function main(): Promise<void> {
  const rounds = count('rounds', flags.rounds)
  print(`Cost of a hit of the shared tier, 1 kB of JSON: ${rounds} rounds for each, in turn.`)
  print('Medians of the rounds, with the least and the most in parentheses.\n')
  for (const runtime of runtimesIn(flags.on)) {
    const title = await describeRuntime(runtime, signal)
    for (const client of clientsFor(runtime)) {
      print(`## ${title}, ${describeClient(client)}\n`)
      report(await measure(runtime, client, rounds))
    }
  }
  print(thisMachine())
  if (flags.against !== '') print(`The other checkout: ${flags.against}`)
}

function clientsFor(runtime: Runtime): ClientName[] {
  const all = clientsOn(runtime)
  if (flags.clients === '') return all
  const chosen = flags.clients.split(',').map((name) => clientNamed(name))
  return all.filter((name) => chosen.includes(name))
}

function describeClient(client: ClientName): string {
  if (client === 'Bun.RedisClient') return client
  return `${client} ${versionOf(client === 'ioredis' ? 'ioredis' : 'redis')}`
}

async function measure(runtime: Runtime, client: ClientName, rounds: number): Promise<ReadFigures> {
  const server = await startRedis()
  try {
    const args = [program, client, `${server.port}`, `${rounds}`, flags.against]
    return JSON.parse(await runOn(runtime, args, signal))
  } finally {
    await server.end()
  }
}

function report(result: ReadFigures): void {
  const { GET: base, ...others } = result
  if (base === undefined) return
  print('| | one at a time, p50 | p99 | p50 to GET | 100 in flight | to GET | CPU per read | goals |')
  print(`|---|${'---:|'.repeat(7)}`)
  line('GET', base, base)
  for (const [title, figures] of Object.entries(others)) line(title, figures, base)
  print('')
  for (const tags of ['0 tags', '2 tags']) {
    const [redis, sqlite] = [others[tags], others[`SQLite, ${tags}`]]
    if (redis === undefined || sqlite === undefined) continue
    const ratios = ratiosOf(sqlite.p50, redis.p50)
    print(
      `Latency of SQLite to that of Redis, ${tags}: ${spread(ratios, ratio)} ${mark(median(ratios) <= SQLITE_TARGET)}`,
    )
  }
  print('')
}

function line(title: string, figures: Figures, base: Figures): void {
  const latency = ratiosOf(figures.p50, base.p50)
  const throughput = ratiosOf(figures.perSecond, base.perSecond)
  const isOurs = /^\d tags/.test(title)
  const verdict = `${mark(median(latency) <= targets.latency)} ${mark(median(throughput) >= targets.throughput)}`
  const cells = [
    isOurs ? `hitrate, ${title}` : title,
    spread(figures.p50.map(micro), us),
    spread(figures.p99.map(micro), us),
    figures === base ? '' : spread(latency, ratio),
    spread(figures.perSecond, perSecond),
    figures === base ? '' : spread(throughput, ratio),
    spread(figures.cpu.map(micro), us),
    isOurs ? verdict : '',
  ]
  print(`| ${cells.join(' | ')} |`)
}

/** Round by round, because a disturbance of one round affects both figures. */
function ratiosOf(figures: readonly number[], base: readonly number[]): number[] {
  return base.map((value, round) => (figures[round] ?? Number.NaN) / value)
}

function micro(value: number): number {
  return value * 1e3 // in ns
}

function mark(isReached: boolean): string {
  return isReached ? '✓' : '✗'
}
