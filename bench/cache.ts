/**
 * What does a read of this cache cost beside those of the other libraries, and does it keep its word where they race?
 *
 * Four tables for each runtime. Of what is timed they show medians, and in brackets the least and the most; a ratio says
 * how many times as much as hitrate the other takes, round by round. Compare the ratios, not the figures: those are of
 * one machine on one day.
 *
 *     npm run bench:cache -- --rounds 21 --milliseconds 30 --only time,allocation,stampede,race
 */
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { type LibraryName, libraryNames, loadLibrary } from './cache/libraries.ts'
import type { OldFor, Outcomes } from './cache/race.ts'
import { command, say, thisMachine } from './command.ts'
import { type Runtime, runOn } from './run-on.ts'
import { bytes, median, ns, spread } from './spread.ts'
import type { Samples } from './take-turns.ts'

/** One of the libraries, and how we are to compare with it. */
interface Target {
  /** How many times as much as hitrate it must take at least. */
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
  say('What does a read cost? The median of all rounds, and in brackets the least and the most.\n')
  for (const runtime of ['node', 'bun'] as const) {
    const version = (await runOn(runtime, ['--version'], signal)).trim().replace(/^v/, '')
    say(`## ${runtime === 'node' ? 'Node' : 'Bun'} ${version}\n`)
    await compare(runtime, (name) => names.get(name) ?? name)
  }
  say(thisMachine())
}

/** One part after the other, each in processes of its own: nothing else runs beside what is measured. */
async function compare(runtime: Runtime, title: (name: LibraryName) => string): Promise<void> {
  if (parts.includes('time') || parts.includes('allocation')) {
    const samples: Samples<LibraryName> = {}
    if (parts.includes('time')) {
      for (const part of ['hits', 'unheard', 'misses']) {
        Object.assign(samples, await tell(runtime, ['time', part, flags.rounds, flags.milliseconds]))
      }
    }
    if (parts.includes('allocation')) samples.hitBytes = await allocations(runtime)
    reportReads(samples, title)
  }
  if (parts.includes('stampede')) reportStampede(await tell(runtime, ['stampede']), title)
  if (parts.includes('race')) reportRace(await tell(runtime, ['race']), title)
}

async function allocations(runtime: Runtime): Promise<Samples<LibraryName>[string]> {
  const large = ['--expose-gc', '--min-semi-space-size=128', '--max-semi-space-size=128']
  const figures: Samples<LibraryName>[string] = {}
  for (const name of libraryNames) {
    const args = ['allocation', name, '11']
    Object.assign(figures, (await tell(runtime, args, runtime === 'node' ? large : [])).hitBytes)
  }
  return figures
}

/** What a program under bench/cache has printed. */
async function tell(runtime: Runtime, [program, ...args]: string[], flags: string[] = []) {
  return JSON.parse(await runOn(runtime, [...flags, file(`cache/${program}.ts`), ...args], signal))
}

function reportReads(samples: Samples<LibraryName>, title: (name: LibraryName) => string): void {
  const { hit = {}, unheardHit = {}, readThroughHit = {}, hitBytes = {}, lookup = {}, miss = {} } = samples
  const line = (name: string, figures: (LibraryName | undefined)[], ...rest: string[]) => {
    const [hits, garbage, lookups, misses] = [hit, hitBytes, lookup, miss].map((part, column) => {
      const library = figures[column]
      return spread((library && part[library]) ?? [], column === 1 ? bytes : ns)
    })
    say(`| ${[name, hits, ...rest, garbage, lookups, misses].join(' | ')} |`)
  }
  const aside = (what: string, figures: number[] = []) => {
    if (figures.length > 0) say(`| ${what} | ${spread(figures, ns)} | | | | | |`)
  }
  say('| | awaited hit | ratio | target | garbage of a hit | `lookup`, not awaited | miss, load and keep |')
  say(`|---|${'---:|'.repeat(6)}`)
  for (const name of libraryNames) {
    line(title(name), [name, name, name, name], ratio(name, hit), verdict(name, hit))
    if (name === 'hitrate') aside('the same without metrics', unheardHit.hitrate)
    if (name === 'Map') aside('the same behind an async function', readThroughHit.Map)
  }
  say('')
}

function reportStampede(
  loads: Partial<Record<LibraryName, number>>,
  title: (name: LibraryName) => string,
): void {
  say('| | loads for 1,000 readers of a cold key |')
  say('|---|---:|')
  for (const name of libraryNames) say(`| ${title(name)} | ${loads[name] ?? '–'} |`)
  say('')
}

function reportRace(outcomes: Outcomes, title: (name: LibraryName) => string): void {
  function old(oldFor: OldFor): string {
    if (oldFor === 0) return 'new'
    return `**old**, for ${oldFor === 'ever' ? 'ever' : `${(oldFor / 1000).toFixed(1)} s`}`
  }
  say(
    'A key, or its tag, is invalidated while a load is under way; values live for 1 s. What do readers get?\n',
  )
  say(
    '| | invalidated | who waited for the load | who came meanwhile | who came after the load | and after both |',
  )
  say('|---|---|---|---|---|---|')
  for (const name of libraryNames) {
    for (const ending of ['delete', 'invalidateTag'] as const) {
      const outcome = outcomes[name]?.[ending]
      if (outcome === undefined) continue
      const { firstIsAnswered, duringIsOld, after, afterDuring } = outcome
      const cells = [
        title(name),
        ending === 'delete' ? 'the key' : 'its tag',
        firstIsAnswered ? 'old' : 'an error',
        duringIsOld ? '**old**' : 'new',
        old(after),
        old(afterDuring),
      ]
      say(`| ${cells.join(' | ')} |`)
    }
  }
  say('')
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

/** Round by round: what disturbed one round disturbed both. */
function ratiosOf(name: LibraryName, figures: Samples<LibraryName>[string]): number[] {
  const { hitrate = [], [name]: others = [] } = figures
  return others.map((other, round) => other / (hitrate[round] ?? Number.NaN))
}

/** What is quicker than hitrate takes a part of it. */
function times(value: number): string {
  return value < 1 ? `1/${(1 / value).toFixed(1)}` : `${value.toFixed(1)}×`
}

function file(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url))
}
