/**
 * Compares the bytes that the memory tier counts with the growth of the heap, by kind and number of entries. Each cell is a process.
 *
 * A cell is: counted bytes per entry / growth of the heap per entry = ratio. At the end the mean ratio of each kind.
 *
 *     npm run bench:memory -- --entries 1000,5000,20000,60000 --kinds "Date,nested rows" --on node,bun
 */
import { join } from 'node:path'
import { kinds } from '../tests/support/heap/kinds.ts'
import type { MeasuredHeap } from '../tests/support/heap/measured-heap.ts'
import { command, count, print, thisMachine } from './command.ts'
import { describeRuntime, isNode, type Runtime, runOn, runtimesIn } from './runtimes.ts'

const { flags, signal, run } = command({
  entries: '1000,5000,20000,60000',
  kinds: Object.keys(kinds).join(),
  on: 'node,bun',
})

const program = join(import.meta.dirname, '../tests/support/heap/measured-heap.ts')

await run(async () => {
  const sizes = flags.entries.split(',').map((value) => count('entries', value))
  for (const runtime of runtimesIn(flags.on)) {
    print(`\n${await describeRuntime(runtime, signal)}: counted / real = ratio`)
    print(`${'entries'.padEnd(24)} ${sizes.map((size) => `${size}`.padStart(22)).join(' ')}   mean`)
    for (const kind of kindsIn(flags.kinds)) {
      const cells: MeasuredHeap[] = []
      for (const size of sizes) cells.push(await measured(runtime, kind, size))
      const ratios = cells.map(({ counted, real }) => counted / real)
      const mean = ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length
      print(`${kind.padEnd(24)} ${cells.map(formatted).join(' ')}   ${mean.toFixed(2)}`)
    }
  }
  print(`\n${thisMachine()}`)
})

/** The names of kinds contain commas. */
function kindsIn(flag: string): string[] {
  const chosen = Object.keys(kinds).filter((kind) => `,${flag},`.includes(`,${kind},`))
  if (chosen.length === 0)
    throw new TypeError(`--kinds must name ${Object.keys(kinds).join(', ')}, got ${flag}`)
  return chosen
}

async function measured(runtime: Runtime, kind: string, entries: number): Promise<MeasuredHeap> {
  const gc = isNode(runtime) ? ['--expose-gc'] : []
  return JSON.parse(await runOn(runtime, [...gc, program, kind, `${entries}`], signal))
}

function formatted({ counted, real }: MeasuredHeap): string {
  return `${counted.toFixed(0)} / ${real.toFixed(0)} = ${(counted / real).toFixed(2)}`.padStart(22)
}
