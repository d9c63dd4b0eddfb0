/** Tables of the time and memory that the policies take. */
import { join } from 'node:path'
import { print } from '../command.ts'
import { describeRuntime, isNode, type Runtime, runOn } from '../runtimes.ts'
import { median, ns, spread } from '../spread.ts'
import type { Samples } from '../take-turns.ts'
import { evictions } from './cost/contenders.ts'

interface CostOptions {
  runtimes: readonly Runtime[]
  rounds: number
  milliseconds: number
  signal: AbortSignal
}

const ENTRIES = 1_000_000
const PEER = 'lru-cache with ttl'

export async function printCost({ runtimes, rounds, milliseconds, signal }: CostOptions): Promise<void> {
  for (const runtime of runtimes) {
    const program = (name: string, args: readonly (string | number)[], flags: readonly string[] = []) =>
      runOn(runtime, [...flags, join(import.meta.dirname, `cost/${name}.ts`), ...args.map(String)], signal)
    print(`## ${await describeRuntime(runtime, signal)}\n`)
    await printTimes(async (eviction) => JSON.parse(await program('time', [eviction, rounds, milliseconds])))
    await printMemory(async (name) => {
      const flags = isNode(runtime) ? ['--expose-gc'] : []
      return JSON.parse(await program('bookkeeping', [name, ENTRIES], flags)).bytes
    })
    const steps = JSON.parse(await program('policy-steps', [ENTRIES]))
    print(
      `One eviction of density alone with ${ENTRIES} entries, µs: median ${steps.median.toFixed(1)}, 99.9 % ${steps.usual.toFixed(0)}, 99.99 % ${steps.rare.toFixed(0)}, longest ${steps.longest.toFixed(0)}\n`,
    )
  }
}

async function printTimes(measure: (eviction: string) => Promise<Samples>): Promise<void> {
  print(
    `Time of an operation: the median, with the least and the most, and in brackets the ratio to ${PEER} in the same process.\n`,
  )
  for (const [i, eviction] of evictions.entries()) {
    const samples = await measure(eviction)
    if (i === 0) printHead(['', ...Object.keys(samples)])
    const names = i === 0 ? ['Map', 'lru-cache', PEER, eviction] : [eviction]
    for (const name of names) {
      const cells = Object.values(samples).map((row) => cellOf(row[name] ?? [], row[PEER] ?? []))
      print(`| ${[name, ...cells].join(' | ')} |`)
    }
  }
  print('')
}

function cellOf(figures: readonly number[], peers: readonly number[]): string {
  if (figures.length === 0) return '–'
  const ratios = figures.map((figure, round) => figure / (peers[round] ?? Number.NaN))
  return `${spread(figures, ns)} [${median(ratios).toFixed(2)}]`
}

async function printMemory(measure: (name: string) => Promise<number>): Promise<void> {
  const names = ['Map', 'lru-cache', PEER, ...evictions]
  print(`Bytes for each of ${ENTRIES} entries besides the key, the value and the entry object.\n`)
  printHead(names)
  const figures: string[] = []
  for (const name of names) figures.push((await measure(name)).toFixed(0))
  print(`| ${figures.join(' | ')} |\n`)
}

function printHead(titles: readonly string[]): void {
  print(`| ${titles.join(' | ')} |`)
  print(`|${'---:|'.repeat(titles.length)}`)
}
