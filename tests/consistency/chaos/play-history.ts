/** Plays one history: processes with memory and without, faults of Redis and of its connections, and a process that is killed. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createDice, type Dice } from '../../support/interleavings/dice.ts'
import { type Checked, checkHistory } from '../history.ts'
import { writeBriefly } from './brief-process.ts'
import { Database } from './database.ts'
import { FaultyRedis } from './faults.ts'
import { clock, type ProcessKind, WorkerProcess } from './worker-process.ts'

export interface HistoryOptions {
  seed: number
  durationMs: number
  processes: readonly ProcessKind[]
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
  faults: Record<string, number>
}

const MAX_UNSYNCED_MS = 300
const LEASE_MS = 300

/** Time in which every process has found the server again and repeated its invalidations, in ms. */
const HEALING_MS = 2000

export async function playHistory(options: HistoryOptions): Promise<HistoryReport> {
  const folder = await mkdtemp(join(tmpdir(), 'hitrate-history-'))
  const dice = createDice(options.seed)
  const redis = await FaultyRedis.start(dice, folder)
  const history = new PlayedHistory(options, dice, redis)
  try {
    return await history.play()
  } finally {
    await history.end()
    await redis.end()
    await rm(folder, { recursive: true, force: true })
  }
}

class PlayedHistory {
  readonly #options: HistoryOptions
  readonly #dice: Dice
  readonly #redis: FaultyRedis
  readonly #database = new Database()
  readonly #failures: string[] = []
  #workers: WorkerProcess[] = []
  #started = 0
  #isOver = false

  constructor(options: HistoryOptions, dice: Dice, redis: FaultyRedis) {
    this.#options = options
    this.#dice = dice
    this.#redis = redis
  }

  async play(): Promise<HistoryReport> {
    const { durationMs, processes, hasFaults } = this.#options
    this.#workers = await Promise.all(processes.map((kind) => this.#start(kind)))
    for (const worker of this.#workers) worker.play()
    const faults = hasFaults
      ? [this.#breakServer(), ...processes.map((kind, i) => this.#breakConnections(kind, i))]
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

  #start(kind: ProcessKind): Promise<WorkerProcess> {
    const number = ++this.#started
    return WorkerProcess.start({
      ...kind,
      name: `${number} (${kind.runtime}, ${kind.client}, ${kind.hasMemory ? 'memory' : 'no memory'})`,
      seed: this.#options.seed + number,
      maxUnsyncedMs: MAX_UNSYNCED_MS,
      leaseMs: LEASE_MS,
      database: this.#database,
      serverPort: this.#redis.port,
      random: this.#dice.random,
      onFailure: (what) => this.#failures.push(what),
    })
  }

  async #breakServer(): Promise<void> {
    while (!this.#isOver) {
      await pause(this.#dice.upTo(500))
      await this.#redis.breakServer()
    }
  }

  /** Breaks the connections of one process again and again, and sometimes kills it and starts another one. */
  async #breakConnections(kind: ProcessKind, index: number): Promise<void> {
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
        const { port } = this.#redis
        await this.#redis.breakConnections(worker, () => writeBriefly(port, this.#database, key))
      }
    }
  }

  /** After the faults every process repeats its invalidations, and then each of them, and a new one, reads the last values. */
  async #heal(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.stop()))
    await pause(HEALING_MS)
    for (const { name } of this.#workers) this.#database.confirmAll(name, clock())
    const [kind] = this.#options.processes
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
      faults: this.#redis.occurred,
    }
  }
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))
