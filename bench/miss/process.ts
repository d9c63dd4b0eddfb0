/**
 * One contender in a process of its own: reads a number per line, runs so many misses, and answers with a line.
 * A process per contender keeps what the runtime compiles for one from slowing another.
 *
 *     node bench/miss/process.ts <contender> [folder of another checkout]
 */
import process from 'node:process'
import { createInterface } from 'node:readline'
import { loadHitrate } from '../checkout.ts'
import { type ContenderName, contenders } from './contenders.ts'

const [name = 'bare', folder] = process.argv.slice(2)
const run = contenders[name as ContenderName](await loadHitrate(folder))

for await (const line of createInterface({ input: process.stdin })) {
  await run(Number(line))
  process.stdout.write('done\n')
}
process.exit() // some libraries keep timers
