/** Tables of hit ratios with a limit of entries. */
import { keysOf } from '../../tests/support/traces/simulation.ts'
import { hostileLoads, scanLoopScan, type Trace } from '../../tests/support/traces/synthetic.ts'
import { print } from '../command.ts'
import { lead, policyNames, type Ratios, ratiosOf } from './policies.ts'
import type { NamedTrace } from './traces.ts'

const columns = [...policyNames, 'optimum'] as const
const SHARES = [0.001, 0.01, 0.05, 0.1, 0.2]

/** All policies at shares of the keys of each trace. */
export function printReach(traces: readonly NamedTrace[]): void {
  const all: Ratios[] = []
  printHead('trace, entries as a share of its keys')
  for (const { name, read } of traces) {
    const trace = read()
    const keys = keysOf(trace)
    for (const share of SHARES) {
      const ratios = ratiosOf(trace, Math.max(1, Math.round(share * keys)), keys)
      all.push(ratios)
      printRow(`${name}, ${(100 * share).toFixed(1)} %`, ratios)
    }
  }
  printSummary(all)
  printLoad('a loop between two skewed phases, 512 entries', scanLoopScan(), 512)
  print('')
}

/** All policies at 1,000 entries, with loads that are hard for some. */
export function printHostile(): void {
  const all: Ratios[] = []
  printHead('load, 1,000 entries')
  for (const [name, load] of Object.entries(hostileLoads)) all.push(printLoad(name, load(), 1000))
  printSummary(all)
  print('')
}

function printLoad(name: string, trace: Trace, capacity: number): Ratios {
  const ratios = ratiosOf(trace, capacity, keysOf(trace))
  printRow(name, ratios)
  return ratios
}

function printHead(title: string): void {
  print(`Hit ratio in percent; density above LRU, and above the best of all but the optimum, in points.\n`)
  print(`| ${[title, ...columns, 'above LRU', 'above the best'].join(' | ')} |`)
  print(`|---|${'---:|'.repeat(columns.length + 2)}`)
}

function printRow(name: string, ratios: Ratios): void {
  const { overLru, overBest } = lead(ratios)
  const figures = [...columns.map((column) => ratios[column].toFixed(1)), signed(overLru), signed(overBest)]
  print(`| ${[name, ...figures].join(' | ')} |`)
}

function printSummary(all: readonly Ratios[]): void {
  const means = columns.map((column) => all.reduce((sum, ratios) => sum + ratios[column], 0) / all.length)
  const leads = all.map(lead)
  const worst = [Math.min(...leads.map((one) => one.overLru)), Math.min(...leads.map((one) => one.overBest))]
  print(
    `| **mean; worst** | ${[...means.map((mean) => mean.toFixed(2)), ...worst.map(signed)].join(' | ')} |`,
  )
}

function signed(points: number): string {
  return `${points < 0 ? '−' : '+'}${Math.abs(points).toFixed(1)}`
}
