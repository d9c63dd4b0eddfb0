/** A process of a history, seen from the test: answers its requests to the database, and records what it reports. */
import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { bin } from '../../runtimes/running-service.ts'
import type { ProcessKind, StoreLink } from '../stores/kind/history-store.ts'
import type { Database } from './database.ts'
import { type FromWorker, JOINED, type ToWorker, type WorkerOptions } from './messages.ts'

/** Longest time that the database takes for an answer, in ms. It reads the version at the beginning. */
const MAX_ANSWER_MS = 12

/** Difference of the clocks of two processes above which a history cannot be checked, in ms. */
const MAX_CLOCK_ERROR_MS = 1

export interface ProcessParts extends ProcessKind, Omit<WorkerOptions, 'address'> {
  database: Database
  link: StoreLink
  /** Time in ms for which its memory may be old, and true if a read may be as old as one that it joins; see `AgePromise`. */
  memoryMs: number
  joinsOlder: boolean
  random: () => number
  onFailure: (what: string) => void
}

export const clock = () => performance.timeOrigin + performance.now()

export class WorkerProcess {
  readonly name: string
  readonly events: Record<string, number> = {}
  readonly #parts: ProcessParts
  readonly #child: ChildProcess
  readonly #waiting = new Map<number, (message: FromWorker) => void>()
  readonly #ended: Promise<void>
  #calls = 0
  #onReady: () => void = () => {}
  /** Milliseconds that its clock is ahead of that of the test. */
  #aheadMs = 0
  #isEnded = false

  private constructor(parts: ProcessParts) {
    this.name = parts.name
    this.#parts = parts
    const { runtime, name, hasMemory, seed, maxUnsyncedMs, leaseMs } = parts
    const { address } = parts.link
    const options: WorkerOptions = { name, address, hasMemory, seed, maxUnsyncedMs, leaseMs }
    const flags = runtime === 'node' ? ['--disable-warning=ExperimentalWarning'] : []
    const program = join(import.meta.dirname, 'worker.ts')
    this.#child = spawn(bin(runtime), [...flags, program, JSON.stringify(options)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    this.#child.stdin?.on('error', () => {}) // it was killed
    const kill = () => this.#child.kill('SIGKILL')
    process.once('exit', kill)
    this.#ended = new Promise((resolve) => {
      this.#child.once('close', (code) => {
        process.off('exit', kill)
        if (!this.#isEnded) parts.onFailure(`${name} ended with ${code}`)
        parts.database.release(name)
        resolve()
      })
    })
    const lines = createInterface({ input: this.#child.stdout ?? process.stdin })
    lines.on('line', (line) => this.#receive(JSON.parse(line) as FromWorker))
  }

  /** Resolves when the process is connected, and its clock is compared with that of the test. */
  static async start(parts: ProcessParts): Promise<WorkerProcess> {
    const worker = new WorkerProcess(parts)
    await new Promise<void>((resolve) => {
      worker.#onReady = resolve
    })
    await worker.#compareClocks()
    return worker
  }

  /** Makes one fault of its way to the store. */
  breakLink(meanwhile: () => Promise<void>): Promise<void> {
    return this.#parts.link.break(this.#child.pid ?? 0, meanwhile)
  }

  play(): void {
    this.#send({ type: 'play' })
  }

  /** Resolves when its last operation has ended. */
  async stop(): Promise<void> {
    const answer = await this.#call((id) => ({ type: 'stop', id }))
    if (answer.type === 'done') Object.assign(this.events, answer.events)
  }

  async readAll(): Promise<void> {
    await this.#call((id) => ({ type: 'read-all', id }))
  }

  /** Ends the process without warning. */
  async kill(): Promise<void> {
    this.#isEnded = true
    this.#child.kill('SIGKILL')
    await this.#ended
    await this.#parts.link.end()
  }

  async end(): Promise<void> {
    this.#isEnded = true
    this.#send({ type: 'end' })
    await this.#ended
    await this.#parts.link.end()
  }

  async #compareClocks(): Promise<void> {
    let best = Infinity
    for (let i = 0; i < 10; i++) {
      const before = clock()
      const pong = await this.#call((id) => ({ type: 'ping', id }))
      const after = clock()
      if (pong.type !== 'pong' || after - before >= best) continue
      best = after - before
      this.#aheadMs = pong.now - (before + after) / 2
    }
    // Within half a round trip the difference is an error of the measurement.
    if (Math.abs(this.#aheadMs) <= Math.max(best / 2, MAX_CLOCK_ERROR_MS)) this.#aheadMs = 0
  }

  #call(message: (id: number) => ToWorker): Promise<FromWorker> {
    const id = ++this.#calls
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve)
      this.#send(message(id))
    })
  }

  #send(message: ToWorker): void {
    if (this.#child.exitCode === null) this.#child.stdin?.write(`${JSON.stringify(message)}\n`)
  }

  #receive(message: FromWorker): void {
    const { database, name, hasMemory, memoryMs, joinsOlder } = this.#parts
    const time = (at: number) => at - this.#aheadMs
    if (message.type === 'ready') this.#onReady()
    else if (message.type === 'pong' || message.type === 'done') {
      this.#waiting.get(message.id)?.(message)
      this.#waiting.delete(message.id)
    } else if (message.type === 'database') this.#answer(message)
    else if (message.type === 'called') database.called(message.key, message.version, time(message.at))
    else if (message.type === 'written') {
      const { confirmedAt } = message
      database.confirmed(message.key, message.version, confirmedAt && time(confirmedAt))
    } else if (message.type === 'read') {
      const { key, version, how } = message
      // A read that joins a load of its own process is as late as the messages, which memory tiers depend on too.
      const isLate = hasMemory || how.startsWith(JOINED)
      database.reads.push({
        ...{ key, version, how, process: name },
        startedAt: time(message.startedAt),
        joinedAt: joinsOlder ? time(message.joinedAt) : undefined,
        endedAt: time(message.endedAt),
        slackMs: isLate ? memoryMs + SLACK_MS : MAX_CLOCK_ERROR_MS,
      })
    } else this.#parts.onFailure(`${name}: ${message.what}`)
  }

  #answer({ id, operation, key }: FromWorker & { type: 'database' }): void {
    const { database, name, random } = this.#parts
    const answer = (version: number) => this.#send({ type: 'answer', id, version })
    if (operation === 'lock') database.lock(key, name, () => answer(0))
    else if (operation === 'unlock') {
      database.unlock(key)
      answer(0)
    } else {
      const version = operation === 'get' ? database.get(key) : database.bump(key, name, clock())
      setTimeout(() => answer(version), random() * MAX_ANSWER_MS)
    }
  }
}

/** Time by which timers of a busy machine are late, in ms, beside the promise of the store. */
export const SLACK_MS = 150
