/**
 * How long does each operation take with each library? Prints a `Samples` as JSON.
 *
 * All libraries run in this one process. All operations are warmed up before any is measured, as in a service that
 * uses all of a library; then the libraries take turns, so that whatever else the machine does meets them all.
 * Afterwards their expositions must show every operation: none was optimised away.
 *
 *     node bench/metrics/time.ts <rounds> <milliseconds for each library, operation and round>
 */
import assert from 'node:assert/strict'
import process from 'node:process'
import { type ClientName, clientNames, loadClient } from './clients.ts'
import { type Client, countedBy, now, operations } from './workload.ts'

/** What was measured: for each row and library a figure per round. */
export type Samples = Record<string, Partial<Record<ClientName, number[]>>>

/** What one library does so many times, in one go. */
type Run = (times: number) => void | Promise<void>

type Race = { name: ClientName; run: Run }[]

const [rounds = 11, milliseconds = 30] = process.argv.slice(2).map(Number)
const encoder = new TextEncoder()
let elapsed = 0 // of readClock
await main()

async function main(): Promise<void> {
  const clients: { name: ClientName; client: Client }[] = []
  for (const name of clientNames) clients.push({ name, client: await loadClient(name) })
  const services = clients.map(({ name, client }) => ({ name, ...client.service() }))
  const done = new Map<Run, number>()
  const races: Record<string, Race> = {
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

  process.stdout.write(JSON.stringify(await race(races, done)))
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

/** @returns the nanoseconds of one operation */
async function race(races: Readonly<Record<string, Race>>, done: Map<Run, number>): Promise<Samples> {
  const turns = new Map<Run, number>()
  for (let pass = 0; pass < 2; pass++) {
    for (const { run } of Object.values(races).flat()) turns.set(run, await timesFor(run))
  }
  const samples = Object.fromEntries(Object.keys(races).map((row) => [row, {} as Samples[string]]))
  for (let round = 0; round < rounds; round++) {
    for (const [row, contenders] of Object.entries(races)) {
      const figures = samples[row] ?? {}
      const first = round % contenders.length
      for (const { name, run } of [...contenders.slice(first), ...contenders.slice(0, first)]) {
        const times = turns.get(run) ?? 1
        const figure = ((await took(run, times)) * 1e6) / times
        figures[name] = [...(figures[name] ?? []), figure]
      }
    }
  }
  return samples

  /** Runs it until it is warm; says how many times fill a turn. */
  async function timesFor(run: Run): Promise<number> {
    const endAt = now() + 5 * milliseconds
    let times = 1
    for (;;) {
      const ms = await took(run, times)
      if (ms < milliseconds / 2) times *= 2
      else if (now() > endAt) return Math.max(1, Math.round((times * milliseconds) / ms))
    }
  }

  async function took(run: Run, times: number): Promise<number> {
    done.set(run, (done.get(run) ?? 0) + times)
    const startedAt = now()
    await run(times)
    return now() - startedAt
  }
}
