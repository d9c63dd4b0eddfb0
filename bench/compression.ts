/**
 * Measures the CPU time of a hit with `compress()` behind and before the cache: 22 kB of JSON, in process, without sockets.
 *
 *     npm run bench:compression -- --rounds 7 --hits 2000 --on node,bun
 */
import { join } from 'node:path'
import { command, count, print, thisMachine } from './command.ts'
import { describeRuntime, runOn, runtimesIn } from './runtimes.ts'
import { spread, us } from './spread.ts'

const { flags, signal, run } = command({ rounds: '7', hits: '2000', on: 'node,bun' })

const TITLES = {
  behind: 'gzip, compressed once: compress() behind cached()',
  before: 'gzip, compressed for each response: compress() before cached()',
  identity: 'not compressed',
}

await run(async () => {
  const size = [count('rounds', flags.rounds), count('hits', flags.hits)].map(String)
  for (const runtime of runtimesIn(flags.on)) {
    const output = await runOn(runtime, [join(import.meta.dirname, 'compression/cpu.ts'), ...size], signal)
    const rounds = output
      .trim()
      .split('\n')
      .map((line): Record<keyof typeof TITLES, number> => JSON.parse(line))
    print(`\n${await describeRuntime(runtime, signal)}: CPU time of a hit`)
    for (const name of ['behind', 'before', 'identity'] as const) {
      const figures = rounds.map((round) => round[name] * 1e3)
      print(`  ${spread(figures, us).padEnd(28)} ${TITLES[name]}`)
    }
  }
  print(`\n${thisMachine()}`)
})
