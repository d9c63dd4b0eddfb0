/**
 * What does a cached hit cost beside a bare Hono handler that returns the same JSON from a Map?
 *
 * On each runtime the service, as users run it, and the bare handler (bare.ts) run side by side as processes; rounds of
 * load go to the one and the other in turn, so that whatever else the machine does meets both. Compare the ratios, not the
 * figures: those are of one machine on one day.
 *
 *     npm run bench -- --rounds 5 --seconds 3 --warmup 2 --connections 32
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { cpus, release, type } from 'node:os'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { version } from '../src/version.ts'
import { chooseLoad, type Load, type LoadOptions } from './load.ts'
import { type Server, startServer } from './server.ts'

const PATH = '/api/user/user_001'

const runtimes = {
  bun: { executable: ours('node_modules/.bin/bun'), service: 'src/runtimes/bun.ts' },
  node: { executable: ours('node_modules/.bin/node'), service: 'src/runtimes/node.ts' },
}

const flags = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '3' },
    warmup: { type: 'string', default: '2' },
    connections: { type: 'string', default: '32' },
  },
}).values

const interrupted = new AbortController()
process.on('SIGINT', () => interrupted.abort())
process.on('SIGTERM', () => interrupted.abort())

try {
  await main()
} catch (error) {
  if (!interrupted.signal.aborted) throw error
  process.exitCode = 130
}

async function main(): Promise<void> {
  const rounds = count('rounds')
  const seconds = count('seconds')
  const warmup = count('warmup')
  const load = chooseLoad(runtimes.bun.executable)
  const options = { connections: count('connections'), signal: interrupted.signal }

  say('What does a cached hit cost beside a bare Hono handler that returns the same JSON from a Map?')
  say(`GET ${PATH}: ${rounds} rounds of ${seconds} s for each, in turn, after ${warmup} s to warm up;`)
  say(`${options.connections} connections, ${load.name}.\n`)
  for (const runtime of Object.keys(runtimes) as (keyof typeof runtimes)[]) {
    const pair = await startPair(runtime)
    try {
      await answersAlike(pair)
      await loadWith(load, pair.service, { ...options, seconds: warmup })
      await loadWith(load, pair.bare, { ...options, seconds: warmup })
      const hitsBefore = await hitsAndMisses(pair.service)
      const measured: Round[] = []
      for (let i = 0; i < rounds; i++) measured.push(await round(load, pair, { ...options, seconds }, i))
      wereAllHits(hitsBefore, await hitsAndMisses(pair.service), measured)
      report(await nameOf(pair.service), measured)
    } finally {
      await Promise.all([pair.service.stop(), pair.bare.stop()])
    }
  }
  say(`${cpus()[0]?.model.trim()}, ${cpus().length} cores, ${type()} ${release()}`)
  say(`hitrate ${version}, hono ${versionOf('hono')}, @hono/node-server ${versionOf('@hono/node-server')}`)
}

interface Pair {
  service: Server
  bare: Server
}

async function startPair(runtime: keyof typeof runtimes): Promise<Pair> {
  const { executable, service: program } = runtimes[runtime]
  const env = { HOST: '127.0.0.1', PORT: '0', DATABASE_URL: 'memory:', NODE_NO_WARNINGS: '1' }
  const { signal } = interrupted
  const service = await startServer(executable, program, { env, signal })
  try {
    return { service, bare: await startServer(executable, 'bench/bare.ts', { env: {}, signal }) }
  } catch (error) {
    await service.stop()
    throw error
  }
}

/** Both answer with the same JSON, and the second answer of the service is a hit. */
async function answersAlike({ service, bare }: Pair): Promise<void> {
  await (await fetch(service.url + PATH)).text()
  const [hit, made] = await Promise.all([fetch(service.url + PATH), fetch(bare.url + PATH)])
  assert.deepEqual([hit.status, made.status], [200, 200])
  assert.match(hit.headers.get('cache-status') ?? '', /^hitrate; hit/)
  assert.equal(await hit.text(), await made.text())
}

interface Sample {
  requests: number
  perSecond: number
  /** Of the server's CPU, in microseconds for each request. */
  cpuUs: number | undefined
  /** CPU seconds of the server for each second: near 1, it is the server that limits, not the load. */
  busy: number | undefined
}

type Round = Record<keyof Pair, Sample>

/** One round; the two take turns in being first. */
async function round(
  load: Load,
  { service, bare }: Pair,
  options: LoadOptions,
  index: number,
): Promise<Round> {
  if (index % 2 === 0) {
    const first = await loadWith(load, service, options)
    return { service: first, bare: await loadWith(load, bare, options) }
  }
  const first = await loadWith(load, bare, options)
  return { bare: first, service: await loadWith(load, service, options) }
}

async function loadWith(load: Load, server: Server, options: LoadOptions): Promise<Sample> {
  const before = server.cpuSeconds()
  const { requests, perSecond } = await load.run(server.url + PATH, options)
  const after = server.cpuSeconds()
  if (before === undefined || after === undefined) {
    return { requests, perSecond, cpuUs: undefined, busy: undefined }
  }
  const cpu = after - before
  return { requests, perSecond, cpuUs: (cpu * 1e6) / requests, busy: (cpu * perSecond) / requests }
}

async function hitsAndMisses({ url }: Server): Promise<{ hits: number; others: number }> {
  const text = await (await fetch(`${url}/metrics`)).text()
  const read = (name: string) => Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1])
  return {
    hits: read('cache_hits_total'),
    others: read('cache_misses_total') + read('cache_errors_total'),
  }
}

type Counts = Awaited<ReturnType<typeof hitsAndMisses>>

/** Else something else was measured. */
function wereAllHits(before: Counts, after: Counts, rounds: readonly Round[]): void {
  const requests = rounds.reduce((sum, { service }) => sum + service.requests, 0)
  assert.equal(after.others, before.others, 'reads that were no hits')
  assert.ok(after.hits - before.hits >= requests, `${after.hits - before.hits} hits for ${requests} requests`)
}

function report(runtime: string, rounds: readonly Round[]): void {
  say(runtime)
  const per = (pick: (sample: Sample) => number | undefined, what: string, digits: number) => {
    const service = known(rounds.map((round) => pick(round.service)))
    const bare = known(rounds.map((round) => pick(round.bare)))
    if (service.length === 0 || bare.length === 0) return
    const ratios = service.map((value, i) => value / (bare[i] ?? Number.NaN))
    const spread = `${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)}`
    say(
      `  ${what.padEnd(20)} service ${fixed(median(service), digits).padStart(8)}   bare ${fixed(median(bare), digits).padStart(8)}` +
        `   service/bare ${median(ratios).toFixed(2)} (${spread})`,
    )
  }
  per(({ perSecond }) => perSecond, 'requests per second', 0)
  per(({ cpuUs }) => cpuUs, 'CPU µs per request', 1)
  const busy = known(rounds.flatMap(({ service, bare }) => [service.busy, bare.busy]))
  if (Math.min(...busy) < 0.9) {
    say(
      `  A server had only ${Math.min(...busy).toFixed(2)} cores to do in one round: the machine had other work, or`,
    )
    say('  the load was too small. Go by the CPU per request.')
  }
  say('')
}

function known(values: readonly (number | undefined)[]): number[] {
  return values.filter((value) => value !== undefined)
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  return ((sorted[Math.ceil(middle) - 1] ?? Number.NaN) + (sorted[Math.floor(middle)] ?? Number.NaN)) / 2
}

function fixed(value: number, digits: number): string {
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })
}

async function nameOf({ url }: Server): Promise<string> {
  const health = (await (await fetch(`${url}/health`)).json()) as { runtime: string }
  return health.runtime
}

/** @throws when the flag is not a whole number above 0. */
function count(flag: keyof typeof flags): number {
  const value = Number(flags[flag])
  if (!Number.isInteger(value) || value < 1) throw new TypeError(`--${flag} must be a whole number above 0`)
  return value
}

function versionOf(name: string): string {
  return JSON.parse(readFileSync(ours(`node_modules/${name}/package.json`), 'utf8')).version
}

function ours(path: string): string {
  return fileURLToPath(new URL(`../${path}`, import.meta.url))
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
