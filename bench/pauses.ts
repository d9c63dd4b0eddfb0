/**
 * Measures the longest time for which one step of the memory tier holds the event loop, with a million entries: fills, evictions,
 * expiry, clear, invalidations, and the estimate of a large value. The same steps of a plain `Map` show the runtime's own pauses.
 *
 *     npm run bench:pauses -- --entries 1000000 --rounds 3 --on node,bun
 */
import { join } from 'node:path'
import { command, count, print, thisMachine } from './command.ts'
import { describeRuntime, runOn, runtimesIn } from './runtimes.ts'
import { ms, spread } from './spread.ts'

const { flags, signal, run } = command({ entries: '1000000', rounds: '3', on: 'node,bun' })

interface Figure {
  name: string
  /** 99.9 % of the steps are not longer, ms. */
  usual: number
  /** ms. */
  longest: number
  /** ms. */
  total: number
  steps: number
}

await run(async () => {
  const entries = String(count('entries', flags.entries))
  for (const runtime of runtimesIn(flags.on)) {
    const rounds: Figure[][] = []
    for (let round = 0; round < count('rounds', flags.rounds); round++) {
      const output = await runOn(runtime, [join(import.meta.dirname, 'pauses/steps.ts'), entries], signal)
      rounds.push(
        output
          .trim()
          .split('\n')
          .map((line): Figure => JSON.parse(line)),
      )
    }
    print(
      `\n${await describeRuntime(runtime, signal)}: p99.9 of the steps | longest | all, with ${entries} entries`,
    )
    for (const [i, { name, steps }] of (rounds[0] ?? []).entries()) {
      const of = (part: 'usual' | 'longest' | 'total', width: number) =>
        spread(
          rounds.map((round) => (round[i]?.[part] ?? Number.NaN) * 1e6),
          ms,
        ).padEnd(width)
      print(`  ${of('usual', 26)} ${of('longest', 28)} ${of('total', 30)} ${name}, ${steps} steps`)
    }
  }
  print(`\n${thisMachine()}`)
})
