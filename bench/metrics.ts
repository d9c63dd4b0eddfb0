/**
 * What do the metrics of this project cost, in time and in memory, beside those of the other libraries?
 *
 * One table for each runtime: medians, and in brackets the least and the most. The ratio says how many times as much
 * `@prometheus-io/client` takes, round by round. Compare the ratios, not the figures: those are of one machine on one day.
 *
 *     npm run bench:metrics -- --rounds 11 --milliseconds 30 --only time,threads,allocation,idle
 */
import { fileURLToPath } from 'node:url'
import { command, say, thisMachine } from './command.ts'
import { type ClientName, clientNames, loadClient } from './metrics/clients.ts'
import type { Samples } from './metrics/time.ts'
import { type Runtime, runOn } from './run-on.ts'
import { bytes, median, ms, ns, spread } from './spread.ts'

/** How often `@prometheus-io/client` should take what we take, or how much we may take. */
type Target = { times: number } | { most: number }

interface Row {
  key: string
  what: string
  format(value: number): string
  target?: Partial<Record<Runtime, Target>>
}

/** Bytes for each operation; less than this is none: see `metrics/allocation.ts`. */
const RESOLUTION = 0.2

const rows: Row[] = [
  { key: 'boundInc', what: 'inc, labels bound', format: ns, target: both({ times: 10 }) },
  {
    key: 'unlabelledInc',
    what: 'inc, no labels',
    format: ns,
    target: { node: { times: 2.5 }, bun: { times: 5 } },
  },
  {
    key: 'labelledInc',
    what: 'inc, two labels looked up',
    format: ns,
    target: { node: { times: 2.5 }, bun: { times: 10 } },
  },
  {
    key: 'observe',
    what: 'observe, 12 buckets',
    format: ns,
    target: { node: { times: 6 }, bun: { times: 30 } },
  },
  { key: 'labelledObserve', what: 'observe, two labels looked up', format: ns },
  {
    key: 'request',
    what: 'a request: clock, inc with two labels, observe, clock',
    format: ns,
    target: both({ times: 3.5 }),
  },
  {
    key: 'boundRequest',
    what: 'the same, labels bound',
    format: ns,
    target: both({ times: 3.5 }),
  },
  { key: 'clock', what: 'of which two readings of the clock', format: ns },
  {
    key: 'exposition',
    what: 'exposition of 10,000 counter series',
    format: ms,
    target: both({ times: 4.5 }),
  },
  { key: 'histogramExposition', what: 'exposition of 500 histogram series', format: ms },
  {
    key: 'threads',
    what: 'a scrape of 2 worker threads, 1000 series each',
    format: ms,
    target: both({ times: 30 }),
  },
  {
    key: 'boundIncBytes',
    what: 'garbage of an inc, labels bound',
    format: bytes,
    target: both({ most: RESOLUTION }),
  },
  { key: 'observeBytes', what: 'garbage of an observe', format: bytes, target: both({ most: RESOLUTION }) },
  { key: 'labelledIncBytes', what: 'garbage of an inc, two labels looked up', format: bytes },
  { key: 'countersIdle', what: 'an idle series of a counter', format: bytes },
  { key: 'histogramsIdle', what: 'an idle series of a histogram, 12 buckets', format: bytes },
]

const { flags, signal, run } = command({
  rounds: '11',
  milliseconds: '30',
  only: 'time,threads,allocation,idle',
})
await run(main)

async function main(): Promise<void> {
  const names = await Promise.all(clientNames.map(async (name) => (await loadClient(name)).name))
  say('What do metrics cost? The median of all rounds, and in brackets the least and the most.\n')
  for (const runtime of ['node', 'bun'] as const) {
    const version = (await runOn(runtime, ['--version'], signal)).trim().replace(/^v/, '')
    say(`## ${runtime === 'node' ? 'Node' : 'Bun'} ${version}\n`)
    report(runtime, names, await measure(runtime))
    say('')
  }
  say(thisMachine())
}

/** One part after the other, each in processes of its own: nothing else runs beside what is measured. */
async function measure(runtime: Runtime): Promise<Samples> {
  const { rounds, milliseconds, only } = flags
  const parts = only.split(',')
  const samples: Samples = {}
  async function add(program: string, args: string[], flags: string[] = []): Promise<void> {
    const output = await runOn(runtime, [...flags, file(`metrics/${program}.ts`), ...args], signal)
    for (const [key, figures] of Object.entries(JSON.parse(output) as Samples)) {
      samples[key] = { ...samples[key], ...figures }
    }
  }

  if (parts.includes('time')) await add('time', [rounds, milliseconds])
  if (parts.includes('threads')) await add('threads', [rounds, '20'])
  const gc = runtime === 'node' ? ['--expose-gc'] : []
  const large = ['--min-semi-space-size=128', '--max-semi-space-size=128']
  for (const name of clientNames) {
    if (parts.includes('allocation')) {
      await add('allocation', [name, rounds], runtime === 'node' ? [...gc, ...large] : [])
    }
    if (parts.includes('idle')) {
      await add('idle', [name, 'counters'], gc)
      await add('idle', [name, 'histograms'], gc)
    }
  }
  return samples
}

function report(runtime: Runtime, names: readonly string[], samples: Samples): void {
  say(`| | ${names.join(' | ')} | ratio | target |`)
  say(`|---|${'---:|'.repeat(names.length + 2)}`)
  for (const row of rows) {
    const figures = samples[row.key]
    if (figures === undefined) continue
    const cells = clientNames.map((name) => spread(figures[name] ?? [], row.format))
    say(
      `| ${row.what} | ${cells.join(' | ')} | ${ratio(figures)} | ${verdict(row.target?.[runtime], figures)} |`,
    )
  }
}

function ratio(figures: Samples[string]): string {
  const ratios = ratiosOf(figures)
  // A ratio to next to nothing says nothing.
  if (ratios.some((one) => !Number.isFinite(one) || one > 1e4)) return '–'
  return spread(ratios, (value) => `${value.toFixed(1)}×`)
}

function verdict(target: Target | undefined, figures: Samples[string]): string {
  if (target === undefined) return ''
  if ('most' in target) {
    const ours = figures.hitrate
    return `0 ${ours === undefined ? '' : mark(median(ours) <= target.most)}`
  }
  const ratios = ratiosOf(figures)
  return `${target.times}× ${ratios.length === 0 ? '' : mark(median(ratios) >= target.times)}`
}

function mark(reached: boolean): string {
  return reached ? '✓' : '✗'
}

/** Round by round: what disturbed one round disturbed both. */
function ratiosOf(figures: Samples[string]): number[] {
  const { hitrate = [], '@prometheus-io/client': official = [] } = figures as Record<ClientName, number[]>
  return hitrate.map((ours, round) => (official[round] ?? Number.NaN) / ours)
}

function both(target: Target): Record<Runtime, Target> {
  return { node: target, bun: target }
}

function file(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url))
}
