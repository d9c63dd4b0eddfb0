/** Table of the hit benchmark: requests per second and CPU time of each contender, beside the bare handler's. */
import { print } from '../command.ts'
import type { Runtime } from '../runtimes.ts'
import { median, ratio, spread } from '../spread.ts'
import { BASELINE, type Contender } from './contenders.ts'
import { type LoadKind, targetOf } from './loads.ts'

export interface Sample {
  perSecond: number
  /** CPU time of the server in µs per request; undefined where the system does not report it. */
  cpuUs: number | undefined
}

/** One sample per contender, by its name. */
export type Round = Readonly<Record<string, Sample>>

export function report(
  title: string,
  runtime: Runtime,
  load: LoadKind,
  contenders: readonly Contender[],
  rounds: readonly Round[],
): void {
  print(title)
  const width = Math.max(...contenders.map(({ title }) => title.length))
  print(`  ${''.padEnd(width)}     req/s  to bare             CPU µs  to bare             target`)
  for (const contender of contenders) {
    const rates = figures(rounds, contender.name, ({ perSecond }) => perSecond)
    const cpu = figures(rounds, contender.name, ({ cpuUs }) => cpuUs)
    const perSecond = Math.round(median(rates.values)).toLocaleString('en').padStart(8)
    const cpuUs = median(cpu.values).toFixed(1).padStart(6)
    const ratios = [rates, cpu].map(({ ratios }) => spread(ratios, ratio).padEnd(18))
    const cells = [contender.title.padEnd(width), perSecond, ratios[0], cpuUs, ratios[1]]
    print(
      `  ${cells.join('  ')}  ${verdict(targetOf(load, contender.name, runtime), rates.ratios)}`.trimEnd(),
    )
  }
  print('')
}

function verdict(target: number | undefined, ratios: readonly number[]): string {
  if (target === undefined) return ''
  return `${median(ratios) >= target ? '✓' : '✗'} ${target.toFixed(2)} req/s`
}

/** A contender's figures, and their ratios to the bare handler's of the same round. */
function figures(rounds: readonly Round[], name: string, pick: (sample: Sample) => number | undefined) {
  const values: number[] = []
  const ratios: number[] = []
  for (const { [BASELINE]: baseline, [name]: sample } of rounds) {
    const value = sample && pick(sample)
    const base = baseline && pick(baseline)
    if (value === undefined || base === undefined) continue
    values.push(value)
    ratios.push(value / base)
  }
  return { values, ratios }
}
