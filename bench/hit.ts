/**
 * Compares a cached hit with a bare Hono handler that serializes the same row.
 *
 * For each runtime and size of row, all programs of hit/ run side by side as processes. Rounds of load go to one after the
 * other, and each begins once, so a disturbance of the machine affects all of them. With `--against`, the programs of another
 * checkout take part in the same run. Compare the ratios, not the figures: those are of one machine on one day.
 *
 *     npm run bench -- --rounds 5 --seconds 2 --warmup 1 --connections 32 --on bun,node --against ../hitrate-before
 */
import assert from 'node:assert/strict'
import { version } from '../src/version.ts'
import { command, count, print, thisMachine } from './command.ts'
import { type Contender, contenders as chooseContenders } from './hit/contenders.ts'
import { chooseLoad, type LoadOptions } from './hit/load.ts'
import { type Round, report, type Sample } from './hit/report.ts'
import { pathOf, type Size, sizes } from './hit/rows.ts'
import { type Server, startServer } from './hit/server.ts'
import { describeRuntime, executable, type Runtime, runtimesIn } from './runtimes.ts'
import { versionOf } from './version-of.ts'

const { flags, signal, run } = command({
  rounds: '5',
  seconds: '2',
  warmup: '1',
  connections: '32',
  on: 'bun,node',
  against: '',
})
const contenders = chooseContenders(flags.against)
const load = chooseLoad(executable('bun'))
await run(main)

async function main(): Promise<void> {
  const rounds = count('rounds', flags.rounds)
  const seconds = count('seconds', flags.seconds)
  const warmup = count('warmup', flags.warmup)
  const connections = count('connections', flags.connections)

  print('Cost of a cached hit, compared with a bare Hono handler that serializes the same row.')
  print(
    `GET /api/user/:id: ${rounds} rounds of ${seconds} s for each, in turn, after ${warmup} s of warm-up;`,
  )
  print(`${connections} connections, ${load.name}. Medians, with the least and the most in parentheses.\n`)
  for (const runtime of runtimesIn(flags.on)) {
    const name = await describeRuntime(runtime, signal)
    for (const size of Object.keys(sizes) as Size[]) {
      const servers = await startAll(runtime)
      try {
        const measured = await measure(servers, size, { rounds, seconds, warmup, connections })
        report(`${name}, ${sizes[size]} B`, runtime, contenders, measured)
      } finally {
        await Promise.all(servers.map(({ server }) => server.stop()))
      }
    }
  }
  print(thisMachine())
  print(`hitrate ${version}, hono ${versionOf('hono')}, @hono/node-server ${versionOf('@hono/node-server')}`)
  if (flags.against !== '') print(`The other checkout: ${flags.against}`)
}

interface Running {
  contender: Contender
  server: Server
}

async function startAll(runtime: Runtime): Promise<Running[]> {
  const running: Running[] = []
  try {
    for (const contender of contenders) {
      const options = { env: { NODE_NO_WARNINGS: '1' }, signal }
      const server = await startServer(executable(runtime), contender.program, options)
      running.push({ contender, server })
    }
    return running
  } catch (error) {
    await Promise.all(running.map(({ server }) => server.stop()))
    throw error
  }
}

interface MeasureOptions {
  rounds: number
  seconds: number
  /** Seconds of load before the first round. */
  warmup: number
  connections: number
}

async function measure(servers: readonly Running[], size: Size, options: MeasureOptions): Promise<Round[]> {
  const { rounds, seconds, warmup, connections } = options
  const path = pathOf(size)
  await assertSameResponses(servers, path)
  for (const { server } of servers) await loadWith(server, path, { connections, seconds: warmup, signal })
  const before = await missCounts(servers)
  const measured: Round[] = []
  for (let i = 0; i < rounds; i++) {
    measured.push(await runRound(servers, path, { connections, seconds, signal }, i))
  }
  assert.deepEqual(await missCounts(servers), before, 'not every read was a hit')
  await assertSameResponses(servers, path)
  return measured
}

/** All servers must send the same JSON, and those with a cache must send a hit. */
async function assertSameResponses(servers: readonly Running[], path: string): Promise<void> {
  let expected: string | undefined
  for (const { contender, server } of servers) {
    for (const _ of [1, 2, 3]) await (await fetch(server.url + path)).text()
    const response = await fetch(server.url + path)
    const cacheStatus = response.headers.get('cache-status') ?? response.headers.get('x-cache')
    assert.equal(response.status, 200, contender.name)
    if (contender.isCached) assert.match(cacheStatus ?? '', /hit/i, contender.name)
    else assert.equal(cacheStatus, null)
    const body = await response.text()
    expected ??= body
    assert.equal(body, expected, contender.name)
  }
}

async function runRound(
  servers: readonly Running[],
  path: string,
  options: LoadOptions,
  index: number,
): Promise<Round> {
  const first = index % servers.length
  const samples: Record<string, Sample> = {}
  for (const { contender, server } of [...servers.slice(first), ...servers.slice(0, first)]) {
    samples[contender.name] = await loadWith(server, path, options)
  }
  return samples
}

async function loadWith(server: Server, path: string, options: LoadOptions): Promise<Sample> {
  const before = server.cpuSeconds()
  const { requests, perSecond } = await load.run(server.url + path, options)
  const after = server.cpuSeconds()
  const cpuUs = before === undefined || after === undefined ? undefined : ((after - before) * 1e6) / requests
  return { perSecond, cpuUs }
}

/** Misses and errors that each server with metrics has counted, by the contender's name. */
async function missCounts(servers: readonly Running[]): Promise<Map<string, number>> {
  const counts = new Map<string, number>()
  for (const { contender, server } of servers) {
    const response = await fetch(`${server.url}/metrics`)
    const text = await response.text()
    if (!response.ok) continue
    const value = (name: string) => Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1])
    counts.set(contender.name, value('cache_misses_total') + value('cache_errors_total'))
  }
  assert.ok(counts.size >= 3, 'the front, the middlewares and the service must have metrics')
  return counts
}
