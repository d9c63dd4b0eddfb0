/** A thread that changes rows, publishes the invalidations, and checks that no read returns an invalidated value. */
import { parentPort, workerData } from 'node:worker_threads'
import { createCache } from '../../../src/cache/create-cache.ts'
import { sharedMemoryBus } from '../../../src/cache/invalidation/shared-memory-bus.ts'
import { type Lifetime, loaded } from '../../../src/cache/lifetime.ts'
import { memoryStore } from '../../../src/stores/memory/store.ts'

export interface WorkerTask {
  memory: SharedArrayBuffer
  thread: number
  threads: number
  rounds: number
  /** The version of each row in the database. Only one thread changes a row, so a write has the latest version. */
  database: Int32Array
  /** The minimal version that a read starting now may return, for each row. */
  required: Int32Array
  /** The number of ready threads: all start together. */
  ready: Int32Array
}

export interface WorkerReport {
  violations: string[]
  /** Counts of each outcome, and of `received` and `received everything` invalidations of other threads. */
  seen: Record<string, number>
}

const task: WorkerTask = workerData
parentPort?.postMessage(await play(task))

async function play({ memory, thread, threads, rounds, database, required, ready }: WorkerTask) {
  const rows = database.length
  const report: WorkerReport = { violations: [], seen: {} }
  const count = (what: string) => {
    report.seen[what] = (report.seen[what] ?? 0) + 1
  }
  const upTo = (max: number) => Math.floor(Math.random() * (max + 1))
  const invalidationBus = sharedMemoryBus(memory, thread)
  const cache = createCache({
    memory: memoryStore(),
    invalidationBus: {
      publish: invalidationBus.publish,
      take: (apply) =>
        invalidationBus.take((mark) => {
          count(mark === 'everything' || mark === 'lost' ? 'received everything' : 'received')
          apply(mark)
        }),
    },
  })
  let readsInFlight = 0

  function lifetime(row: number): Lifetime {
    return { ttlMs: upTo(5), staleIfErrorMs: 1000, tags: [`tag ${row % 2}`] }
  }

  function change(): void {
    const row = thread + threads * upTo(rows / threads - 1)
    const value = Atomics.add(database, row, 1) + 1
    // The versions before the invalidation is called, because other threads change other rows meanwhile.
    const before = Array.from(database, (_, i) => Atomics.load(database, i))
    const choices: [changedRows: number[], invalidate: () => unknown][] = [
      [[row], () => cache.delete(`row ${row}`)],
      [[row], () => cache.write(`row ${row}`, value, lifetime(row))],
      [
        before.flatMap((_, i) => (i % 2 === row % 2 ? i : [])),
        () => cache.invalidateTags([`tag ${row % 2}`]),
      ],
      [[...before.keys()], () => cache.clear()],
    ]
    const [changedRows, invalidate] = choices[Math.floor(upTo(12) / 4)] ?? []
    invalidate?.()
    for (const each of changedRows ?? []) raise(required, each, before[each] ?? 0)
  }

  function lookUp(): void {
    const row = upTo(rows - 1)
    const atLeast = Atomics.load(required, row)
    const found = upTo(1) ? cache.lookup<number>(`row ${row}`) : cache.peek<number>(`row ${row}`)
    if (found !== undefined) check(`a look-up of row ${row}`, found.value, atLeast)
    if (found?.outcome === 'hit') count('hit')
  }

  async function read(): Promise<void> {
    const row = upTo(rows - 1)
    const atLeast = Atomics.load(required, row)
    try {
      const { value, outcome } = await cache.read(`row ${row}`, async () => {
        const versionAtStart = Atomics.load(database, row)
        await pause()
        if (upTo(9) === 0) throw new Error('down')
        return loaded(upTo(1) ? versionAtStart : Atomics.load(database, row), lifetime(row))
      })
      count(outcome)
      check(`a read of row ${row}, a ${outcome},`, value, atLeast)
    } catch {
      count('error')
    }
  }

  function check(what: string, value: number, atLeast: number): void {
    if (value < atLeast) report.violations.push(`${what} returned ${value}, not ${atLeast} or more`)
  }

  function pause(): Promise<void> {
    return upTo(3) ? Promise.resolve() : new Promise((resolve) => setImmediate(resolve))
  }

  Atomics.add(ready, 0, 1)
  Atomics.notify(ready, 0)
  for (let readyThreads = 1; readyThreads < threads; readyThreads = Atomics.load(ready, 0))
    Atomics.wait(ready, 0, readyThreads)
  for (let round = 0; round < rounds; round++) {
    const choice = upTo(9)
    if (choice === 0) change()
    else if (choice < 6) lookUp()
    else if (readsInFlight < 8) {
      readsInFlight++
      void read().finally(() => readsInFlight--)
    }
    if (round % 4 === 0) await pause()
  }
  while (readsInFlight > 0) await pause()
  return report
}

function raise(cells: Int32Array, index: number, value: number): void {
  for (let current = Atomics.load(cells, index); current < value; ) {
    const found = Atomics.compareExchange(cells, index, current, value)
    if (found === current) return
    current = found
  }
}
