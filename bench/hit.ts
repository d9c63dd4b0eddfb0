/**
 * What does a cached hit cost beside a bare Hono handler that makes the same JSON of a row?
 *
 * On each runtime and for each size of row, all programs of hit/ run side by side as processes; rounds of load go to one after
 * the other, each beginning once, so that whatever else the machine does meets them all. Compare the ratios, not the figures:
 * those are of one machine on one day.
 *
 *     npm run bench -- --rounds 5 --seconds 2 --warmup 1 --connections 32
 */
import assert from 'node:assert/strict'
import { fileURLToPath } from 'node:url'
import { version } from '../src/version.ts'
import { versionOf } from './cache/version-of.ts'
import { command, say, thisMachine } from './command.ts'
import { pathOf, type Size, sizes } from './hit/rows.ts'
import { chooseLoad, type Load, type LoadOptions } from './load.ts'
import { type Server, startServer } from './server.ts'
import { median, spread } from './spread.ts'

/** What is measured. The first is what the others are measured by. */
const contenders = [
  { program: 'bare', is: 'bare handler, no cache, no metrics' },
  { program: 'nothing', is: 'a middleware that does nothing, before it' },
  { program: 'front', is: 'the service, answered by its front', target: { bun: 1.05, node: 1.05 } },
  { program: 'middlewares', is: 'measured + cached, metrics on', target: { bun: 0.8, node: 0.95 } },
  { program: 'service', is: 'the service without its front' },
  { program: 'ocache', is: `ocache ${versionOf('ocache')}, no metrics` },
  { program: 'semantics', is: `http-cache-semantics ${versionOf('http-cache-semantics')}, no metrics` },
] as const

type Program = (typeof contenders)[number]['program']
type Runtime = 'bun' | 'node'

const { flags, signal, run } = command({ rounds: '5', seconds: '2', warmup: '1', connections: '32' })
await run(main)

async function main(): Promise<void> {
  const [rounds, seconds, warmup] = [count('rounds'), count('seconds'), count('warmup')]
  const load = chooseLoad(executable('bun'))
  const options = { connections: count('connections'), signal }

  say('What does a cached hit cost beside a bare Hono handler that makes the same JSON of a row?')
  say(`GET /api/user/:id: ${rounds} rounds of ${seconds} s for each, in turn, after ${warmup} s to warm up;`)
  say(`${options.connections} connections, ${load.name}. Medians, in brackets the least and the most.\n`)
  for (const runtime of ['bun', 'node'] as const) {
    for (const size of Object.keys(sizes) as Size[]) {
      const servers = await startAll(runtime)
      try {
        await answerAlike(servers, pathOf(size))
        for (const { server } of servers) await loadWith(load, server, size, { ...options, seconds: warmup })
        const before = await readsOf(servers)
        const measured: Round[] = []
        for (let i = 0; i < rounds; i++) {
          measured.push(await round(load, servers, size, { ...options, seconds }, i))
        }
        wereAllHits(before, await readsOf(servers))
        await answerAlike(servers, pathOf(size))
        report(`${runtime} ${versionOf(runtime)}, ${sizes[size]} B`, runtime, measured)
      } finally {
        await Promise.all(servers.map(({ server }) => server.stop()))
      }
    }
  }
  say(thisMachine())
  say(`hitrate ${version}, hono ${versionOf('hono')}, @hono/node-server ${versionOf('@hono/node-server')}`)
}

interface Running {
  program: Program
  server: Server
}

async function startAll(runtime: Runtime): Promise<Running[]> {
  const running: Running[] = []
  try {
    for (const { program } of contenders) {
      const options = { env: { NODE_NO_WARNINGS: '1' }, signal }
      running.push({
        program,
        server: await startServer(executable(runtime), `bench/hit/${program}.ts`, options),
      })
    }
    return running
  } catch (error) {
    await Promise.all(running.map(({ server }) => server.stop()))
    throw error
  }
}

/** All answer with the same JSON, and all that have a cache with a hit. */
async function answerAlike(servers: readonly Running[], path: string): Promise<void> {
  let expected: string | undefined
  for (const { program, server } of servers) {
    for (const _ of [1, 2, 3]) await (await fetch(server.url + path)).text()
    const response = await fetch(server.url + path)
    const told = response.headers.get('cache-status') ?? response.headers.get('x-cache')
    assert.equal(response.status, 200, program)
    if (program === 'bare' || program === 'nothing') assert.equal(told, null)
    else assert.match(told ?? '', /hit/i, program)
    expected ??= await response.clone().text()
    assert.equal(await response.text(), expected, program)
  }
}

interface Sample {
  perSecond: number
  /** Of the server's CPU, in microseconds for each request. */
  cpuUs: number | undefined
}

type Round = Partial<Record<Program, Sample>>

async function round(
  load: Load,
  servers: readonly Running[],
  size: Size,
  options: LoadOptions,
  index: number,
): Promise<Round> {
  const first = index % servers.length
  const samples: Round = {}
  for (const { program, server } of [...servers.slice(first), ...servers.slice(0, first)]) {
    samples[program] = await loadWith(load, server, size, options)
  }
  return samples
}

async function loadWith(load: Load, server: Server, size: Size, options: LoadOptions): Promise<Sample> {
  const before = server.cpuSeconds()
  const { requests, perSecond } = await load.run(server.url + pathOf(size), options)
  const after = server.cpuSeconds()
  const cpuUs = before === undefined || after === undefined ? undefined : ((after - before) * 1e6) / requests
  return { perSecond, cpuUs }
}

/** How many reads were no hits, where there are metrics. */
async function readsOf(servers: readonly Running[]): Promise<Map<Program, number>> {
  const misses = new Map<Program, number>()
  for (const { program, server } of servers) {
    const response = await fetch(`${server.url}/metrics`)
    const text = await response.text()
    if (!response.ok) continue
    const read = (name: string) => Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1])
    misses.set(program, read('cache_misses_total') + read('cache_errors_total'))
  }
  return misses
}

/** Else something else was measured. */
function wereAllHits(before: Map<Program, number>, after: Map<Program, number>): void {
  assert.deepEqual(after, before, 'reads that were no hits')
  assert.deepEqual([...after.keys()], ['front', 'middlewares', 'service'])
}

function report(title: string, runtime: Runtime, rounds: readonly Round[]): void {
  say(title)
  const width = Math.max(...contenders.map(({ is }) => is.length))
  say(`  ${''.padEnd(width)}     req/s  to bare             CPU µs  to bare             target`)
  for (const contender of contenders) {
    const { program, is } = contender
    const rates = figures(rounds, program, ({ perSecond }) => perSecond)
    const cpu = figures(rounds, program, ({ cpuUs }) => cpuUs)
    const target = 'target' in contender ? contender.target[runtime] : undefined
    const reached = target !== undefined && median(rates.ratios) >= target
    const mark = target === undefined ? '' : `${reached ? '✓' : '✗'} ${target.toFixed(2)} req/s`
    say(
      `  ${is.padEnd(width)}  ${Math.round(median(rates.values)).toLocaleString('en').padStart(8)}` +
        `  ${spread(rates.ratios, twoDigits).padEnd(18)}  ${median(cpu.values).toFixed(1).padStart(6)}` +
        `  ${spread(cpu.ratios, twoDigits).padEnd(18)}  ${mark}`.trimEnd(),
    )
  }
  say('')
}

/** What was measured in each round, and beside the bare handler in the same round. */
function figures(rounds: readonly Round[], program: Program, pick: (sample: Sample) => number | undefined) {
  const values: number[] = []
  const ratios: number[] = []
  for (const { bare, [program]: sample } of rounds) {
    const value = sample && pick(sample)
    const yardstick = bare && pick(bare)
    if (value === undefined || yardstick === undefined) continue
    values.push(value)
    ratios.push(value / yardstick)
  }
  return { values, ratios }
}

function twoDigits(value: number): string {
  return value.toFixed(2)
}

/** @throws when the flag is not a whole number above 0. */
function count(flag: keyof typeof flags): number {
  const value = Number(flags[flag])
  if (!Number.isInteger(value) || value < 1) throw new TypeError(`--${flag} must be a whole number above 0`)
  return value
}

function executable(runtime: Runtime): string {
  return fileURLToPath(new URL(`../node_modules/.bin/${runtime}`, import.meta.url))
}
