/**
 * Measures the cold start: the time from the spawn of the process to its first answer, and the processor time until then.
 *
 * The service runs from its sources, from its built file (`npm run build:service`), and beside it a bare Hono app on the same
 * runtime. Each round starts every contender once, in turn. Compare the ratios, not the figures: those are of one machine on one
 * day. `--against` adds the sources of another checkout.
 *
 *     npm run bench:start -- --rounds 15 --on bun,node --threads 1,2 --against ../hitrate-before
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { command, count, print, thisMachine } from './command.ts'
import { describeRuntime, executable, isNode, type Runtime, runtimesIn } from './runtimes.ts'
import { median, ms, ratio, spread } from './spread.ts'
import { firstAnswer, type Start } from './start/first-answer.ts'

const { flags, signal, run } = command({ rounds: '15', on: 'bun,node', threads: '1,2', against: '' })
const root = join(import.meta.dirname, '..')

interface Contender {
  name: string
  program: string
  env: Record<string, string>
  /** True if each start has a new database. */
  isNew?: boolean
}

await run(async () => {
  const rounds = count('rounds', flags.rounds)
  const folder = mkdtempSync(join(tmpdir(), 'hitrate-start-'))
  try {
    for (const runtime of runtimesIn(flags.on)) {
      const contenders = contendersOn(runtime)
      print(`\n${await describeRuntime(runtime, signal)}, ${rounds} starts each, in turn, medians`)
      print('  first answer               processor time             ratio  contender')
      report(contenders, await measure(runtime, contenders, rounds, folder))
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  print(`\n${thisMachine()}`)
})

/** The bare app stands first: the ratios are those to it. */
function contendersOn(runtime: Runtime): Contender[] {
  const name = isNode(runtime) ? 'node' : 'bun'
  const source = (folder: string) => join(folder, `src/service/runtimes/${name}.ts`)
  const built = join(root, `build/${name}.${isNode(runtime) ? 'mjs' : 'js'}`)
  const contenders: Contender[] = [
    { name: 'bare Hono', program: join(root, 'bench/start/bare.ts'), env: {} },
    { name: 'built, new database', program: built, env: {}, isNew: true },
    { name: 'sources, new database', program: source(root), env: {}, isNew: true },
  ]
  for (const threads of flags.threads.split(',')) {
    const env = { THREADS: threads }
    const title = threads === '1' ? '' : `, ${threads} threads`
    contenders.push({ name: `built${title}`, program: built, env })
    contenders.push({ name: `sources${title}`, program: source(root), env })
    if (flags.against === '') continue
    const program = source(resolve(flags.against))
    contenders.push({ name: `other checkout${title}`, program, env })
  }
  return contenders
}

/** One start of each contender precedes the rounds: it reads the files from the disk, and fills the compile cache of Node. */
async function measure(
  runtime: Runtime,
  contenders: readonly Contender[],
  rounds: number,
  folder: string,
): Promise<Start[][]> {
  const starts: Start[][] = contenders.map(() => [])
  for (let round = -1; round < rounds; round++) {
    for (const [i, { program, env, isNew = false }] of contenders.entries()) {
      const file = `${runtime}-${i}${isNew ? round : ''}.sqlite`
      const database = { DATABASE_URL: `sqlite:${join(folder, file)}` }
      const start = await firstAnswer([executable(runtime), program], { ...database, ...env }, signal)
      if (round >= 0) starts[i]?.push(start)
    }
  }
  return starts
}

function report(contenders: readonly Contender[], starts: readonly Start[][]): void {
  const bare = median((starts[0] ?? []).map((start) => start.ms))
  for (const [i, { name }] of contenders.entries()) {
    const figures = (part: keyof Start) => (starts[i] ?? []).map((start) => start[part])
    const spreadOf = (part: keyof Start) =>
      spread(
        figures(part).map((figure) => figure * 1e6),
        ms,
      ).padEnd(26)
    print(`  ${spreadOf('ms')} ${spreadOf('cpuMs')} ${ratio(median(figures('ms')) / bare)}   ${name}`)
  }
}
