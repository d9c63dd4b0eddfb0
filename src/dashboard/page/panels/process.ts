/** The process that made the page. */
import type { DashboardData, ProcessFigures } from '../../data/dashboard-data.ts'
import { latency, period } from '../text/durations.ts'
import { bytesFigure, countFigure } from '../text/figure.ts'
import { type Markup, markup, type Part } from '../text/markup.ts'
import { digits3 } from '../text/numbers.ts'
import { NARROW_SPACE } from '../text/printable.ts'
import { panel, terms } from './panel.ts'

export function processPanel({ process, at }: DashboardData): Markup {
  if (process === undefined) return markup``
  return panel({
    id: 'process',
    title: 'Process',
    hint: 'process_start_time_seconds, process_cpu_seconds_total, process_resident_memory_bytes and their kind.',
    kind: 'process',
    body: terms(rowsOf(process, at)),
  })
}

function rowsOf(process: ProcessFigures, at: number): [Part, Part][] {
  const { startedAt, cpuSeconds, residentBytes, threads, threadRestarts, eventLoopP99Seconds } = process
  const rows: [Part, Part | undefined][] = [
    ['Uptime', startedAt !== undefined && period(at - startedAt)],
    [markup`<span title="Mean since the start, in cores">CPU</span>`, cpu(cpuSeconds, startedAt, at)],
    ['Memory', residentBytes !== undefined && bytesFigure(residentBytes)],
    [
      markup`<span title="99 in 100 turns of the event loop were late by at most this">Event loop p99</span>`,
      eventLoopP99Seconds !== undefined && latency(eventLoopP99Seconds),
    ],
    ['Threads', threads !== undefined && countFigure(threads, 'threads')],
    ['Thread restarts', threadRestarts !== undefined && countFigure(threadRestarts, 'restarts')],
  ]
  return rows.filter(([, value]) => value !== undefined && value !== false)
}

function cpu(seconds: number | undefined, startedAt: number | undefined, at: number): Part {
  if (seconds === undefined) return undefined
  const used = `${digits3(seconds)}${NARROW_SPACE}s`
  if (startedAt === undefined || at <= startedAt) return used
  const cores = seconds / ((at - startedAt) / 1000)
  return markup`<span title="${used} since the start">${cores.toFixed(2)} cores</span>`
}
