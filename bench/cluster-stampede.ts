/**
 * Counts the loads of one cold key that four processes read 1,000 times each, with a load of 100 ms, and the time until every
 * reader has its value. Then the same while the process that loads is killed.
 *
 *     npm run bench:stampede -- --rounds 5 --store redis
 */
import process from 'node:process'
import { command, count, print, thisMachine } from './command.ts'
import { coldCrowd, crowd, type Round } from './shared-tier/cold-crowd.ts'
import { librariesIn, titleOf } from './shared-tier/libraries.ts'
import { storeIn } from './shared-tier/start-lab.ts'
import { spread } from './spread.ts'

const { flags, run } = command({
  rounds: '5',
  store: 'redis',
  libraries: 'hitrate,bentocache,cacheable',
})
const store = storeIn(flags.store)
await run(main)
process.exit() // Some libraries keep timers.

async function main(): Promise<void> {
  const rounds = count('rounds', flags.rounds)
  print(
    `${crowd.processes} processes, ${crowd.readers} readers each, one cold key, a load of ${crowd.loadMs} ms.`,
  )
  print(`Medians of ${rounds} rounds, with the least and the most in parentheses.\n`)
  print(
    '| | loads | all answered after | loads, loader killed | other processes answered after | failed reads |',
  )
  print('|---|---:|---:|---:|---:|---:|')
  for (const library of librariesIn(flags.libraries, store)) {
    const calm = await repeat(rounds, () => coldCrowd(library, store, false))
    const killed = await repeat(rounds, () => coldCrowd(library, store, true))
    const cells = [
      spread(of(calm, 'loads'), String),
      spread(of(calm, 'ms'), millis),
      spread(of(killed, 'loads'), String),
      spread(of(killed, 'ms'), millis),
      `${[...calm, ...killed].reduce((sum, { failed }) => sum + failed, 0)}`,
    ]
    print(`| ${[titleOf(library, store), ...cells].join(' | ')} |`)
  }
  print(`\n${thisMachine()}`)
}

async function repeat(times: number, work: () => Promise<Round>): Promise<Round[]> {
  const rounds: Round[] = []
  for (let i = 0; i < times; i++) rounds.push(await work())
  return rounds
}

function of(rounds: readonly Round[], field: keyof Round): number[] {
  return rounds.map((round) => round[field])
}

function millis(value: number): string {
  return `${value.toFixed(0)} ms`
}
