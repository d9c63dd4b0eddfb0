/**
 * Measures a cold GET, compared with a bare Hono handler: app.fetch of ever new URLs in process, without sockets, with a
 * small JSON body. Measures a miss of the engine alone too.
 *
 * Each contender is a process of its own; they take turns, round by round. With `--against`, those of another checkout take
 * turns in the same run. Compare the ratios, not the figures: those are of one machine on one day.
 *
 *     npm run bench:miss -- --rounds 21 --milliseconds 100 --on node,bun --against ../hitrate-before
 */
import { command, count, print, thisMachine } from './command.ts'
import type { ContenderName } from './miss/contenders.ts'
import { type RunningContender, startContender } from './miss/start-contender.ts'
import { describeRuntime, type Runtime, runtimesIn } from './runtimes.ts'
import { ratio, spread, us } from './spread.ts'
import { type Samples, type TurnsOptions, takeTurns } from './take-turns.ts'
import { versionOf } from './version-of.ts'

interface Row {
  name: ContenderName
  title: string
  /** True for rows of hitrate, which the other checkout has too. */
  isOurs: boolean
}

const tables: Record<string, { title: string; rows: Row[] }> = {
  request: {
    title: 'a cold GET',
    rows: [
      { name: 'bare', title: 'bare Hono handler', isOurs: false },
      { name: 'cached', title: 'cached, no metrics', isOurs: true },
      { name: 'metrics', title: 'measured + cached, metrics on', isOurs: true },
      { name: 'ocache', title: `ocache ${versionOf('ocache')}, no metrics`, isOurs: false },
    ],
  },
  read: {
    title: 'cache.read of a new key',
    rows: [{ name: 'read', title: 'the engine, no HTTP, no metrics', isOurs: true }],
  },
}

const { flags, signal, run } = command({ rounds: '21', milliseconds: '100', on: 'node,bun', against: '' })
await run(main)

async function main(): Promise<void> {
  const rounds = count('rounds', flags.rounds)
  const milliseconds = count('milliseconds', flags.milliseconds)
  print(`Cost of a miss: ${rounds} rounds of ${milliseconds} ms for each, in turn.`)
  print('Medians of the rounds, with the least and the most in parentheses.\n')
  for (const runtime of runtimesIn(flags.on)) {
    print(`## ${await describeRuntime(runtime, signal)}\n`)
    report(await measure(runtime, { rounds, milliseconds, warmUpMs: 1000 }))
  }
  print(`${thisMachine()}; hono ${versionOf('hono')}`)
  if (flags.against !== '') print(`The other checkout: ${flags.against}`)
}

async function measure(runtime: Runtime, options: TurnsOptions): Promise<Samples> {
  const running: RunningContender[] = []
  function start(name: ContenderName, checkout: string) {
    const contender = startContender(name, { runtime, checkout, signal })
    running.push(contender)
    return { name: checkout === '' ? name : otherOf(name), run: contender.run }
  }
  try {
    const races = Object.entries(tables).map(([key, { rows }]) => {
      const contenders = rows.flatMap(({ name, isOurs }) =>
        isOurs && flags.against !== '' ? [start(name, ''), start(name, flags.against)] : [start(name, '')],
      )
      return [key, contenders] as const
    })
    const { samples } = await takeTurns<string>(Object.fromEntries(races), options)
    return samples
  } finally {
    for (const contender of running) contender.stop()
  }
}

/** Name of the other checkout's contender. */
function otherOf(name: string): string {
  return `${name}, other checkout`
}

function report(samples: Samples): void {
  for (const [key, { title, rows }] of Object.entries(tables)) {
    const figures = samples[key] ?? {}
    print(`| ${title} | time | to bare | other checkout | to the other checkout |`)
    print('|---|---:|---:|---:|---:|')
    for (const { name, title } of rows) {
      const ours = figures[name] ?? []
      const other = figures[otherOf(name)] ?? []
      const toBare = name === 'bare' ? [] : ratiosOf(ours, figures.bare)
      const cells = [
        spread(ours, us),
        spread(toBare, ratio),
        spread(other, us),
        spread(ratiosOf(ours, other), ratio),
      ]
      print(`| ${[title, ...cells].join(' | ')} |`)
    }
    print('')
  }
}

/** Round by round, because a disturbance of one round affects both figures. */
function ratiosOf(figures: readonly number[], base: readonly number[] = []): number[] {
  return base.map((value, round) => (figures[round] ?? Number.NaN) / value)
}
