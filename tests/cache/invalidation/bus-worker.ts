/** A thread that changes things, tells the others, and checks that it is never served what others had invalidated. */
import { parentPort, workerData } from 'node:worker_threads'
import { createCache } from '../../../src/cache/create-cache.ts'
import { sharedMemoryBus } from '../../../src/cache/invalidation/shared-memory-bus.ts'
import { type Lifetime, loaded } from '../../../src/cache/lifetime.ts'
import { memoryStore } from '../../../src/stores/memory/store.ts'

export interface SiblingTask {
  rings: SharedArrayBuffer
  thread: number
  threads: number
  rounds: number
  /** The database: what each row is now. Each row is changed by one thread only, so that a write has the latest value. */
  database: Int32Array
  /** What a read that begins now must not be older than, for each row. */
  required: Int32Array
  /** Threads that are ready: none begins before all are. */
  ready: Int32Array
}

export interface SiblingReport {
  violations: string[]
  /** How often each outcome was met; `heard` and `heard everything` of other threads. */
  seen: Record<string, number>
}

const task: SiblingTask = workerData
parentPort?.postMessage(await play(task))

async function play({ rings, thread, threads, rounds, database, required, ready }: SiblingTask) {
  const rows = database.length
  const report: SiblingReport = { violations: [], seen: {} }
  const see = (what: string) => {
    report.seen[what] = (report.seen[what] ?? 0) + 1
  }
  const upTo = (max: number) => Math.floor(Math.random() * (max + 1))
  const invalidationBus = sharedMemoryBus(rings, thread)
  const cache = createCache({
    memory: memoryStore(),
    invalidationBus: {
      publish: invalidationBus.publish,
      take: (forget) =>
        invalidationBus.take((mark) => {
          see(mark === 'everything' ? 'heard everything' : 'heard')
          forget(mark)
        }),
    },
  })
  let underWay = 0

  function lifetime(row: number): Lifetime {
    return { ttlMs: upTo(5), staleIfErrorMs: 1000, tags: [`tag ${row % 2}`] }
  }

  function change(): void {
    const row = thread + threads * upTo(rows / threads - 1)
    const value = Atomics.add(database, row, 1) + 1
    // What was there when the invalidation is called: others change other rows meanwhile.
    const before = Array.from(database, (_, i) => Atomics.load(database, i))
    const ways: [changed: number[], act: () => unknown][] = [
      [[row], () => cache.delete(`row ${row}`)],
      [[row], () => cache.write(`row ${row}`, value, lifetime(row))],
      [
        before.flatMap((_, i) => (i % 2 === row % 2 ? i : [])),
        () => cache.invalidateTags([`tag ${row % 2}`]),
      ],
      [[...before.keys()], () => cache.clear()],
    ]
    const [changed, act] = ways[Math.floor(upTo(12) / 4)] ?? []
    act?.()
    for (const each of changed ?? []) raise(required, each, before[each] ?? 0)
  }

  function look(): void {
    const row = upTo(rows - 1)
    const atLeast = Atomics.load(required, row)
    const found = upTo(1) ? cache.lookup<number>(`row ${row}`) : cache.peek<number>(`row ${row}`)
    if (found !== undefined) check(`a look at row ${row}`, found.value, atLeast)
    if (found?.outcome === 'hit') see('hit')
  }

  async function read(): Promise<void> {
    const row = upTo(rows - 1)
    const atLeast = Atomics.load(required, row)
    try {
      const { value, outcome } = await cache.read(`row ${row}`, async () => {
        const early = Atomics.load(database, row)
        await pause()
        if (upTo(9) === 0) throw new Error('down')
        return loaded(upTo(1) ? early : Atomics.load(database, row), lifetime(row))
      })
      see(outcome)
      check(`a read of row ${row}, a ${outcome},`, value, atLeast)
    } catch {
      see('error')
    }
  }

  function check(what: string, value: number, atLeast: number): void {
    if (value < atLeast) report.violations.push(`${what} gave ${value}, not ${atLeast} or more`)
  }

  function pause(): Promise<void> {
    return upTo(3) ? Promise.resolve() : new Promise((resolve) => setImmediate(resolve))
  }

  Atomics.add(ready, 0, 1)
  Atomics.notify(ready, 0)
  for (let now = 1; now < threads; now = Atomics.load(ready, 0)) Atomics.wait(ready, 0, now)
  for (let round = 0; round < rounds; round++) {
    const chosen = upTo(9)
    if (chosen === 0) change()
    else if (chosen < 6) look()
    else if (underWay < 8) {
      underWay++
      void read().finally(() => underWay--)
    }
    if (round % 4 === 0) await pause()
  }
  while (underWay > 0) await pause()
  return report
}

function raise(cells: Int32Array, at: number, value: number): void {
  for (let had = Atomics.load(cells, at); had < value; ) {
    const found = Atomics.compareExchange(cells, at, had, value)
    if (found === had) return
    had = found
  }
}
