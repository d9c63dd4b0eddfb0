/**
 * Requests per second of hits through a caching proxy: hitrate beside its bare upstream, a plain `hono/proxy`, nginx and Varnish.
 *
 * All run side by side, each with its own port; one client loads one after the other, round by round, and each begins once. With one
 * worker each server is bound to one processor. CPU is the processor time of the server's processes per request, which neighbours on
 * the machine disturb less than requests per second. A proxy counts only if its upstream got no request during its rounds. Programs that
 * are not installed are left out by name. Compare the ratios, not the figures: those are of one machine on one day.
 *
 *     npm run bench:proxy -- --rounds 5 --seconds 2 --workers 1 --on node,bun --connections 32 --size large
 */
import assert from 'node:assert/strict'
import { cpus } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { command, count, print, thisMachine } from './command.ts'
import { chooseLoad } from './hit/load.ts'
import { pathOf, type Size, sizes } from './hit/rows.ts'
import { type Contender, contendersOn, isInstalled, nginx, varnish } from './proxy/contenders.ts'
import type { RunningProxy } from './proxy/start-program.ts'
import { describeRuntime, executable, runtimesIn } from './runtimes.ts'
import { median, ratio, spread } from './spread.ts'

const { flags, signal, run } = command({
  rounds: '5',
  seconds: '2',
  workers: '1',
  on: 'node,bun',
  connections: '32',
  size: 'large',
})
const load = chooseLoad(executable('bun'))

interface Running {
  contender: Contender
  proxy: RunningProxy
  perSecond: number[]
  /** Processor time of the server in µs per request, round by round. */
  cpuUs: number[]
}

await run(main)

async function main(): Promise<void> {
  const [rounds, seconds, workers, connections] = [
    count('rounds', flags.rounds),
    count('seconds', flags.seconds),
    count('workers', flags.workers),
    count('connections', flags.connections),
  ]
  const size = sizeIn(flags.size)
  const core = workers === 1 && isInstalled('taskset') ? cpus().length - 1 : undefined
  const [upstreamOfAll] = contendersOn('node')
  assert.ok(upstreamOfAll)
  const behind = await upstreamOfAll.start({ upstream: '', workers: 1, core: undefined, signal })
  const running: Running[] = []
  try {
    for (const contender of await contenders()) {
      const options = { upstream: behind.url, workers, core, signal }
      const proxy = await contender.start(options).catch((error: Error) => {
        print(`Left out: ${contender.title}: ${error.message.split('\n')[1] ?? error.message}`)
      })
      if (proxy !== undefined) running.push({ contender, proxy, perSecond: [], cpuUs: [] })
    }
    print(
      `Hits through a proxy, ${sizes[size]} B of JSON: ${rounds} rounds of ${seconds} s for each, in turn;`,
    )
    const place = core === undefined ? '' : `, on processor ${core}`
    print(`${connections} connections, ${load.name}; ${workers} worker each${place}. Medians (least–most).\n`)
    for (let round = -1; round < rounds; round++) {
      const first = Math.max(0, round) % running.length
      for (const each of [...running.slice(first), ...running.slice(0, first)]) {
        const sample = await loadOf(each, behind.url, pathOf(size), round < 0 ? 1 : seconds, connections)
        if (round < 0) continue
        each.perSecond.push(sample.perSecond)
        each.cpuUs.push(sample.cpuUs)
      }
    }
    report(running)
    for (const runtime of runtimesIn(flags.on)) print(await describeRuntime(runtime, signal))
    print(thisMachine())
  } finally {
    await Promise.all([behind, ...running.map(({ proxy }) => proxy)].map((each) => each.stop()))
  }
}

async function contenders(): Promise<Contender[]> {
  const programs = [...(isInstalled('nginx') ? [nginx] : []), ...(isInstalled('varnishd') ? [varnish] : [])]
  if (!isInstalled('nginx')) print('Left out: nginx, which is not installed')
  if (!isInstalled('varnishd')) print('Left out: Varnish, which is not installed')
  return [...runtimesIn(flags.on).flatMap(contendersOn), ...programs]
}

/** @throws {AssertionError} when a response of a cache was not a hit. */
async function loadOf(
  { contender, proxy }: Running,
  upstream: string,
  path: string,
  seconds: number,
  connections: number,
): Promise<{ perSecond: number; cpuUs: number }> {
  const url = proxy.url + path
  for (let i = 0; i < 3; i++) await (await fetch(url)).arrayBuffer()
  const before = await settledRequestsTo(upstream)
  const cpuBefore = proxy.cpuSeconds() ?? Number.NaN
  const { requests, perSecond } = await load.run(url, {
    seconds,
    connections,
    headers: {},
    isMiss: false,
    signal,
  })
  const cpuUs = (((proxy.cpuSeconds() ?? Number.NaN) - cpuBefore) * 1e6) / requests
  const passed = (await requestsTo(upstream)) - before
  if (contender.isCached) assert.equal(passed, 0, `${contender.name} passed ${passed} requests on`)
  return { perSecond, cpuUs }
}

/** Requests that a load has left in progress may still arrive after its end. */
async function settledRequestsTo(upstream: string): Promise<number> {
  for (let before = await requestsTo(upstream); ; ) {
    await sleep(100)
    const after = await requestsTo(upstream)
    if (after === before) return after
    before = after
  }
}

async function requestsTo(upstream: string): Promise<number> {
  return (await fetch(`${upstream}/requests`)).json() as Promise<number>
}

/** The first contender is the base of the ratios: the bare upstream. */
function report(running: readonly Running[]): void {
  const columns = ['req/s', 'CPU µs', 'req/s to the upstream', 'to nginx', 'CPU to the upstream', 'to nginx']
  print(`| | ${columns.join(' | ')} |`)
  print(`|---|${'---:|'.repeat(columns.length)}`)
  const bases = [running[0], running.find(({ contender }) => contender.name === 'nginx')]
  for (const { contender, perSecond, cpuUs } of running) {
    const cells = [
      contender.title,
      Math.round(median(perSecond)).toLocaleString('en'),
      median(cpuUs).toFixed(1),
      ...bases.map((base) => spread(ratiosOf(perSecond, base?.perSecond), ratio)),
      ...bases.map((base) => spread(ratiosOf(cpuUs, base?.cpuUs), ratio)),
    ]
    print(`| ${cells.join(' | ')} |`)
  }
  print('')
}

/** Round by round, because a disturbance of one round affects both figures. */
function ratiosOf(figures: readonly number[], base: readonly number[] = []): number[] {
  return base.map((value, round) => (figures[round] ?? Number.NaN) / value)
}

function sizeIn(flag: string): Size {
  if (Object.hasOwn(sizes, flag)) return flag as Size
  throw new TypeError(`--size must be one of ${Object.keys(sizes).join(', ')}, got ${flag}`)
}
