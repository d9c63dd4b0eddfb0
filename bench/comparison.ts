/**
 * The figures of docs/comparison.md, one table for each of its measured columns, beside hono/cache, ocache, bentocache and cacheable.
 *
 *     npm run bench:comparison -- --only stale,crowd,frozen,conformance,headers,cost,install --seconds 10 --rounds 11
 */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import process from 'node:process'
import { promisify } from 'node:util'
import type { LibraryName } from './cache/libraries.ts'
import type { Outcomes } from './cache/race.ts'
import { command, count, print, thisMachine } from './command.ts'
import { conformanceOf } from './comparison/conformance.ts'
import { httpCaches } from './comparison/http-caches.ts'
import { install, releaseDayOf } from './comparison/installed.ts'
import { HEADERS, verdictOn } from './comparison/undeclared-headers.ts'
import { cacheNamed } from './outage/caches.ts'
import { measureFailure } from './outage/measure.ts'
import { type Runtime, runOn } from './runtimes.ts'
import { measureCoherence } from './shared-tier/coherence.ts'
import { coldCrowd, crowd } from './shared-tier/cold-crowd.ts'
import { titleOf } from './shared-tier/libraries.ts'
import { median, ns, quantile, ratio, spread } from './spread.ts'
import type { Samples } from './take-turns.ts'
import { versionOf } from './version-of.ts'

const { flags, signal, run } = command({
  only: 'stale,crowd,frozen,conformance,headers,cost,install',
  seconds: '10',
  rounds: '11',
})

/** Caches with a memory tier and Redis. */
const tiered = ['hitrate', 'ocache', 'bentocache', 'cacheable'] as const

const tables: Readonly<Record<string, () => Promise<void>>> = {
  stale: reportStale,
  crowd: reportCrowd,
  frozen: reportFrozen,
  conformance: reportConformance,
  headers: reportHeaders,
  cost: reportCost,
  install: reportInstall,
}

await run(main)
process.exit() // Some libraries keep timers.

async function main(): Promise<void> {
  for (const name of flags.only.split(',')) {
    const table = tables[name]
    if (table === undefined) {
      throw new TypeError(`--only must name ${Object.keys(tables).join(', ')}, got ${name}`)
    }
    await table()
    print('')
  }
  print(`Node ${process.version.slice(1)}, ${thisMachine()}`)
}

async function reportStale(): Promise<void> {
  const outcomes: Outcomes = JSON.parse(await programOfCache('race'))
  const seconds = count('seconds', flags.seconds)
  const options = { seconds, keys: 50, writesPerSecond: 70, readsPerSecond: 4000, changes: 50 }
  heading('stale reads', [
    'one process, deleted during a load: later readers get',
    `two processes, Redis, ${seconds} s: reads`,
    'stale',
    'oldest, ms',
    'new value in the other process, ms: p50',
    'most',
  ])
  for (const name of tiered) {
    const { reads, stale, oldestMs, delays } = await measureCoherence(name, 'redis', options)
    row(titleOf(name, 'redis'), [
      oldFor(outcomes[name]?.delete),
      `${reads}`,
      `${stale}`,
      oldestMs.toFixed(1),
      ...[0.5, 1].map((part) => quantile(delays, part).toFixed(1)),
    ])
  }
}

function oldFor(outcome: Partial<NonNullable<Outcomes[LibraryName]>>['delete']): string {
  if (outcome === undefined) return 'n/a'
  const old = [outcome.after, outcome.afterDuring].filter((time) => time !== 0)
  if (old.length === 0 && !outcome.duringIsOld) return 'the new value'
  return old.length === 0 ? 'the old value, while it ran' : 'the old value, for its whole lifetime'
}

async function reportCrowd(): Promise<void> {
  const loads: Partial<Record<LibraryName, number>> = JSON.parse(await programOfCache('stampede'))
  const several = `${crowd.processes} processes of ${crowd.readers} readers, Redis`
  heading('loads of a cold key', ['one process, 1,000 readers', several, 'failed reads'])
  for (const name of tiered) {
    const rounds = []
    for (let i = 0; i < 3; i++) rounds.push(await coldCrowd(name, 'redis', false))
    const failed = rounds.reduce((sum, round) => sum + round.failed, 0)
    row(titleOf(name, 'redis'), [
      `${loads[name]}`,
      rounds.map((round) => round.loads).join(', '),
      `${failed}`,
    ])
  }
}

async function reportFrozen(): Promise<void> {
  heading('Redis frozen for 2 s', ['known keys answered', 'new keys answered', 'p99 ms'])
  for (const name of [...tiered, 'bentocache defaults'] as const) {
    const { known, fresh, p99 } = await measureFailure(name, 'redis', 'frozen (SIGSTOP)', 2000)
    const [knownShare, freshShare] = [known, fresh].map((share) => `${(share * 100).toFixed(1)} %`)
    row(cacheNamed(name).title, [knownShare ?? '', freshShare ?? '', p99.toFixed(0)])
  }
}

async function reportConformance(): Promise<void> {
  heading('the RFC table', ['passed', 'older responses reused against it', 'other differences'])
  const { error } = console
  console.error = () => {} // Hono reports each error that a row plans.
  for (const name of Object.keys(httpCaches) as (keyof typeof httpCaches)[]) {
    const { passed, rows, wronglyReused, others } = await conformanceOf(name)
    row(httpCaches[name].title, [`${passed} of ${rows}`, `${wronglyReused.length}`, `${others.length}`])
  }
  console.error = error
}

async function reportHeaders(): Promise<void> {
  heading(
    'a response made from a header without Vary',
    HEADERS.map((name) => `\`${name}\``),
  )
  for (const name of Object.keys(httpCaches) as (keyof typeof httpCaches)[]) {
    const cells: string[] = []
    for (const header of HEADERS) cells.push(await verdictOn(name, header))
    row(httpCaches[name].title, cells)
  }
}

/** Processor time of each library, and divided by that of hitrate with its metrics, round by round. */
async function reportCost(): Promise<void> {
  for (const runtime of ['node', 'bun'] as const) {
    const samples: Samples<LibraryName> = {}
    for (const part of ['hits', 'misses']) {
      Object.assign(
        samples,
        JSON.parse(await programOfCache('time', [part, flags.rounds, '20', 'cpu'], runtime)),
      )
    }
    const columns = ['hit', 'a hit to hitrate', 'miss, load and store', 'a miss to hitrate']
    heading(`processor time of a read in memory, ${runtime}`, columns)
    for (const name of tiered) {
      const cells = ['hit', 'miss'].flatMap((kind) => {
        const [base = [], values = []] = [samples[kind]?.hitrate, samples[kind]?.[name]]
        const ratios = values.map((value, round) => value / (base[round] ?? Number.NaN))
        return [ns(median(values)), spread(ratios, ratio)]
      })
      row(titleOf(name, 'redis'), cells)
    }
    print('')
  }
}

async function reportInstall(): Promise<void> {
  const packages = ['hono', 'ocache', 'bentocache', 'cacheable'] as const
  heading('installed', ['packages', 'kB', 'released on'])
  const tarball = await packed()
  row('hitrate and its peer hono', [...sizeCells(await install([tarball])), '–'])
  for (const name of packages) {
    const specifier = `${name}@${versionOf(name)}`
    const sizes = sizeCells(await install([specifier]))
    row(specifier, [...sizes, await releaseDayOf(name, versionOf(name))])
  }
}

function sizeCells({ packages, bytes }: { packages: number; bytes: number }): string[] {
  return [`${packages}`, Math.round(bytes / 1000).toLocaleString('en')]
}

/** Builds the package; returns the path of its tarball. */
async function packed(): Promise<string> {
  const root = join(import.meta.dirname, '..')
  const { stdout } = await promisify(execFile)('npm', ['run', '--silent', 'pack', '--', '--json'], {
    cwd: root,
    signal,
  })
  const [name] = /hitrate-[\d.]+[\w.-]*\.tgz/.exec(stdout) ?? []
  if (name === undefined) throw new Error(`npm pack wrote no tarball:\n${stdout}`)
  return join(root, name)
}

/** Runs a program of bench/cache; resolves to the JSON that it prints. */
function programOfCache(
  program: string,
  args: readonly string[] = [],
  runtime: Runtime = 'node',
): Promise<string> {
  return runOn(runtime, [join(import.meta.dirname, `cache/${program}.ts`), ...args], signal)
}

function heading(title: string, columns: readonly string[]): void {
  print(`| ${[title, ...columns].join(' | ')} |`)
  print(`|---|${'---:|'.repeat(columns.length)}`)
}

function row(title: string, cells: readonly string[]): void {
  print(`| ${[title, ...cells].join(' | ')} |`)
}
