/**
 * Pauses after failed loads. While a key is paused, reads that may be served its stale entry get it without a load. After the
 * pause, one load at a time probes the source.
 */
import type { Entry } from '../../stores/entry.ts'
import type { CacheCore } from '../core.ts'
import { lostAfterMs } from './lost-after.ts'

/**
 * The failure of a load: it decides which readers may get a stale entry instead. `thrown`: the load threw, or a deadline passed.
 * `returned`: it returned a value marked as `failed`. `final`: that value is served even if there is a stale entry.
 */
export type Failure = 'thrown' | 'returned' | 'final'

/** Default of the option `failurePauseMs`. */
const DEFAULT_PAUSE_MS = 1000

/** Limit of the growth. A longer `failurePauseMs` does not grow. */
const MAX_PAUSE_MS = 30_000

interface Pause {
  /** `madeAt` of the entry that was served instead. The pause does not apply to a later entry of the key. */
  madeAt: number
  /** The invalidation sequence number at the last failure. An invalidation of the key after it ends the pause. */
  sequence: number
  failure: Failure
  /** Number of failures in a row. */
  failures: number
  /** Start of the pause, epoch ms. */
  startedAt: number
  durationMs: number
  /** `startedAt` of the read whose load is running, and the time after which it counts as lost; `undefined` if none is known. */
  probe: { startedAt: number; lostMs: number } | undefined
}

/** The read that runs the load. */
interface PausableRead {
  storeKey: string
  /** Start of the read, epoch ms. Identifies it among the reads of its key. */
  startedAt: number
  options: Parameters<typeof lostAfterMs>[0]
}

interface FailurePausesOptions {
  /** Returns true if a load of the key is running that later readers would join. */
  isLoading: (storeKey: string) => boolean
  /** Maximum number of keys. Above a limit, the oldest pauses are dropped: that costs a load each. Default: 16,384. */
  maxKeys?: number
  /** Maximum length of all keys together, in UTF-16 units. Default: 1,048,576. */
  maxLength?: number
}

export class FailurePauses {
  readonly #core: Pick<CacheCore, 'now' | 'random' | 'log'>
  readonly #options: Required<FailurePausesOptions>
  /** The least recent failure first. */
  readonly #pauses = new Map<string, Pause>()
  /** Length of all keys together. */
  #length = 0

  constructor(core: Pick<CacheCore, 'now' | 'random' | 'log'>, options: FailurePausesOptions) {
    this.#core = core
    this.#options = { maxKeys: 16_384, maxLength: 1024 * 1024, ...options }
  }

  /** Returns true if a load of the key has failed and none has succeeded since. */
  has(storeKey: string): boolean {
    return this.#pauses.size > 0 && this.#pauses.has(storeKey)
  }

  /** Returns the last failure of the key if a read or refresh that can do without a load must not start one. */
  current(storeKey: string, entry: Entry): Failure | undefined {
    const pause = this.#pauseFor(storeKey, entry)
    if (pause === undefined) return undefined
    return this.#isRunning(pause) || this.#isProbed(pause, storeKey) ? pause.failure : undefined
  }

  /**
   * Pauses the key after a failed load, unless it is paused already: the readers that waited for one load all report its failure.
   *
   * @param entry the entry that is served instead.
   * @param pauseMs longest first pause, in ms; 0: none. Default: 1000.
   */
  pause(storeKey: string, entry: Entry, failure: Failure, pauseMs = DEFAULT_PAUSE_MS): void {
    if (!(pauseMs > 0)) return
    const { now, random, log } = this.#core
    const last = this.#pauseFor(storeKey, entry)
    if (last !== undefined && this.#isRunning(last)) return
    const failures = (last?.failures ?? 0) + 1
    const longestMs = Math.min(pauseMs * 2 ** (failures - 1), Math.max(pauseMs, MAX_PAUSE_MS))
    this.reset(storeKey) // set again below, so that the map stays in the order of the failures
    this.#pauses.set(storeKey, {
      madeAt: entry.madeAt,
      sequence: log.sequence,
      failure,
      failures,
      startedAt: now(),
      durationMs: longestMs * (0.5 + random() / 2),
      probe: last?.probe,
    })
    this.#length += storeKey.length
    this.#dropOldest()
  }

  /** Notes that a load of a key has started. If the last load failed, this one probes the source. */
  startProbe({ storeKey, startedAt, options }: PausableRead): void {
    const pause = this.#pauses.get(storeKey)
    if (pause !== undefined) pause.probe = { startedAt, lostMs: lostAfterMs(options) }
  }

  /** Must be called when the load of `startProbe` has ended, or its reader has left. */
  endProbe({ storeKey, startedAt }: Pick<PausableRead, 'storeKey' | 'startedAt'>): void {
    const pause = this.#pauses.get(storeKey)
    if (pause?.probe?.startedAt === startedAt) pause.probe = undefined
  }

  /** Ends the pause of a key, after a successful load. */
  reset(storeKey: string): void {
    if (this.#pauses.size > 0 && this.#pauses.delete(storeKey)) this.#length -= storeKey.length
  }

  /** Returns the pause of the key, whether or not it is over, if nothing has replaced or invalidated the entry since. */
  #pauseFor(storeKey: string, entry: Entry): Pause | undefined {
    const pause = this.#pauses.get(storeKey)
    if (pause === undefined || pause.madeAt !== entry.madeAt) return undefined
    return this.#core.log.isKeyInvalidated(storeKey, pause.sequence) ? undefined : pause
  }

  #isRunning({ startedAt, durationMs }: Pause): boolean {
    const elapsedMs = this.#core.now() - startedAt
    return elapsedMs >= 0 && elapsedMs < durationMs // negative if the clock was set back: the pause must not last for hours
  }

  #isProbed({ probe }: Pause, storeKey: string): boolean {
    if (probe !== undefined && Math.abs(this.#core.now() - probe.startedAt) < probe.lostMs) return true
    return this.#options.isLoading(storeKey)
  }

  #dropOldest(): void {
    const { maxKeys, maxLength } = this.#options
    for (const storeKey of this.#pauses.keys()) {
      if (this.#pauses.size <= maxKeys && this.#length <= maxLength) break
      this.reset(storeKey)
    }
  }
}
