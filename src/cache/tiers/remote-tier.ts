/**
 * The remote tier: it answers in time or counts as failed, never rejects, and never returns an invalidated value.
 *
 * Invalidation across processes searches and deletes nothing. Besides the entries, the store holds marks: the time at which a
 * key, a tag or everything was invalidated, and by which process. An entry that was loaded before one of its marks is dead. A
 * mark that the store has not confirmed is remembered here, so that it applies in this process at once, and is sent again until
 * the store confirms it.
 *
 * The names of entries contain versions (of the envelope's form and of the value's schema), the names of marks do not. Two
 * deployed versions keep separate entries: under one name each would delete entries that only the other can read. A mark of one
 * applies to the entries of both. The envelope repeats its versions, because a name can be forged.
 */
import {
  deadFrom,
  decodeEnvelope,
  type Entry,
  type Envelope,
  encodeEnvelope,
  type Unusable,
} from '../../stores/entry.ts'
import type { RemoteStore } from '../../stores/store.ts'
import type { CacheOptions } from '../cache.ts'
import type { Codec } from '../codec.ts'
import type { CacheCore } from '../core.ts'
import type { TierOperation, TierResult } from '../events.ts'
import type { Invalidation } from '../invalidation/invalidation.ts'
import { RecentMarks } from '../invalidation/recent-marks.ts'
import { sizeOf } from '../size-of.ts'
import { withDeadline } from '../with-deadline.ts'
import { type Breaker, createBreaker } from './breaker.ts'
import { entryId, nameOf, versionOf } from './entry-name.ts'
import { decodeMark, EVERYTHING, encodeMark, markId, skew } from './marks.ts'
import { UnconfirmedMarks } from './unconfirmed-marks.ts'

type RemoteOptions = Pick<CacheOptions, 'namespace' | 'remoteTimeoutMs'>

/** The result of a request for an entry; `undefined` if the store has none that may be used. */
export type RemoteEntry = Omit<Entry, 'sequence'> | 'failed' | undefined

/** Entries are stored for at most this time, so that marks may expire a little later. */
const MAX_ENTRY_MS = 7 * 24 * 60 * 60 * 1000
const MARK_MS = MAX_ENTRY_MS + 60 * 60 * 1000

export class RemoteTier {
  readonly #core: CacheCore
  readonly #store: RemoteStore
  /** Begins every name in the store. */
  readonly #prefix: string
  /** An operation that takes longer has failed, in ms. */
  readonly #timeoutMs: number
  readonly #breaker: Breaker
  /** Identifies this process, and so its clock. */
  readonly #processId = crypto.getRandomValues(new Uint32Array(1))[0] ?? 0
  readonly #unconfirmed: UnconfirmedMarks
  /** Marks received from other threads. They may not have reached the store yet, so they also apply here. */
  readonly #received = new RecentMarks()
  #lastStamp = 0

  constructor(core: CacheCore, store: RemoteStore, { namespace = '', remoteTimeoutMs = 50 }: RemoteOptions) {
    this.#core = core
    this.#store = store
    this.#prefix = `hitrate:${namespace}:` // with a colon also without a namespace, so that names of two caches never meet
    this.#timeoutMs = remoteTimeoutMs
    this.#breaker = createBreaker({ now: core.now })
    this.#unconfirmed = new UnconfirmedMarks(
      (id, time) => this.#sendMark(id, time),
      () => this.#breaker.up,
    )
  }

  get up(): boolean {
    return this.#breaker.up
  }

  /** A time on this process's clock, later than every one before. */
  stamp(): number {
    this.#lastStamp = Math.max(this.#core.now(), this.#lastStamp + 2 ** -10) // the smallest step of a double of this size
    return this.#lastStamp
  }

  async get(key: string, codec: Codec): Promise<RemoteEntry> {
    const name = await nameOf(this.#prefix, entryId(key, codec))
    const got = await this.#ask(
      'get',
      () => this.#store.get(name),
      (bytes) => open(bytes, codec),
    )
    if (got === undefined) return 'failed'
    if (this.#unconfirmed.size > 0) void this.#unconfirmed.confirm() // the store answers again
    if (got.result === 'miss') return undefined
    if (got.result !== 'hit') {
      void this.#remove(name) // unreadable for everyone
      return undefined
    }
    const { envelope, value } = got
    const isDead = await this.#isMarked(key, envelope)
    if (isDead === 'failed') return 'failed'
    if (isDead) return undefined
    const { payload: _, loadedAt: __, loader: ___, schemaVersion: ____, ...entry } = envelope
    return { ...entry, value, bytes: codec.bytes?.(value) ?? sizeOf(value) }
  }

  /** @param loadedAt the {@link RemoteTier.stamp} at which the load started. */
  async set(key: string, entry: Entry, codec: Codec, loadedAt: number): Promise<void> {
    const startedAt = this.#core.timer()
    const ttlMs = Math.min(deadFrom(entry) - this.#core.now(), MAX_ENTRY_MS)
    if (ttlMs <= 0) return
    const bytes = this.#encode(entry, codec, loadedAt)
    if (bytes === undefined) return this.#report('set', 'refused', startedAt)
    const name = await nameOf(this.#prefix, entryId(key, codec))
    await this.#ask('set', () => this.#store.set(name, bytes, Math.ceil(ttlMs)), ok)
  }

  /** Removes the entry of this version of the codec. */
  async delete(key: string, codec: Codec): Promise<void> {
    await this.#remove(await nameOf(this.#prefix, entryId(key, codec)))
  }

  /** Applies in this process at once, in others when the promise resolves (or when the store answers again). */
  async invalidate(invalidations: readonly Invalidation[]): Promise<void> {
    this.#unconfirmed.add(invalidations.map(markId), this.stamp())
    await this.#unconfirmed.confirm()
  }

  /** Applies an invalidation of another thread, which also sends it to the store. */
  receive(invalidation: Invalidation): void {
    this.#received.mark(markId(invalidation), this.stamp())
  }

  /** Asks the store, unless the breaker is open; `take` makes the result of the answer. `undefined`: it failed. */
  async #ask<T, A extends { result: TierResult }>(
    operation: TierOperation,
    work: () => Promise<T>,
    take: (answer: T) => A,
  ): Promise<A | undefined> {
    const startedAt = this.#core.timer()
    const attempt = this.#breaker.attempt()
    if (attempt === undefined) {
      this.#report(operation, 'out', startedAt)
      return undefined
    }
    try {
      const answer = await withDeadline<T, typeof LATE>(
        work(),
        this.#timeoutMs,
        () => LATE,
        this.#core.schedule,
      )
      if (answer === LATE) {
        attempt.failed()
        this.#report(operation, 'timeout', startedAt)
        return undefined
      }
      attempt.succeeded()
      const endedAt = this.#core.timer() // before the decoding
      const taken = take(answer)
      this.#report(operation, taken.result, startedAt, undefined, endedAt)
      return taken
    } catch (error) {
      attempt.failed()
      this.#report(operation, 'error', startedAt, error)
      return undefined
    }
  }

  /** True if the entry was invalidated after it was loaded. */
  async #isMarked(key: string, { tags, loadedAt, loader }: Envelope): Promise<boolean | 'failed'> {
    const ids = [EVERYTHING, markId({ key }), ...tags.map((tag) => markId({ tag }))]
    const trustedUntil = loadedAt - skew(loader, this.#processId)
    const isMarkedHere = ids.some(
      (id) =>
        this.#unconfirmed.isMarkedSince(id, trustedUntil) || this.#received.isMarkedAfter(id, trustedUntil),
    )
    if (isMarkedHere) return true
    const names = await Promise.all(ids.map((id) => nameOf(this.#prefix, id)))
    const got = await this.#ask(
      'get',
      () => this.#store.getMany(names),
      (marks) => ({ result: 'ok', marks }),
    )
    if (got === undefined) return 'failed'
    return got.marks.some((bytes) => {
      const mark = bytes && decodeMark(bytes)
      return mark !== undefined && mark.at >= loadedAt - skew(loader, mark.by)
    })
  }

  /** `undefined` for a value that cannot be encoded. */
  #encode(entry: Entry, codec: Codec, loadedAt: number): Uint8Array<ArrayBuffer> | undefined {
    try {
      const payload = codec.encode(entry.value)
      const schemaVersion = versionOf(codec)
      return encodeEnvelope({ ...entry, schemaVersion, loadedAt, loader: this.#processId, payload })
    } catch {
      return undefined // reported as refused
    }
  }

  #report(
    operation: TierOperation,
    result: TierResult,
    startedAt: number,
    error?: unknown,
    endedAt = this.#core.timer(),
  ): void {
    this.#core.emitTier('remote', operation, result, { durationMs: endedAt - startedAt, error })
  }

  async #remove(name: string): Promise<void> {
    await this.#ask('delete', () => this.#store.delete(name), ok)
  }

  async #sendMark(id: string, time: number): Promise<boolean> {
    const name = await nameOf(this.#prefix, id)
    const mark = encodeMark({ at: time, by: this.#processId })
    return (await this.#ask('invalidate', () => this.#store.set(name, mark, MARK_MS), ok)) !== undefined
  }
}

const LATE: unique symbol = Symbol('late')

type Opened = { result: 'miss' | Unusable } | { result: 'hit'; envelope: Envelope; value: unknown }

function ok(): { result: 'ok' } {
  return { result: 'ok' }
}

/** Never throws: unreadable bytes are no failure of the store. */
function open(bytes: Uint8Array | undefined, codec: Codec): Opened {
  if (bytes === undefined) return { result: 'miss' }
  const envelope = decodeEnvelope(bytes)
  if (typeof envelope === 'string') return { result: envelope }
  if (envelope.schemaVersion !== versionOf(codec)) return { result: 'outdated' }
  const value = decoded(envelope, codec)
  return value === undefined ? { result: 'corrupt' } : { result: 'hit', envelope, value }
}

function decoded({ payload }: Envelope, codec: Codec): unknown {
  try {
    return codec.decode(payload)
  } catch {
    return undefined // a codec that throws counts as one that returned undefined
  }
}
