/**
 * Counts the hits of users that are read by their ids while other clients request lists without end, for this checkout and, with
 * `--against`, for another one. The app runs in this process; time is virtual, so only the duration depends on the machine.
 *
 *     npm run bench:floods -- --rounds 10 --foreign 600 --seed 18 --against ../hitrate-before
 */
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { floods, runFlood, type Service } from '../tests/support/list-floods.ts'
import { loadHitrate } from './checkout.ts'
import { command, count, print, thisMachine } from './command.ts'

const { flags, run } = command({ rounds: '10', foreign: '600', seed: '18', against: '' })

await run(async () => {
  const options = {
    rounds: count('rounds', flags.rounds),
    foreign: count('foreign', flags.foreign),
    seed: count('seed', flags.seed),
  }
  const services = [await load('..'), ...(flags.against === '' ? [] : [await load(flags.against)])]
  print(
    `Each good user is read once per ${options.foreign} lists; ${options.rounds} rounds, seed ${options.seed}.\n`,
  )
  const columns = services
    .map((_, i) => ` ${i === 0 ? 'hits' : 'against'} | entries | MiB | µs per list |`)
    .join('')
  print(`| lists | room |${columns}`)
  print(`|---|---:|${'---:|'.repeat(4 * services.length)}`)
  for (const flood of floods) {
    const cells: string[] = []
    for (const service of services) {
      const startedAt = performance.now()
      const { hits, reads, entries, bytes } = await runFlood(service, flood, options)
      const us = (1000 * (performance.now() - startedAt)) / (options.rounds * options.foreign)
      cells.push(`${((100 * hits) / reads).toFixed(1)} %`, `${entries}`, mebibytes(bytes), us.toFixed(0))
    }
    print(`| \`${flood.name}\` | ${mebibytes(flood.maxBytes)} MiB | ${cells.join(' | ')} |`)
  }
  print(`\n${thisMachine()}`)
})

/** @param folder a checkout, from this folder. */
async function load(folder: string): Promise<Service> {
  const root = folder === '..' ? join(import.meta.dirname, '..') : resolve(folder)
  const service = await import(pathToFileURL(join(root, 'src/exports/service.ts')).href)
  return { ...(await loadHitrate(root)), ...service }
}

function mebibytes(bytes: number): string {
  return (bytes / 1024 / 1024).toFixed(2)
}
