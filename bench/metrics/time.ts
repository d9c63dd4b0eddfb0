/**
 * Times each operation with each library. Prints `Samples` as JSON.
 *
 * All libraries run in this process and take turns. Their expositions must then include every operation, which proves that
 * none was optimized away.
 *
 *     node bench/metrics/time.ts <rounds> <milliseconds for each library, operation and round>
 */
import assert from 'node:assert/strict'
import process from 'node:process'
import { type Race, type Run, type Samples as SamplesOf, takeTurns } from '../take-turns.ts'
import { type ClientName, clientNames, loadClient } from './clients.ts'
import { type Client, countedBy, now, operations } from './workload.ts'

/** For each row and library one figure per round. */
export type Samples = SamplesOf<ClientName>

const [rounds = 11, milliseconds = 30] = process.argv.slice(2).map(Number)
const encoder = new TextEncoder()
let elapsed = 0 // written by readClock, so that its readings are not optimized away
await main()

async function main(): Promise<void> {
  const clients: { name: ClientName; client: Client }[] = []
  for (const name of clientNames) clients.push({ name, client: await loadClient(name) })
  const services = clients.map(({ name, client }) => ({ name, ...client.service() }))
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

  const { samples, counts } = await takeTurns(races, { rounds, milliseconds })
  process.stdout.write(JSON.stringify(samples))
  assert.ok(elapsed > 0)
  for (const { name, operations: runs, expose } of services) {
    const text = await expose()
    for (const operation of operations) {
      const lines = [...text.matchAll(new RegExp(`^${countedBy[operation]}(?:{.*})? (.+)$`, 'gm'))]
      const counted = lines.reduce((sum, [, value]) => sum + Number(value), 0)
      assert.equal(counted, counts.get(runs[operation]), `${name} must count every ${operation}`)
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

/** Encodes the text as servers do: some libraries return a string whose parts are joined only when it is read. */
function repeat(expose: () => Promise<string>): Run {
  return async (times) => {
    for (let i = 0; i < times; i++) assert.ok(encoder.encode(await expose()).length > 0)
  }
}
