/**
 * Compares the eviction policies of the memory tier: by hit ratio with published ones, which are written here after their papers, and by
 * time and memory with lru-cache.
 *
 *     npm run bench:eviction -- --traces ../traces --requests 1000000 --only reach,hostile,bytes,lifetimes,cost
 *
 * `--traces` is a folder of access traces; bench/eviction/traces.ts has the formats. Without it, web07 and Zipf's law are used. `--requests`
 * shortens long traces. `--rounds`, `--milliseconds` and `--on` are for the cost.
 */
import { command, count, print, thisMachine } from './command.ts'
import { printBytes } from './eviction/byte-table.ts'
import { printCost } from './eviction/cost-tables.ts'
import { printLifetimes } from './eviction/lifetime-table.ts'
import { printHostile, printReach } from './eviction/ratio-tables.ts'
import { tracesOf } from './eviction/traces.ts'
import { runtimesIn } from './runtimes.ts'

const { flags, signal, run } = command({
  traces: '',
  requests: '100000000',
  only: 'reach,hostile,bytes,lifetimes,cost',
  rounds: '21',
  milliseconds: '30',
  on: 'node,bun',
})
const parts = flags.only.split(',')
await run(main)

async function main(): Promise<void> {
  const traces = tracesOf(flags.traces, count('requests', flags.requests))
  if (parts.includes('reach')) printReach(traces)
  if (parts.includes('hostile')) printHostile()
  if (parts.includes('bytes')) printBytes(traces)
  if (parts.includes('lifetimes')) printLifetimes(traces)
  if (parts.includes('cost')) {
    await printCost({
      runtimes: runtimesIn(flags.on),
      rounds: count('rounds', flags.rounds),
      milliseconds: count('milliseconds', flags.milliseconds),
      signal,
    })
  }
  print(thisMachine())
}
