/**
 * Compares a read with that of other libraries, and tests which of them serve old values after an invalidation.
 *
 * Three tables for each runtime. Times are medians, with the least and the most in parentheses. A ratio is the other
 * library's time divided by hitrate's, round by round. Compare the ratios, not the figures: those are of one machine on
 * one day.
 *
 *     npm run bench:cache -- --rounds 21 --milliseconds 30 --only time,allocation,stampede,race
 */
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { type LibraryName, libraryNames, loadLibrary } from './cache/libraries.ts'
import type { OldFor, Outcomes } from './cache/race.ts'
import { command, print, thisMachine } from './command.ts'
import { describeRuntime, isNode, type Runtime, runOn } from './runtimes.ts'
import { bytes, median, ns, spread } from './spread.ts'
import type { Samples } from './take-turns.ts'

/** The ratio to hitrate that a library should have. */
interface Target {
  /** The least ratio. */
  atLeast: number
  text: string
}

const targets: Partial<Record<LibraryName, Target>> = {
  Map: { atLeast: 1 / 3, text: 'hitrate at most 3×' },
  'cache-manager': { atLeast: 2.5, text: 'at least 2.5×' },
  bentocache: { atLeast: 15, text: 'at least 15×' },
}

const { flags, signal, run } = command({
  rounds: '21',
  milliseconds: '30',
  only: 'time,allocation,stampede,race',
})
const parts = flags.only.split(',')
await run(main)
process.exit() // some libraries keep timers

async function main(): Promise<void> {
  const names = new Map<LibraryName, string>()
  for (const name of libraryNames) names.set(name, (await loadLibrary(name)).name)
  print('Cost of a read: the median of all rounds, with the least and the most in parentheses.\n')
  for (const runtime of ['node', 'bun'] as const) {
    print(`## ${await describeRuntime(runtime, signal)}\n`)
    await compare(runtime, (name) => names.get(name) ?? name)
  }
  print(thisMachine())
}

/** Runs the parts one after the other, each in processes of its own, so that nothing disturbs a measurement. */
async function compare(runtime: Runtime, title: (name: LibraryName) => string): Promise<void> {
  if (parts.includes('time') || parts.includes('allocation')) {
    const samples: Samples<LibraryName> = {}
    if (parts.includes('time')) {
      for (const part of ['hits', 'withoutMetrics', 'misses']) {
        Object.assign(samples, await runProgram(runtime, ['time', part, flags.rounds, flags.milliseconds]))
      }
    }
    if (parts.includes('allocation')) samples.hitBytes = await allocations(runtime)
    reportReads(samples, title)
  }
  if (parts.includes('stampede')) reportStampede(await runProgram(runtime, ['stampede']), title)
  if (parts.includes('race')) reportRace(await runProgram(runtime, ['race']), title)
}

async function allocations(runtime: Runtime): Promise<Samples<LibraryName>[string]> {
  const large = ['--expose-gc', '--min-semi-space-size=128', '--max-semi-space-size=128']
  const figures: Samples<LibraryName>[string] = {}
  for (const name of libraryNames) {
    const args = ['allocation', name, '11']
    Object.assign(figures, (await runProgram(runtime, args, isNode(runtime) ? large : [])).hitBytes)
  }
  return figures
}

/** Runs a program of bench/cache; returns the JSON that it prints. */
async function runProgram(runtime: Runtime, [program, ...args]: string[], flags: string[] = []) {
  return JSON.parse(await runOn(runtime, [...flags, file(`cache/${program}.ts`), ...args], signal))
}

function reportReads(samples: Samples<LibraryName>, title: (name: LibraryName) => string): void {
  const {
    hit = {},
    hitWithoutMetrics = {},
    readThroughHit = {},
    hitBytes = {},
    lookup = {},
    miss = {},
  } = samples
  const line = (name: string, figures: (LibraryName | undefined)[], ...rest: string[]) => {
    const [hits, allocated, lookups, misses] = [hit, hitBytes, lookup, miss].map((part, column) => {
      const library = figures[column]
      return spread((library && part[library]) ?? [], column === 1 ? bytes : ns)
    })
    print(`| ${[name, hits, ...rest, allocated, lookups, misses].join(' | ')} |`)
  }
  const aside = (title: string, figures: number[] = []) => {
    if (figures.length > 0) print(`| ${title} | ${spread(figures, ns)} | | | | | |`)
  }
  print(
    '| | awaited hit | ratio | target | bytes allocated by a hit | `lookup`, not awaited | miss, load and store |',
  )
  print(`|---|${'---:|'.repeat(6)}`)
  for (const name of libraryNames) {
    line(title(name), [name, name, name, name], ratio(name, hit), verdict(name, hit))
    if (name === 'hitrate') aside('the same without metrics', hitWithoutMetrics.hitrate)
    if (name === 'Map') aside('the same behind an async function', readThroughHit.Map)
  }
  print('')
}

function reportStampede(
  loads: Partial<Record<LibraryName, number>>,
  title: (name: LibraryName) => string,
): void {
  print('| | loads for 1,000 concurrent reads of a missing key |')
  print('|---|---:|')
  for (const name of libraryNames) print(`| ${title(name)} | ${loads[name] ?? '–'} |`)
  print('')
}

function reportRace(outcomes: Outcomes, title: (name: LibraryName) => string): void {
  function old(oldFor: OldFor): string {
    if (oldFor === 0) return 'new'
    return `**old**, for ${oldFor === 'ever' ? 'more than 3 s' : `${(oldFor / 1000).toFixed(1)} s`}`
  }
  print(
    'A key, or its tag, is invalidated while a load is in flight; values live for 1 s. Values that reads return:\n',
  )
  print(
    '| | invalidated | read that started the load | read during the load | reads after the load | reads after both |',
  )
  print('|---|---|---|---|---|---|')
  for (const name of libraryNames) {
    for (const invalidation of ['delete', 'invalidateTag'] as const) {
      const outcome = outcomes[name]?.[invalidation]
      if (outcome === undefined) continue
      const { firstHasValue, duringIsOld, after, afterDuring } = outcome
      const cells = [
        title(name),
        invalidation === 'delete' ? 'the key' : 'its tag',
        firstHasValue ? 'old' : 'an error',
        duringIsOld ? '**old**' : 'new',
        old(after),
        old(afterDuring),
      ]
      print(`| ${cells.join(' | ')} |`)
    }
  }
  print('')
}

function ratio(name: LibraryName, figures: Samples<LibraryName>[string]): string {
  return name === 'hitrate' ? '' : spread(ratiosOf(name, figures), times)
}

function verdict(name: LibraryName, figures: Samples<LibraryName>[string]): string {
  const target = targets[name]
  const ratios = ratiosOf(name, figures)
  if (target === undefined || ratios.length === 0) return ''
  return `${target.text} ${median(ratios) >= target.atLeast ? '✓' : '✗'}`
}

/** Round by round, because a disturbance of one round affects both figures. */
function ratiosOf(name: LibraryName, figures: Samples<LibraryName>[string]): number[] {
  const { hitrate = [], [name]: others = [] } = figures
  return others.map((other, round) => other / (hitrate[round] ?? Number.NaN))
}

/** Formats a ratio; a library faster than hitrate gets a fraction. */
function times(value: number): string {
  return value < 1 ? `1/${(1 / value).toFixed(1)}` : `${value.toFixed(1)}×`
}

function file(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url))
}
