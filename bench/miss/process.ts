/**
 * One contender in a process of its own: reads a line with a number of operations and how many of them are in flight, runs
 * them, and answers with a line: their time and their processor time in ms. A process per contender keeps what the runtime
 * compiles for one from slowing another.
 *
 *     node bench/miss/process.ts <contender> native|served [folder of another checkout]
 */
import process from 'node:process'
import { createInterface } from 'node:readline'
import { loadHitrate } from '../checkout.ts'
import { type ContenderName, contenders } from './contenders.ts'
import type { Transport } from './without-socket.ts'

export interface Elapsed {
  wallMs: number
  cpuMs: number
}

const [name = 'bare', transport = 'native', folder] = process.argv.slice(2)
const run = contenders[name as ContenderName]({
  hitrate: await loadHitrate(folder),
  transport: transport as Transport,
})

for await (const line of createInterface({ input: process.stdin })) {
  const [times = 1, inFlight = 1] = line.split(' ').map(Number)
  process.stdout.write(`${JSON.stringify(await elapsed(times, inFlight))}\n`)
}
process.exit() // some libraries keep timers

async function elapsed(times: number, inFlight: number): Promise<Elapsed> {
  const before = process.cpuUsage()
  const startedAt = performance.now()
  await run(times, inFlight)
  const wallMs = performance.now() - startedAt
  const { user, system } = process.cpuUsage(before)
  return { wallMs, cpuMs: (user + system) / 1000 }
}
