/**
 * Counts the loads of one cold key that four processes read 1,000 times each, with a load of 100 ms, and the time until every
 * reader has its value. Then the same while the process that loads is killed.
 *
 *     npm run bench:stampede -- --rounds 5 --store redis
 */
import process from 'node:process'
import { command, count, print, thisMachine } from './command.ts'
import { type LibraryName, librariesIn, titleOf } from './shared-tier/libraries.ts'
import { startLab, storeIn } from './shared-tier/start-lab.ts'
import { Member } from './shared-tier/start-member.ts'
import { spread } from './spread.ts'

const PROCESSES = 4
const READERS = 1000
const LOAD_MS = 100

interface Round {
  loads: number
  failed: number
  /** Time from the first read to the last value, in ms. */
  ms: number
}

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
  print(`${PROCESSES} processes, ${READERS} readers each, one cold key, a load of ${LOAD_MS} ms.`)
  print(`Medians of ${rounds} rounds, with the least and the most in parentheses.\n`)
  print(
    '| | loads | all answered after | loads, loader killed | other processes answered after | failed reads |',
  )
  print('|---|---:|---:|---:|---:|---:|')
  for (const library of librariesIn(flags.libraries, store)) {
    const calm = await repeat(rounds, () => stampede(library, false))
    const killed = await repeat(rounds, () => stampede(library, true))
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

/** @param kills true to kill the first process that loads, in the middle of its load. */
async function stampede(library: LibraryName, kills: boolean): Promise<Round> {
  const lab = await startLab(store)
  const members: Member[] = []
  try {
    for (let i = 0; i < PROCESSES; i++)
      members.push(await Member.start(library, lab.address, lab.databasePort))
    let loadsOfKilled = 0
    const running = members.map(async (member) => {
      if (kills) {
        void member.event('loading').then(() => {
          if (loadsOfKilled++ > 0) return
          setTimeout(() => member.kill(), LOAD_MS / 2)
        })
      }
      return member.call('stampede', 'cold', READERS, LOAD_MS)
    })
    const settled = await Promise.allSettled(running)
    const results = settled.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
    const startedAt = Math.min(...results.map((result) => result.startedAt))
    return {
      loads: results.reduce((sum, { loads }) => sum + loads, 0) + (kills ? 1 : 0),
      failed: results.reduce((sum, { failed }) => sum + failed, 0),
      ms: Math.max(...results.map(({ endedAt }) => endedAt)) - startedAt,
    }
  } finally {
    for (const member of members) member.kill()
    await lab.end()
  }
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
