/**
 * Measures cold pages of a large table of users: the database time of one, and the latency of a hot hit while 16 connections ask for
 * pages after random users, none of them stored. `--against FOLDER` measures another checkout in turn.
 *
 *     npm run bench:pages -- --users 500000 --rounds 5 --seconds 3 --on node,bun --against ../hitrate-before
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { command, count, print, thisMachine } from './command.ts'
import { floodPages, type HotHits } from './pages/flood.ts'
import type { PageTimes } from './pages/page-times.ts'
import { startService } from './pages/start-service.ts'
import { describeRuntime, type Runtime, runOn, runtimesIn } from './runtimes.ts'
import { median, ms, spread, us } from './spread.ts'

const { flags, signal, run } = command({
  users: '500000',
  rounds: '5',
  seconds: '3',
  on: 'node,bun',
  against: '',
})

const here = join(import.meta.dirname, '..')
const checkouts = [here, ...(flags.against === '' ? [] : [flags.against])]

await run(async () => {
  const users = count('users', flags.users)
  const folder = await mkdtemp(join(tmpdir(), 'hitrate-pages-'))
  const files = new Map(checkouts.map((checkout, i) => [checkout, join(folder, `${i}.sqlite`)]))
  try {
    for (const runtime of runtimesIn(flags.on)) {
      print(`\n${await describeRuntime(runtime, signal)}, ${users} users`)
      await measureDatabase(runtime, files)
      await measureHits(runtime, files)
    }
    print(`\n${thisMachine()}`)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})

/** Also makes the files, when they do not exist. */
async function measureDatabase(runtime: Runtime, files: ReadonlyMap<string, string>): Promise<void> {
  const samples = new Map<string, PageTimes[]>()
  for (let round = 0; round < count('rounds', flags.rounds); round++) {
    for (const [checkout, file] of files) {
      const program = join(import.meta.dirname, 'pages/page-times.ts')
      const output = await runOn(runtime, [program, checkout, file, flags.users], signal)
      samples.set(checkout, [...(samples.get(checkout) ?? []), JSON.parse(output)])
    }
  }
  print('  database time of a cold page of 20:    median | p99')
  for (const [checkout, times] of samples) {
    const [usual, slow] = [times.map(({ usual }) => usual), times.map(({ slow }) => slow)]
    print(`    ${nameOf(checkout).padEnd(20)} ${spread(usual, us).padEnd(34)} ${spread(slow, us)}`)
  }
}

async function measureHits(runtime: Runtime, files: ReadonlyMap<string, string>): Promise<void> {
  const samples = new Map<string, HotHits[]>()
  for (let round = 0; round < count('rounds', flags.rounds); round++) {
    for (const [checkout, file] of files) {
      const service = await startService(runtime, checkout, file, signal)
      try {
        const hits = await floodPages(service.url, {
          users: Number(flags.users),
          seconds: count('seconds', flags.seconds),
        })
        samples.set(checkout, [...(samples.get(checkout) ?? []), hits])
      } finally {
        service.stop()
      }
    }
  }
  print('  a hot hit: median alone | median during the flood | p99 during the flood | pages per second')
  for (const [checkout, rounds] of samples) {
    const of = (part: 'aloneMs' | 'usualMs' | 'slowMs') =>
      spread(
        rounds.map((round) => round[part] * 1e6),
        ms,
      ).padEnd(26)
    const pages = Math.round(median(rounds.map(({ pagesPerSecond }) => pagesPerSecond)))
    print(`    ${nameOf(checkout).padEnd(20)} ${of('aloneMs')} ${of('usualMs')} ${of('slowMs')} ${pages}`)
  }
}

function nameOf(checkout: string): string {
  return checkout === here ? 'this checkout' : checkout
}
