/**
 * The remote tier. Its operations never reject: an operation that is late or fails counts as failed. The tier never returns an
 * invalidated value.
 *
 * An invalidation across processes neither searches nor deletes entries. Instead, the store holds marks beside the entries. A
 * mark is the time at which a key, a tag or everything was invalidated, and the process that did it. An entry is invalid if it
 * was loaded before one of its marks. This process remembers each mark until the store has confirmed it: the mark applies here
 * at once, and is sent again until then.
 *
 * The names of entries contain the versions of the binary format and of the value's schema. The names of marks contain no
 * version. So two deployed versions keep separate entries, but a mark of either version applies to the entries of both. If the
 * versions shared a name, each would delete the entries of the other as unreadable. The envelope repeats the versions, because
 * a name can be forged.
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
import { type Codec, sizeOfDecoded } from '../codec.ts'
import type { CacheCore } from '../core.ts'
import type { TierOperation, TierResult } from '../events.ts'
import type { Invalidation } from '../invalidation/invalidation.ts'
import { RecentMarks } from '../invalidation/recent-marks.ts'
import { withDeadline } from '../with-deadline.ts'
import { type Breaker, createBreaker } from './breaker.ts'
import { entryId, nameOf, versionOf } from './entry-name.ts'
import { decodeMark, EVERYTHING, encodeMark, markId, skew } from './marks.ts'
import { UnconfirmedMarks } from './unconfirmed-marks.ts'

type RemoteOptions = Pick<CacheOptions, 'namespace' | 'remoteTimeoutMs'>

/** Result of `get`: `failed` if the store gave no answer, `undefined` if it has no usable entry. */
export type RemoteEntry = Omit<Entry, 'sequence'> | 'failed' | undefined

/** Maximum time for which an entry is stored. It is limited, so that a mark can outlive every entry that it invalidates. */
const MAX_ENTRY_MS = 7 * 24 * 60 * 60 * 1000
const MARK_MS = MAX_ENTRY_MS + 60 * 60 * 1000

export class RemoteTier {
  readonly #core: CacheCore
  readonly #store: RemoteStore
  /** Prefix of every name, before long names are replaced by their hash. */
  readonly #prefix: string
  /** Time limit of one operation, in ms. */
  readonly #timeoutMs: number
  readonly #breaker: Breaker
  /** Identifies this process, and so its clock. */
  readonly #processId = crypto.getRandomValues(new Uint32Array(1))[0] ?? 0
  readonly #unconfirmed: UnconfirmedMarks
  /** Marks that came from other threads. They may not have reached the store yet, so they also apply here. */
  readonly #received = new RecentMarks()
  #lastStamp = 0

  constructor(core: CacheCore, store: RemoteStore, { namespace = '', remoteTimeoutMs = 50 }: RemoteOptions) {
    this.#core = core
    this.#store = store
    this.#prefix = `hitrate:${namespace}:` // the second colon keeps names of two caches different
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

  /** Returns a time on this process's clock, later than every time returned before. */
  stamp(): number {
    this.#lastStamp = Math.max(this.#core.now(), this.#lastStamp + 2 ** -10) // a step that a double can represent at this size
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
    if (this.#unconfirmed.size > 0) void this.#unconfirmed.confirm() // the store has answered, so it can confirm them now
    if (got.result === 'miss') return undefined
    if (got.result !== 'hit') {
      void this.#remove(name) // no reader of this name can use these bytes
      return undefined
    }
    const { envelope, value } = got
    const isDead = await this.#isMarked(key, envelope)
    if (isDead === 'failed') return 'failed'
    if (isDead) return undefined
    const { payload: _, loadedAt: __, loader: ___, schemaVersion: ____, ...entry } = envelope
    return { ...entry, value, bytes: sizeOfDecoded(codec, value, this.#core.memory?.stats().maxBytes ?? 0) }
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

  /** Removes the entry of the key for this version of the codec. */
  async delete(key: string, codec: Codec): Promise<void> {
    await this.#remove(await nameOf(this.#prefix, entryId(key, codec)))
  }

  /**
   * Invalidates in this process at once, and in other processes by the time the promise resolves. If the store fails, other
   * processes follow once it answers again.
   */
  async invalidate(invalidations: readonly Invalidation[]): Promise<void> {
    this.#unconfirmed.add(invalidations.map(markId), this.stamp())
    await this.#unconfirmed.confirm()
  }

  /** Applies an invalidation of another thread. That thread sends it to the store. */
  receive(invalidation: Invalidation): void {
    this.#received.mark(markId(invalidation), this.stamp())
  }

  /**
   * Runs an operation of the store, unless the breaker is open. `take` converts the answer to the result. Returns `undefined`
   * if the operation failed or was not attempted.
   */
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
      const endedAt = this.#core.timer() // read here, so that the duration excludes decoding
      const taken = take(answer)
      this.#report(operation, taken.result, startedAt, undefined, endedAt)
      return taken
    } catch (error) {
      attempt.failed()
      this.#report(operation, 'error', startedAt, error)
      return undefined
    }
  }

  /** Returns true if the entry was invalidated after its load started; `failed` if the store gave no answer. */
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

  /** Returns `undefined` if the value cannot be encoded. */
  #encode(entry: Entry, codec: Codec, loadedAt: number): Uint8Array<ArrayBuffer> | undefined {
    try {
      const payload = codec.encode(entry.value)
      const schemaVersion = versionOf(codec)
      return encodeEnvelope({ ...entry, schemaVersion, loadedAt, loader: this.#processId, payload })
    } catch {
      return undefined // the caller reports it as refused
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

/** Decodes bytes from the store. Never throws, because unreadable bytes must not count as a failure of the store. */
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
