/**
 * Measures a cold GET, compared with a bare Hono handler and with ocache: requests of ever new URLs in process, without
 * sockets, with a small JSON body. Measures a miss and a hit of the engine alone too, compared with `fetch` of lru-cache.
 *
 * On Node the requests go through the listener of @hono/node-server, as in a server: its `Response` costs less than the native
 * one, but its body costs more to read. A second table has the native one.
 *
 * Each contender is a process of its own; they take turns, round by round. Processor time is less disturbed by other processes
 * than the time that passes. With `--against`, contenders of another checkout take turns in the same run. Compare the ratios, not
 * the figures: those are of one machine on one day. `--tables` chooses a part: http, native, engine.
 *
 *     npm run bench:miss -- --rounds 21 --milliseconds 100 --on node,bun --tables http,engine --against ../hitrate-before
 */
import { command, count, print, thisMachine } from './command.ts'
import { figureOf, report } from './miss/report.ts'
import type { RunningContender } from './miss/start-contender.ts'
import { startContender } from './miss/start-contender.ts'
import { type Row, type Table, tablesIn } from './miss/tables.ts'
import { describeRuntime, type Runtime, runtimesIn } from './runtimes.ts'
import { type Race, type Run, type Samples, takeTurns } from './take-turns.ts'
import { versionOf } from './version-of.ts'

const { flags, signal, run } = command({
  rounds: '21',
  milliseconds: '100',
  on: 'node,bun',
  tables: 'http,native,engine',
  against: '',
})

/** Length of each of the two warm-ups of a contender. */
const WARM_UP_MS = 400

await run(main)

async function main(): Promise<void> {
  const rounds = count('rounds', flags.rounds)
  const milliseconds = count('milliseconds', flags.milliseconds)
  print(`Cost of a miss: ${rounds} rounds of ${milliseconds} ms for each, in turn.`)
  print('Medians of the rounds, with the least and the most in parentheses.\n')
  for (const runtime of runtimesIn(flags.on)) {
    print(`## ${await describeRuntime(runtime, signal)}\n`)
    for (const table of tablesIn(flags.tables, runtime)) {
      report(table, runtime, await measure(table, runtime, { rounds, milliseconds }), flags.against !== '')
    }
  }
  const versions = ['hono', '@hono/node-server', 'ocache', 'lru-cache'].map(
    (name) => `${name} ${versionOf(name)}`,
  )
  print(`${thisMachine()}; ${versions.join(', ')}`)
  if (flags.against !== '') print(`The other checkout: ${flags.against}`)
}

/** Figures of each row, by the measure. */
async function measure(
  table: Table,
  runtime: Runtime,
  options: { rounds: number; milliseconds: number },
): Promise<Samples> {
  const running: RunningContender[] = []
  const races: Record<string, Race<string>> = Object.fromEntries(
    table.measures.map((measure) => [measure.name, []]),
  )

  function start({ name }: Row, checkout: string): void {
    const contender = startContender(name, { runtime, transport: table.transport, checkout, signal })
    running.push(contender)
    for (const { name: measure, inFlight, pick } of table.measures) {
      const run = async (times: number) => pick(await contender.run(times, inFlight))
      races[measure]?.push({ name: figureOf(name, checkout !== ''), run })
    }
  }

  try {
    for (const row of table.rows) {
      start(row, '')
      if (row.isOurs && flags.against !== '') start(row, flags.against)
    }
    // Each run measures itself, in the process of its contender.
    const timeOf = async (run: Run, times: number) => Number(await run(times))
    return (await takeTurns(races, { ...options, warmUpMs: WARM_UP_MS, timeOf })).samples
  } finally {
    for (const contender of running) contender.stop()
  }
}
