/**
 * Audits of hits: a share of the values that are served is loaded once more in the background and compared. An audit only observes:
 * it is no read and no load, nothing is stored, and no reader waits for it.
 */
import { aBoolean, requireValid } from '../../options.ts'
import type { Entry } from '../../stores/entry.ts'
import type { CacheCore } from '../core.ts'
import type { Found, InternalLoad, InternalLoadContext, InternalReadOptions } from '../http-reads.ts'
import { failureOfResult, resultOf } from '../loading/call-loader.ts'
import { DeadlineError } from '../loading/deadline-error.ts'
import { lostAfterMs } from '../loading/lost-after.ts'
import type { RunningLoads } from '../loading/running-loads.ts'
import type { Tiers } from '../tiers/tiers.ts'
import { withDeadline } from '../timing/with-deadline.ts'
import { areEqual, equalBytes } from './are-equal.ts'
import type { Compare, ResolvedAudit } from './audit-options.ts'

/** A hit to audit. */
export interface AuditedHit<T> extends Pick<Found, 'key' | 'storeKey'> {
  readonly entry: Entry<T>
  readonly load: InternalLoad<T>
  readonly options: InternalReadOptions<T>
}

/** `undefined`: the values cannot be compared. */
type Compared = boolean | undefined

type Finding = { result: 'same' | 'different' | 'failed'; error?: unknown }

const SECOND_MS = 1000

/** True if hits of this read may be audited. */
export function mayAudit<T>({ audit, strategy }: InternalReadOptions<T>): boolean {
  return audit !== false && strategy !== 'fresh'
}

export class Audit {
  readonly #core: CacheCore
  readonly #tiers: Tiers
  readonly #running: RunningLoads
  readonly #options: ResolvedAudit
  /** Number of hits before the next one that is audited. */
  #skips: number
  #active = 0
  /**
   * Start of the window in which the last audit started, and the number of audits that started in it. A window is a second, or
   * long enough for one audit if `maxPerSecond` is below 1.
   */
  #windowAt = -Infinity
  #started = 0

  constructor(core: CacheCore, options: ResolvedAudit, tiers: Tiers, running: RunningLoads) {
    this.#core = core
    this.#options = options
    this.#tiers = tiers
    this.#running = running
    this.#skips = this.#drawSkips()
  }

  /**
   * Returns true if the current hit must be audited. It stays true for the following hits until `start` is called, because not
   * every caller can start an audit.
   */
  isDue(): boolean {
    if (this.#skips > 0) {
      this.#skips--
      return false
    }
    if (this.#mayStart()) return true
    this.#skips = this.#drawSkips()
    return false
  }

  /** Starts the audit of a hit that is being served. Does not call the loader before the caller continues. Never throws. */
  start<T>(hit: AuditedHit<T>): void {
    this.#skips = this.#drawSkips()
    this.#countStart()
    const ended = this.#run(hit)
    try {
      hit.options.waitUntil?.(ended)
    } catch {
      // The read must not fail. Without `waitUntil`, the audit runs for as long as the runtime lets it.
    }
  }

  /**
   * The gaps between audited hits have the distribution of independent random choices with the probability `share`. Choosing every
   * n-th hit would always meet the same key of periodic traffic.
   */
  #drawSkips(): number {
    return Math.floor(Math.log1p(-this.#core.random()) / Math.log1p(-this.#options.share))
  }

  #mayStart(): boolean {
    const { maxConcurrent, maxPerSecond } = this.#options
    if (this.#active >= maxConcurrent) return false
    return this.#isNewWindow() || this.#started + 1 <= Math.max(1, maxPerSecond)
  }

  #countStart(): void {
    this.#active++
    if (this.#isNewWindow()) {
      this.#windowAt = this.#core.timer()
      this.#started = 0
    }
    this.#started++
  }

  #isNewWindow(): boolean {
    return this.#core.timer() - this.#windowAt >= SECOND_MS / Math.min(1, this.#options.maxPerSecond)
  }

  /** Never rejects. */
  async #run<T>(hit: AuditedHit<T>): Promise<void> {
    const { entry, options } = hit
    const { name: cache, emit, now } = this.#core
    // Memory has compared the entry with the invalidations up to this number, and the hit was served by that.
    const sequence = entry.checkedAt ?? entry.sequence
    const ageMs = Math.max(0, now() - entry.madeAt)
    const finding = await this.#find(hit)
    // A source is mostly changed before its entry is invalidated, and the load may have come between the two.
    if (finding !== undefined && finding.result !== 'same') await this.#pause(this.#options.graceMs)
    this.#active--
    if (finding === undefined || this.#isReplaced(hit, sequence)) return
    emit({ type: 'audit', cache, ...finding, ageMs, ...options.about })
  }

  async #find<T>(hit: AuditedHit<T>): Promise<Finding | undefined> {
    const controller = new AbortController()
    const { hardTimeoutMs = Infinity } = hit.options
    const limitMs = Math.min(hardTimeoutMs, lostAfterMs(hit.options))
    try {
      hit.options.onRefresh?.()
      const compared = this.#compare(hit, controller.signal)
      const isSame = await withDeadline(
        compared,
        limitMs,
        () => this.#expire(controller, limitMs),
        this.#core.deadlines,
      )
      return isSame === undefined ? undefined : { result: isSame ? 'same' : 'different' }
    } catch (error) {
      return { result: 'failed', error }
    }
  }

  /** @throws always, because an audit without a result at its limit has failed. */
  #expire(controller: AbortController, limitMs: number): never {
    const error = new DeadlineError(this.#core.name, limitMs)
    controller.abort(error)
    throw error
  }

  async #compare<T>(hit: AuditedHit<T>, signal: AbortSignal): Promise<Compared> {
    const { key, entry, options, load } = hit
    const context: InternalLoadContext = { key, signal, background: true, storedValue: () => undefined }
    // The code around the hit may be a load, which does not wait for this one.
    const inNoLoad = <R>(call: (context: InternalLoadContext) => R): R => this.#running.run([], call, context)
    const { auditWith } = options
    if (auditWith !== undefined) return inNoLoad((given) => auditWith(entry.value, given))
    await this.#pause(0) // a loader that never awaits would delay the response
    return this.#compareLoaded(hit, await inNoLoad(load))
  }

  /** @throws the error that makes the returned value a failure. */
  async #compareLoaded<T>(
    { key, storeKey, entry, options }: AuditedHit<T>,
    returned: unknown,
  ): Promise<Compared> {
    const { name } = this.#core
    const { value, options: loaded } = resultOf(name, storeKey, returned, options)
    const failure = failureOfResult(name, storeKey, value, loaded)
    if (failure !== undefined) throw failure.error ?? new Error(`cache ${name}: the load returned a failure`)
    if (loaded.share === false || (typeof loaded.keep === 'string' && loaded.keep !== key)) return undefined
    if (loaded.completed === undefined) return this.#areSame(key, entry.value, value as T, options)
    const complete = await loaded.completed
    return complete && (await this.#areSame(key, entry.value, complete.value as T, options)) // all readers of a key use the same value type
  }

  async #areSame<T>(
    key: string,
    stored: T,
    loaded: T,
    { audit, codec }: InternalReadOptions<T>,
  ): Promise<boolean> {
    if (loaded === undefined) return false // a key of many that does not exist any more
    const compare: Compare<T> | undefined = audit || this.#options.compare
    if (compare !== undefined) {
      const isSame = await compare(stored, loaded, key)
      requireValid(`cache ${this.#core.name}: the result of the compare function`, isSame, aBoolean)
      return isSame
    }
    if (areEqual(stored, loaded)) return true
    return codec !== undefined && equalBytes(codec.encode(stored), codec.encode(loaded))
  }

  /** Returns true if the value may have changed for a reason: it was invalidated, made stale, written or loaded since the hit. */
  #isReplaced<T>({ storeKey, entry }: AuditedHit<T>, sequence: number): boolean {
    const { sync, log } = this.#core
    const { memory, tags } = this.#tiers
    sync.applyPending()
    if (this.#tiers.isInvalidated([storeKey], entry, sequence)) return true
    if (log.staleSince([storeKey], tags.all(storeKey, entry), sequence) !== undefined) return true
    const current = memory.stored(storeKey)
    return current !== undefined && !Object.is(current.value, entry.value)
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#core.schedule(resolve, ms)
    })
  }
}
