/**
 * A read that memory could not answer, whose load needs nothing but its loader: no shared tier, no deadline of the read, no retries,
 * no signal. This is most reads that load, so one object is the read, its load and the flight that others join, and the load's promise
 * is the only one that is derived from that of the loader.
 */
import type { CacheCore } from '../core.ts'
import type { Found, InternalLoad, InternalReadOptions } from '../http-reads.ts'
import {
  type Failure,
  failureOfResult,
  type LoadResult,
  reportLoad,
  resultOf,
} from '../loading/call-loader.ts'
import type { FailurePauses } from '../loading/failure-pauses.ts'
import type { LoadAndStore, Reading, Settled, SettledValue, Streaming } from '../loading/load-and-store.ts'
import { LazyLoadContext } from '../loading/load-context.ts'
import type { Loading } from '../loading/load-coordinator.ts'
import type { LoadLimits } from '../loading/load-limits.ts'
import { lostAfterMs } from '../loading/lost-after.ts'
import { RunningLoad, type RunningLoads } from '../loading/running-loads.ts'
import type { Flights, SharedFlight } from '../loading/single-flight.ts'
import type { Read } from '../read.ts'
import { NOTHING_ACQUIRED } from '../tiers/acquired.ts'
import type { Tiers } from '../tiers/tiers.ts'
import { onAbort } from '../timing/on-abort.ts'
import type { ReadCounter } from './read-counter.ts'
import { type Ending, failedWith, readOfLoad } from './read-result.ts'

/** The parts of the cache that the read uses. */
export interface PlainReadParts {
  readonly core: CacheCore
  readonly tiers: Tiers
  readonly flights: Flights<Settled>
  readonly running: RunningLoads
  readonly pauses: FailurePauses
  readonly limits: LoadLimits
  readonly loadAndStore: LoadAndStore
  readonly counter: ReadCounter
  /** Returns the result of a read whose load may have failed. */
  readonly endingOf: <T>(reading: Reading<T>, loading: Loading) => Ending<T>
}

export class PlainRead<T> implements SharedFlight<Settled> {
  readonly sequence: number
  readonly running: RunningLoad
  readonly #parts: PlainReadParts
  readonly #found: Found<T>
  #load: InternalLoad<T>
  #options: InternalReadOptions<T>
  readonly #context: LazyLoadContext
  /** The loads whose code started this read. */
  readonly #callers: readonly RunningLoad[]
  /** Start of the load: readings of the precise clock and of the timer. */
  readonly #begunAt: number
  readonly #startedAt: number
  /** The time at which the load returned a value, epoch ms. */
  #endedAt = 0
  /** The result of the load, from its end or its time limit on. */
  #settled: Settled | undefined
  /** True once the reader has its result, which it may have before the load ends. */
  #isAnswered = false
  /** For the readers that have joined. */
  #shared: PromiseWithResolvers<Settled> | undefined
  /** A second key under which readers may join while the value is incomplete. */
  #secondKey: string | undefined

  constructor(
    parts: PlainReadParts,
    found: Found<T>,
    load: InternalLoad<T>,
    options: InternalReadOptions<T>,
    begunAt: number,
  ) {
    this.#parts = parts
    this.#found = found
    this.#load = load
    this.#options = options
    this.#callers = parts.running.current()
    this.running = new RunningLoad(found.storeKey, this.#callers)
    this.sequence = parts.core.log.sequence
    this.#context = new LazyLoadContext(found.key, found.entry && (() => this.#storedValue()))
    this.#begunAt = begunAt
    this.#startedAt = parts.core.timer()
  }

  /** Starts the load. Rejects with the error of the read. The load must have no time limit. */
  async read(): Promise<Read<T>> {
    let settled: Settled
    try {
      settled = this.#endOf(await this.#call())
    } catch (error) {
      settled = this.#failedWith(error)
    }
    this.#end(settled)
    const ending = this.#endingOf(settled)
    this.#release()
    if (!ending.ok) throw ending.error
    return ending.read
  }

  /** Starts the load. Never rejects. */
  async complete(): Promise<Ending<T>> {
    const { promise, resolve } = Promise.withResolvers<Settled>()
    const run = this.#run(resolve)
    const { loadTimeoutMs: limitMs = Infinity } = this.#options
    const cancelTimer = this.#parts.core.deadlines(() => resolve(this.#expire(run, limitMs)), limitMs)
    const settled = await promise
    cancelTimer()
    const ending = this.#endingOf(settled)
    this.#release()
    return ending
  }

  wait(signal?: AbortSignal): Promise<Settled> {
    const result = this.#settled === undefined ? this.#sharedResult() : Promise.resolve(this.#settled)
    if (signal === undefined) return result
    return new Promise((resolve, reject) => {
      const stopListening = onAbort(signal, () => reject(signal.reason)) // the read itself stays, so the load goes on
      result.then(resolve, reject).finally(stopListening)
    })
  }

  isOverdue(): boolean {
    // With a limit, a value that is still streaming is overdue too: its source may have stopped without an end.
    if (!this.running.isPending && this.#options.loadTimeoutMs === undefined) return false
    return this.#parts.core.clock.precise() - this.#begunAt >= lostAfterMs(this.#options)
  }

  detach(): void {
    const { flights } = this.#parts
    flights.remove(this.#found.storeKey, this)
    if (this.#secondKey !== undefined) flights.remove(this.#secondKey, this)
  }

  /** Runs the load. Never rejects. @param onEnd called with the result of the load. It has no effect after the time limit. */
  async #run(onEnd: (settled: Settled) => void): Promise<void> {
    let settled: Settled
    try {
      settled = this.#endOf(await this.#call())
    } catch (error) {
      settled = this.#failedWith(error)
    }
    this.#end(settled)
    onEnd(settled)
    this.#release()
  }

  /** Ends the wait for the load at its time limit. The load may go on. */
  #expire(run: Promise<unknown>, limitMs: number): Settled {
    const { core, limits } = this.#parts
    this.detach()
    core.log.advance() // a later load gets a higher number
    const settled = limits.expire(this.#found.storeKey, run, limitMs)
    this.#context.abort(new DOMException(`no result within ${limitMs} ms`, 'TimeoutError'))
    this.#settle(settled)
    return settled
  }

  /** Calls the loader. Does not throw: other reads join a load that fails at once too. */
  #call(): ReturnType<InternalLoad<T>> {
    const { flights, running } = this.#parts
    flights.add(this.#found.storeKey, this) // before the call, because the load may read its own key
    try {
      return running.run([this.running], this.#load, this.#context)
    } catch (error) {
      return Promise.reject(error)
    } finally {
      this.running.isStarting = false
    }
  }

  /** Ends a load that returned. @throws the error that makes the returned value a failure. */
  #endOf(returned: unknown): Settled {
    const { core } = this.#parts
    const { storeKey } = this.#found
    const result = resultOf(core.name, storeKey, returned, this.#options)
    const { value, options, report } = result
    const failure = failureOfResult(core.name, storeKey, value, options)
    const endedAt = core.timer()
    const loadMs = endedAt - this.#startedAt
    this.#endedAt = core.clock.nowAt(endedAt)
    this.#reportLoad(loadMs, failure)
    try {
      const { entry, streaming } = this.#store(result, loadMs)
      const settled = { ok: true, value, options, report, called: true, tierFailed: false, entry } as const
      return streaming === undefined ? settled : { ...settled, streaming }
    } catch (error) {
      // The load returned invalid options, or `waitUntil` threw for a value that is still incomplete.
      return { ok: false, error, called: options.completed === undefined, tierFailed: false }
    }
  }

  #failedWith(error: unknown): Settled {
    this.#reportLoad(this.#parts.core.timer() - this.#startedAt, { error })
    return { ok: false, error, called: true, tierFailed: false }
  }

  #store(result: LoadResult, loadMs: number): Pick<SettledValue, 'entry' | 'streaming'> {
    const { tiers, pauses, loadAndStore } = this.#parts
    const { storeKey } = this.#found
    const { value, options } = result
    const { sequence } = this
    if (!options.failed) pauses.reset(storeKey)
    if (options.completed !== undefined) {
      const storing = { reading: this.#reading(), acquired: NOTHING_ACQUIRED, sequence }
      return { streaming: loadAndStore.storeLater(storing, { ...result, loadMs }) }
    }
    return tiers.store({ storeKey, value, options, sequence, loadMs, now: this.#endedAt })
  }

  /** Ends the load: passes its result on, and lets no reader join it any more. */
  #end(settled: Settled): void {
    this.running.isPending = false
    this.#settle(settled)
    const streaming = settled.ok ? settled.streaming : undefined
    if (streaming === undefined) this.detach()
    else this.#stayFor(streaming)
  }

  #settle(settled: Settled): void {
    if (this.#settled !== undefined) return
    this.#settled = settled
    this.#shared?.resolve(settled)
  }

  /** Lets readers join while the value is incomplete, also under the key that the load chose. */
  #stayFor({ storeKey, completed }: Streaming): void {
    const { flights } = this.#parts
    const isCurrent = flights.current(this.#found.storeKey) === this
    if (storeKey !== undefined && isCurrent && flights.current(storeKey) === undefined) {
      this.#secondKey = storeKey
      flights.add(storeKey, this)
    }
    void completed.then(() => this.detach())
  }

  /**
   * Drops the callbacks of the reader, once they are not needed. V8 keeps the table of a map that has grown out of it until the
   * next full collection, with all loads that ran at that time, and these would keep their requests.
   */
  #release(): void {
    const isStreaming = this.#settled?.ok === true && this.#settled.streaming !== undefined
    if (this.running.isPending || !this.#isAnswered || isStreaming) return
    this.#load = notCalled
    this.#options = {}
  }

  /** Returns the result of the read, and counts it. */
  #endingOf(settled: Settled): Ending<T> {
    this.#isAnswered = true
    const { core, counter } = this.#parts
    this.running.removeWaiters(this.#callers)
    const ending =
      settled.ok && !settled.options.failed ? this.#endingOfValue(settled) : this.#endingOfFailure(settled)
    const outcome = ending.ok ? ending.read.outcome : ending.outcome
    const tier = ending.ok ? ending.read.tier : undefined
    counter.count(outcome, tier, core.timer() - this.#startedAt, this.#options.about)
    return ending
  }

  #endingOfValue(settled: SettledValue): Ending<T> {
    const { report } = settled
    const read = readOfLoad<T>(settled, 'miss', this.#endedAt)
    return { key: this.#found.key, loaded: true, report, ok: true, read }
  }

  #endingOfFailure(settled: Settled): Ending<T> {
    const { key } = this.#found
    try {
      return this.#parts.endingOf(this.#reading(), { ...settled, shared: false, key })
    } catch (error) {
      return failedWith(key, error) // a callback of the reader threw
    }
  }

  #reportLoad(durationMs: number, failure: Failure | undefined): void {
    reportLoad(this.#parts.core, { background: false, about: this.#options.about }, durationMs, failure)
  }

  #sharedResult(): Promise<Settled> {
    this.#shared ??= Promise.withResolvers()
    return this.#shared.promise
  }

  #storedValue(): unknown {
    const { storeKey, entry } = this.#found
    return entry === undefined || this.#parts.tiers.isInvalidated([storeKey], entry, entry.sequence)
      ? undefined
      : entry.value
  }

  #reading(): Reading<T> {
    const rest = { call: notCalled, signal: undefined, acceptsAbsence: false }
    return { ...this.#found, ...rest, options: this.#options, sequence: this.sequence }
  }
}

/** The load of a read whose load has run. */
const notCalled = () => Promise.reject(new Error('not called'))
