/**
 * Compares predicted hit ratios with those of stores of that size.
 *
 *     npm run bench:curve -- --traces ../traces --requests 1000000 --eviction lru,density
 *
 * `--traces` is a folder of access traces; bench/eviction/traces.ts has the formats. The predictions of a run are the means of those at
 * 50 moments after the first tenth of it.
 */

import { hostileLoads, scanLoopScan } from '../tests/support/traces/synthetic.ts'
import { command, count, print, thisMachine } from './command.ts'
import { errorsOf, type RunOptions, type Size, sizes } from './curve/prediction-errors.ts'
import { tracesOf } from './eviction/traces.ts'

/** Room, as a share of the keys or of their bytes. */
const SHARES = [0.01, 0.02, 0.05, 0.1, 0.2]

const { flags, run } = command({
  traces: '',
  requests: '1000000',
  eviction: 'lru,density',
  bounds: 'entries,bytes',
})
await run(main)

async function main(): Promise<void> {
  for (const eviction of flags.eviction.split(',') as RunOptions['eviction'][]) {
    for (const bound of flags.bounds.split(',') as RunOptions['bound'][]) printErrors({ eviction, bound })
  }
  print(thisMachine())
}

function printErrors(options: Pick<RunOptions, 'eviction' | 'bound'>): void {
  print(`Predicted less real hit ratio, in points: ${options.eviction}, room bounded by ${options.bound}.\n`)
  print(`| load | room | hit ratio | ${sizes.map((size) => `at ${size}`).join(' | ')} |`)
  print(`|---|---:|---:|${sizes.map(() => '---:|').join('')}`)
  const errors: Record<Size, number[]> = { '0.5x': [], '1x': [], '2x': [], '4x': [] }
  for (const { name, read, rooms } of loads(options.bound)) {
    const trace = read()
    for (const room of rooms) {
      const { ratio, ...result } = errorsOf(trace, { ...options, room })
      for (const size of sizes) errors[size].push(result.errors[size])
      const cells = sizes.map((size) => result.errors[size].toFixed(1))
      print(`| ${name} | ${result.room} | ${ratio.toFixed(1)} | ${cells.join(' | ')} |`)
    }
  }
  const summary = (of: (sizes: number[]) => number) =>
    sizes.map((size) => of(errors[size]).toFixed(2)).join(' | ')
  print(
    `| mean of the errors without sign | | | ${summary((all) => all.reduce((sum, error) => sum + Math.abs(error), 0) / all.length)} |`,
  )
  print(`| largest | | | ${summary((all) => Math.max(...all.map(Math.abs)))} |\n`)
}

function loads(bound: RunOptions['bound']) {
  const shares = SHARES.map((share) => ({ share }))
  const traces = tracesOf(flags.traces, count('requests', flags.requests))
  const recorded = traces.map((trace) => ({ ...trace, rooms: shares }))
  if (bound === 'bytes') return recorded
  const synthetic = Object.entries(hostileLoads).map(([name, read]) => ({
    name,
    read,
    rooms: [{ entries: 1000 }],
  }))
  return [...recorded, { name: 'scanLoopScan', read: scanLoopScan, rooms: [{ entries: 512 }] }, ...synthetic]
}
