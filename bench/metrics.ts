/**
 * Compares the time and memory of metrics with those of other libraries.
 *
 * One table for each runtime: medians, with the least and the most in parentheses. The ratio is the time of
 * `@prometheus-io/client` divided by hitrate's, round by round. Compare the ratios, not the figures: those are of one
 * machine on one day.
 *
 *     npm run bench:metrics -- --rounds 11 --milliseconds 30 --only time,threads,allocation,idle
 */
import { fileURLToPath } from 'node:url'
import { command, print, thisMachine } from './command.ts'
import { type ClientName, clientNames, loadClient } from './metrics/clients.ts'
import type { Samples } from './metrics/time.ts'
import { describeRuntime, isNode, type Runtime, runOn } from './runtimes.ts'
import { bytes, median, ms, ns, spread } from './spread.ts'

/** Least ratio of `@prometheus-io/client` to hitrate, or the most that hitrate may take. */
type Target = { times: number } | { most: number }

type Targets = Record<'node' | 'bun', Target>

interface Row {
  key: string
  title: string
  format(value: number): string
  target?: Targets
}

/** Bytes per operation that the measurement cannot distinguish from 0; see `metrics/allocation.ts`. */
const RESOLUTION = 0.2

const rows: Row[] = [
  { key: 'boundInc', title: 'inc, labels bound', format: ns, target: both({ times: 10 }) },
  {
    key: 'unlabelledInc',
    title: 'inc, no labels',
    format: ns,
    target: { node: { times: 2.5 }, bun: { times: 5 } },
  },
  {
    key: 'labelledInc',
    title: 'inc, two labels looked up',
    format: ns,
    target: { node: { times: 2.5 }, bun: { times: 10 } },
  },
  {
    key: 'observe',
    title: 'observe, 12 buckets',
    format: ns,
    target: { node: { times: 6 }, bun: { times: 30 } },
  },
  { key: 'labelledObserve', title: 'observe, two labels looked up', format: ns },
  {
    key: 'request',
    title: 'a request: clock, inc with two labels, observe, clock',
    format: ns,
    target: both({ times: 3.5 }),
  },
  {
    key: 'boundRequest',
    title: 'the same, labels bound',
    format: ns,
    target: both({ times: 3.5 }),
  },
  { key: 'clock', title: 'two readings of the clock, as in a request', format: ns },
  {
    key: 'exposition',
    title: 'exposition of 10,000 counter series',
    format: ms,
    target: both({ times: 4.5 }),
  },
  { key: 'histogramExposition', title: 'exposition of 500 histogram series', format: ms },
  {
    key: 'threads',
    title: 'a scrape of 2 worker threads, 1000 series each',
    format: ms,
    target: both({ times: 20 }),
  },
  {
    key: 'boundIncBytes',
    title: 'bytes allocated by an inc, labels bound',
    format: bytes,
    target: both({ most: RESOLUTION }),
  },
  {
    key: 'observeBytes',
    title: 'bytes allocated by an observe',
    format: bytes,
    target: both({ most: RESOLUTION }),
  },
  { key: 'labelledIncBytes', title: 'bytes allocated by an inc, two labels looked up', format: bytes },
  {
    key: 'countersIdle',
    title: 'memory of an idle counter series',
    format: bytes,
    target: both({ most: 260 }),
  },
  { key: 'histogramsIdle', title: 'memory of an idle histogram series, 12 buckets', format: bytes },
]

const { flags, signal, run } = command({
  rounds: '11',
  milliseconds: '30',
  only: 'time,threads,allocation,idle',
})
await run(main)

async function main(): Promise<void> {
  const names = await Promise.all(clientNames.map(async (name) => (await loadClient(name)).name))
  print('Cost of metrics: the median of all rounds, with the least and the most in parentheses.\n')
  for (const runtime of ['node', 'bun'] as const) {
    print(`## ${await describeRuntime(runtime, signal)}\n`)
    report(runtime, names, await measure(runtime))
    print('')
  }
  print(thisMachine())
}

/** Runs the parts one after the other, each in processes of its own, so that nothing disturbs a measurement. */
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
  const gc = isNode(runtime) ? ['--expose-gc'] : []
  const large = ['--min-semi-space-size=128', '--max-semi-space-size=128']
  for (const name of clientNames) {
    if (parts.includes('allocation')) {
      await add('allocation', [name, rounds], isNode(runtime) ? [...gc, ...large] : [])
    }
    if (parts.includes('idle')) {
      await add('idle', [name, 'counters'], gc)
      await add('idle', [name, 'histograms'], gc)
    }
  }
  return samples
}

function report(runtime: Runtime, names: readonly string[], samples: Samples): void {
  print(`| | ${names.join(' | ')} | ratio | target |`)
  print(`|---|${'---:|'.repeat(names.length + 2)}`)
  for (const row of rows) {
    const figures = samples[row.key]
    if (figures === undefined) continue
    const cells = clientNames.map((name) => spread(figures[name] ?? [], row.format))
    print(
      `| ${row.title} | ${cells.join(' | ')} | ${ratio(figures)} | ${verdict(row.target?.[isNode(runtime) ? 'node' : 'bun'], figures)} |`,
    )
  }
}

function ratio(figures: Samples[string]): string {
  const ratios = ratiosOf(figures)
  // A ratio to almost 0 has no meaning.
  if (ratios.some((one) => !Number.isFinite(one) || one > 1e4)) return '–'
  return spread(ratios, (value) => `${value.toFixed(1)}×`)
}

function verdict(target: Target | undefined, figures: Samples[string]): string {
  if (target === undefined) return ''
  if ('most' in target) {
    const ours = figures.hitrate
    const most = target.most <= RESOLUTION ? 0 : target.most
    return `${most} B ${ours === undefined ? '' : mark(median(ours) <= target.most)}`
  }
  const ratios = ratiosOf(figures)
  return `${target.times}× ${ratios.length === 0 ? '' : mark(median(ratios) >= target.times)}`
}

function mark(reached: boolean): string {
  return reached ? '✓' : '✗'
}

/** Round by round, because a disturbance of one round affects both figures. */
function ratiosOf(figures: Samples[string]): number[] {
  const { hitrate = [], '@prometheus-io/client': official = [] } = figures as Record<ClientName, number[]>
  return hitrate.map((ours, round) => (official[round] ?? Number.NaN) / ours)
}

function both(target: Target): Targets {
  return { node: target, bun: target }
}

function file(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url))
}
