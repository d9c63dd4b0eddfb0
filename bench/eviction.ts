/**
 * Compares the eviction policies of the memory tier with published ones, by hit ratio. The other policies are written here, after their papers.
 *
 *     npm run bench:eviction -- --traces ../traces --requests 1000000 --only reach,hostile,bytes,lifetimes
 *
 * `--traces` is a folder of access traces; bench/eviction/traces.ts has the formats. Without it, web07 and Zipf's law are used. `--requests`
 * shortens long traces.
 */
import { command, count, print, thisMachine } from './command.ts'
import { printBytes } from './eviction/byte-table.ts'
import { printLifetimes } from './eviction/lifetime-table.ts'
import { printHostile, printReach } from './eviction/ratio-tables.ts'
import { tracesOf } from './eviction/traces.ts'

const { flags, run } = command({
  traces: '',
  requests: '100000000',
  only: 'reach,hostile,bytes,lifetimes',
})
const parts = flags.only.split(',')
await run(main)

async function main(): Promise<void> {
  const traces = tracesOf(flags.traces, count('requests', flags.requests))
  if (parts.includes('reach')) printReach(traces)
  if (parts.includes('hostile')) printHostile()
  if (parts.includes('bytes')) printBytes(traces)
  if (parts.includes('lifetimes')) printLifetimes(traces)
  print(thisMachine())
}
