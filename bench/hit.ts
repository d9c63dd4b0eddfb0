/**
 * Compares a cached hit with a bare Hono handler that serializes the same row, and a miss too.
 *
 * For each runtime and load, the programs of hit/ run side by side as processes. Rounds of load go to one after the other, and
 * each begins once, so a disturbance of the machine affects all of them. With `--against`, the programs of another checkout
 * take part in the same run. Compare the ratios, not the figures: those are of one machine on one day. `--loads` and
 * `--contenders` choose the rows of a shorter run.
 *
 *     npm run bench -- --rounds 5 --seconds 2 --warmup 1 --connections 32 --on bun,node --against ../hitrate-before
 *     npm run bench -- --rounds 3 --seconds 1 --on bun --loads tiny,miss --contenders front,ocache
 */
import assert from 'node:assert/strict'
import { version } from '../src/version.ts'
import { command, count, print, thisMachine } from './command.ts'
import { type Contender, contendersIn } from './hit/contenders.ts'
import { chooseLoad, type LoadOptions } from './hit/load.ts'
import { type LoadKind, loadsIn } from './hit/loads.ts'
import { type Round, report, type Sample } from './hit/report.ts'
import { pathOf, sizes } from './hit/rows.ts'
import { type Server, startServer } from './hit/server.ts'
import { describeRuntime, executable, type Runtime, runtimesIn } from './runtimes.ts'
import { versionOf } from './version-of.ts'

const { flags, signal, run } = command({
  rounds: '5',
  seconds: '2',
  warmup: '1',
  connections: '32',
  on: 'bun,node',
  loads: 'tiny,tiny-chrome,large,large-chrome,huge,huge-chrome,miss',
  contenders: 'all',
  against: '',
})
const contenders = contendersIn(flags.contenders, flags.against)
const load = chooseLoad(executable('bun'))
/** Number of the next load, so that two loads of misses request different URLs. */
let loadNumber = 0

await run(main)

async function main(): Promise<void> {
  const rounds = count('rounds', flags.rounds)
  const seconds = count('seconds', flags.seconds)
  const warmup = count('warmup', flags.warmup)
  const connections = count('connections', flags.connections)
  const loads = loadsIn(flags.loads)

  print('Cost of a cached hit and of a miss, compared with a bare Hono handler that serializes the same row.')
  print(
    `GET /api/user/:id: ${rounds} rounds of ${seconds} s for each, in turn, after ${warmup} s of warm-up;`,
  )
  print(`${connections} connections, ${load.name}. Medians, with the least and the most in parentheses.\n`)
  for (const runtime of runtimesIn(flags.on)) {
    const name = await describeRuntime(runtime, signal)
    for (const kind of loads) {
      const servers = await startAll(runtime)
      try {
        const measured = await measure(servers, kind, { rounds, seconds, warmup, connections })
        const title = `${name}, ${sizes[kind.size]} B, ${kind.title}`
        report(title, runtime, kind, contenders, measured)
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
      const options = { env: { NODE_NO_WARNINGS: '1', ...contender.env }, signal }
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

async function measure(
  servers: readonly Running[],
  kind: LoadKind,
  options: MeasureOptions,
): Promise<Round[]> {
  const { rounds, seconds, warmup, connections } = options
  const { headers, isMiss } = kind
  const loadOptions = { connections, seconds, headers, isMiss, signal }
  await assertSameResponses(servers, kind)
  for (const running of servers) await loadWith(running, kind, { ...loadOptions, seconds: warmup })
  const before = await countReads(servers)
  const measured: Round[] = []
  for (let i = 0; i < rounds; i++) measured.push(await runRound(servers, kind, loadOptions, i))
  assertReads(before, await countReads(servers), kind)
  await assertSameResponses(servers, kind)
  return measured
}

/** All servers must send the same JSON, and those with a cache must send a hit. */
async function assertSameResponses(servers: readonly Running[], { size, headers }: LoadKind): Promise<void> {
  let expected: string | undefined
  for (const { contender, server } of servers) {
    const url = server.url + pathOf(size)
    for (const _ of [1, 2, 3]) await (await fetch(url, { headers })).text()
    const response = await fetch(url, { headers })
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
  kind: LoadKind,
  options: LoadOptions,
  index: number,
): Promise<Round> {
  const first = index % servers.length
  const samples: Record<string, Sample> = {}
  for (const running of [...servers.slice(first), ...servers.slice(0, first)]) {
    samples[running.contender.name] = await loadWith(running, kind, options)
  }
  return samples
}

async function loadWith(
  { server }: Running,
  { size, isMiss }: LoadKind,
  options: LoadOptions,
): Promise<Sample> {
  const url = server.url + pathOf(size)
  const before = server.cpuSeconds()
  const { requests, perSecond } = await load.run(isMiss ? `${url}-${loadNumber++}-` : url, options)
  const after = server.cpuSeconds()
  const cpuUs = before === undefined || after === undefined ? undefined : ((after - before) * 1e6) / requests
  return { perSecond, cpuUs }
}

interface Reads {
  hits: number
  others: number
}

/** The reads that each server with metrics has counted, by the contender's name. */
async function countReads(servers: readonly Running[]): Promise<Map<string, Reads>> {
  const counts = new Map<string, Reads>()
  for (const { contender, server } of servers) {
    if (!contender.hasMetrics) continue
    const text = await (await fetch(`${server.url}/metrics`)).text()
    const value = (name: string) => Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1])
    const others = value('cache_misses_total') + value('cache_errors_total')
    counts.set(contender.name, { hits: value('cache_hits_total'), others })
  }
  return counts
}

/** Every read between the two counts must have been a hit, or a miss if the load requests new URLs. */
function assertReads(before: Map<string, Reads>, after: Map<string, Reads>, { isMiss }: LoadKind): void {
  for (const [name, reads] of after) {
    const old = before.get(name)
    if (isMiss) assert.equal(reads.hits, old?.hits, `${name}: not every read was a miss`)
    else assert.equal(reads.others, old?.others, `${name}: not every read was a hit`)
  }
}
