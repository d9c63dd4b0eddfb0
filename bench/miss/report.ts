/** Tables of the miss benchmark, in Markdown: one for each measure. */
import { print } from '../command.ts'
import { isNode, type Runtime } from '../runtimes.ts'
import { median, ns, ratio, spread, us } from '../spread.ts'
import type { Samples } from '../take-turns.ts'
import type { Measure, Row, Table, Target } from './tables.ts'

/** Name of a contender's figures. @param isOther true for the one of the other checkout. */
export function figureOf(contender: string, isOther: boolean): string {
  return isOther ? `${contender}, other checkout` : contender
}

/** @param hasOther true if contenders of another checkout took part. */
export function report(table: Table, runtime: Runtime, samples: Samples, hasOther: boolean): void {
  for (const measure of table.measures) {
    const figures = samples[measure.name] ?? {}
    const columns = [
      `${table.title}: ${measure.name}`,
      'time',
      ...Object.keys(table.peers),
      ...(hasOther ? ['other checkout', 'to the other checkout'] : []),
      'target',
    ]
    print(`| ${columns.join(' | ')} |`)
    print(`|---|${'---:|'.repeat(columns.length - 1)}`)
    for (const row of table.rows)
      print(`| ${cellsOf(row, table, measure, runtime, figures, hasOther).join(' | ')} |`)
    print('')
  }
}

function cellsOf(
  { name, title, targets }: Row,
  { peers }: Table,
  measure: Measure,
  runtime: Runtime,
  figures: Samples[string],
  hasOther: boolean,
): string[] {
  const ours = figures[name] ?? []
  const other = figures[figureOf(name, true)] ?? []
  const toPeers = Object.values(peers).map((peer) => (peer === name ? [] : ratios(ours, figures[peer])))
  return [
    title,
    spread(ours, time),
    ...toPeers.map((values) => spread(values, ratio)),
    ...(hasOther ? [spread(other, time), spread(ratios(ours, other), ratio)] : []),
    targets
      .filter((target) => target.measure === measure.name)
      .map((target) => verdict(target, runtime, ours, figures))
      .join(', '),
  ]
}

function verdict(
  { peer, most }: Target,
  runtime: Runtime,
  ours: readonly number[],
  figures: Samples[string],
): string {
  const limit = most[isNode(runtime) ? 'node' : 'bun']
  const values = peer === undefined ? ours : ratios(ours, figures[peer])
  const text = peer === undefined ? time(limit) : `${ratio(limit)} × the time of ${peer}`
  return `${median(values) <= limit ? '✓' : '✗'} ≤ ${text}`
}

/** @param value nanoseconds */
function time(value: number): string {
  return value < 1000 ? ns(value) : us(value)
}

/** Round by round, because a disturbance of one round affects both figures. */
function ratios(figures: readonly number[], base: readonly number[] = []): number[] {
  return base.map((value, round) => (figures[round] ?? Number.NaN) / value)
}
