/** Plays one history: processes with memory and without, faults of their store and of their ways to it, and killed processes. */
import { createDice, type Dice } from '../../support/interleavings/dice.ts'
import { type Checked, checkHistory } from '../history.ts'
import type { HistoryKind, HistoryStore, ProcessKind } from '../stores/kind/history-store.ts'
import { writeBriefly } from './brief-process.ts'
import { Database } from './database.ts'
import { clock, WorkerProcess } from './worker-process.ts'

export interface HistoryOptions {
  store: HistoryKind
  seed: number
  durationMs: number
  /** Default: those of the store. */
  processes?: readonly ProcessKind[]
  /** False: no faults, and no process is killed. */
  hasFaults: boolean
}

export interface HistoryReport extends Checked {
  writes: number
  confirmedWrites: number
  /** Failed reads, errors that nobody caught, and processes that ended by themselves. */
  failures: string[]
  /** Number of reads by outcome and tier, and of faults. */
  outcomes: Record<string, number>
  faults: Readonly<Record<string, number>>
}

const MAX_UNSYNCED_MS = 300
const LEASE_MS = 300

/** Time in which every process has found the server again and repeated its invalidations, in ms. */
const HEALING_MS = 2000

export async function playHistory(options: HistoryOptions): Promise<HistoryReport> {
  const dice = createDice(options.seed)
  const store = await options.store.start(dice)
  const history = new PlayedHistory(options, dice, store)
  try {
    return await history.play()
  } finally {
    await history.end()
    await store.end()
  }
}

class PlayedHistory {
  readonly #options: HistoryOptions
  readonly #processes: readonly ProcessKind[]
  readonly #dice: Dice
  readonly #store: HistoryStore
  readonly #database = new Database()
  readonly #failures: string[] = []
  #workers: WorkerProcess[] = []
  #started = 0
  #isOver = false

  constructor(options: HistoryOptions, dice: Dice, store: HistoryStore) {
    this.#options = options
    this.#processes = options.processes ?? options.store.processes
    this.#dice = dice
    this.#store = store
  }

  async play(): Promise<HistoryReport> {
    const { durationMs, hasFaults } = this.#options
    const processes = this.#processes
    this.#workers = await Promise.all(processes.map((kind) => this.#start(kind)))
    for (const worker of this.#workers) worker.play()
    const faults = hasFaults
      ? [this.#breakStore(), ...processes.map((kind, i) => this.#breakProcess(kind, i))]
      : []
    await pause(durationMs)
    this.#isOver = true
    await Promise.all(faults)
    await this.#heal()
    return this.#report()
  }

  async end(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.kill()))
  }

  async #start(kind: ProcessKind): Promise<WorkerProcess> {
    const number = ++this.#started
    const { seed, hasFaults, store } = this.#options
    const words = [kind.runtime, kind.client, kind.hasMemory ? 'memory' : 'no memory']
    return WorkerProcess.start({
      ...kind,
      name: `${number} (${words.filter((word) => word !== undefined).join(', ')})`,
      seed: seed + number,
      maxUnsyncedMs: MAX_UNSYNCED_MS,
      memoryMs: store.promise.memoryMs({ maxUnsyncedMs: MAX_UNSYNCED_MS, hasFaults }),
      joinsOlder: store.promise.joinsOlder ?? false,
      leaseMs: LEASE_MS,
      database: this.#database,
      link: await this.#store.openLink(kind),
      random: this.#dice.random,
      onFailure: (what) => this.#failures.push(what),
    })
  }

  async #breakStore(): Promise<void> {
    while (!this.#isOver) {
      await pause(this.#dice.upTo(500))
      await this.#store.breakStore()
    }
  }

  /** Breaks the way of one process to the store again and again, and sometimes kills it and starts another one. */
  async #breakProcess(kind: ProcessKind, index: number): Promise<void> {
    while (!this.#isOver) {
      await pause(this.#dice.upTo(1500))
      const worker = this.#workers[index]
      if (worker === undefined || this.#isOver) return
      if (this.#dice.chance(0.12)) {
        await worker.kill()
        const next = await this.#start(kind)
        this.#workers[index] = next
        next.play()
      } else {
        const key = this.#dice.pick(['delete-0', 'delete-1'] as const)
        const { address } = this.#store
        await worker.breakLink(() => writeBriefly(address, this.#database, key))
      }
    }
  }

  /** After the faults every process repeats its invalidations, and then each of them, and a new one, reads the last values. */
  async #heal(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.stop()))
    await pause(HEALING_MS)
    for (const { name } of this.#workers) this.#database.confirmAll(name, clock())
    const [kind] = this.#processes
    if (kind !== undefined) this.#workers.push(await this.#start(kind))
    await pause(MAX_UNSYNCED_MS)
    for (const worker of this.#workers) await worker.readAll()
  }

  #report(): HistoryReport {
    const { writes, reads } = this.#database
    const outcomes: Record<string, number> = {}
    for (const { how } of reads) outcomes[how] = (outcomes[how] ?? 0) + 1
    return {
      ...checkHistory({ writes, reads }),
      writes: writes.length,
      confirmedWrites: writes.filter(({ confirmedAt }) => confirmedAt !== undefined).length,
      failures: this.#failures,
      outcomes,
      faults: this.#store.occurred,
    }
  }
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))
