/**
 * How long does each operation take with each library? Prints a `Samples` as JSON.
 *
 * All libraries run in this one process, and take turns. Afterwards their expositions must show every operation: none was optimised away.
 *
 *     node bench/metrics/time.ts <rounds> <milliseconds for each library, operation and round>
 */
import assert from 'node:assert/strict'
import process from 'node:process'
import { type Race, type Run, type Samples as SamplesOf, takeTurns } from '../take-turns.ts'
import { type ClientName, clientNames, loadClient } from './clients.ts'
import { type Client, countedBy, now, operations } from './workload.ts'

/** What was measured: for each row and library a figure per round. */
export type Samples = SamplesOf<ClientName>

const [rounds = 11, milliseconds = 30] = process.argv.slice(2).map(Number)
const encoder = new TextEncoder()
let elapsed = 0 // of readClock
await main()

async function main(): Promise<void> {
  const clients: { name: ClientName; client: Client }[] = []
  for (const name of clientNames) clients.push({ name, client: await loadClient(name) })
  const services = clients.map(({ name, client }) => ({ name, ...client.service() }))
  const done = new Map<Run, number>()
  const races: Record<string, Race<ClientName>> = {
    ...Object.fromEntries(
      operations.map((operation) => [
        operation,
        services.map(({ name, operations }) => ({ name, run: operations[operation] })),
      ]),
    ),
    clock: [{ name: 'hitrate', run: readClock }],
    exposition: clients.map(({ name, client }) => {
      return { name, run: repeat(client.counters(names('/route', 100), names('user', 100))) }
    }),
    histogramExposition: clients.map(({ name, client }) => {
      return { name, run: repeat(client.histograms(names('/route', 500))) }
    }),
  }

  process.stdout.write(JSON.stringify(await takeTurns(races, { rounds, milliseconds }, done)))
  assert.ok(elapsed > 0)
  for (const { name, operations: runs, expose } of services) {
    const text = await expose()
    for (const operation of operations) {
      const lines = [...text.matchAll(new RegExp(`^${countedBy[operation]}(?:{.*})? (.+)$`, 'gm'))]
      const shown = lines.reduce((sum, [, value]) => sum + Number(value), 0)
      assert.equal(
        shown,
        done.get(runs[operation]),
        `${name} shows another count of ${operation} than it did`,
      )
    }
  }
}

function readClock(times: number): void {
  for (let i = 0; i < times; i++) {
    const startedAt = now()
    elapsed += now() - startedAt
  }
}

function names(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${prefix}-${i}`)
}

/** As bytes, as servers send it: some libraries give text that is still to be put together when it is read. */
function repeat(expose: () => Promise<string>): Run {
  return async (times) => {
    for (let i = 0; i < times; i++) assert.ok(encoder.encode(await expose()).length > 0)
  }
}
