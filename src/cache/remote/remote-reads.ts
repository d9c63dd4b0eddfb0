/**
 * Reads of the remote tier. A read gets a value, or the lease to load it, or waits for the process that has the lease. Reads never
 * reject: one that is late or fails counts as failed.
 */
import { decodeEnvelope, type Entry, type Unusable as Unreadable } from '../../stores/entry.ts'
import type { CacheCore } from '../core.ts'
import { timesOfStale } from '../freshness.ts'
import { withDeadline } from '../timing/with-deadline.ts'
import { type Codec, sizeOfDecoded } from '../values/codec.ts'
import { jsonCodec } from '../values/json-codec.ts'
import { entryVersion, nameOf, schemaVersionOf } from './entry-name.ts'
import { Lease, type LeaseParts } from './lease.ts'
import { LeaseWaits } from './lease-waits.ts'
import { ReadQueue, type ServerAnswer } from './read-queue.ts'
import type { RemoteInvalidations } from './remote-invalidations.ts'
import type { CallEnd, StoreCalls } from './store-calls.ts'

/** An entry of the remote tier, without its place in the order of this process's invalidations. */
export type FoundEntry = Omit<Entry, 'sequence'> & { readonly remoteId: string }

/**
 * Result of a read. `askedAt`: time of the request, epoch ms; the value is that of this time or later. `lease`: this read must load. `absent`: there is no value. `refused`: this read may load, but cannot store
 * the value here. `failed`: the store gave no answer. `waited`: true if the value is that of a load in another process for which
 * this read has waited.
 */
export type RemoteResult =
  | { kind: 'value'; entry: FoundEntry; askedAt: number; waited: boolean }
  | { kind: 'lease'; lease: Lease }
  | { kind: 'absent' | 'refused' | 'failed' }

export interface RemoteReadOptions {
  /** Id of a value that is not good enough; `'*'`: no stored value is. */
  not?: string | undefined
  /** True if the reader will load. */
  lease: boolean
  /** Tags that the value has or will have, as far as they are known. */
  tags?: readonly string[] | undefined
  /** Ends the wait for another process. Default: no wait. */
  signal?: AbortSignal | undefined
  /** Called when the read begins to wait for another process. */
  onWait?: (() => void) | undefined
  /** Time limit of the first call, in ms. Default: that of every call. */
  budgetMs?: number
}

/** The result of one read, before any wait for another process. */
type Asked =
  | { kind: 'value'; entry: FoundEntry; askedAt: number }
  | { kind: 'lease'; lease: Lease }
  | { kind: 'busy' | 'absent' | 'refused' | 'failed' }

/**
 * A stored value that this read must not use: unreadable, or with `tags`, one of which was invalidated here while the store may
 * not have known.
 */
interface Unusable {
  kind: 'unusable'
  id: string
  tags?: readonly string[]
}

/** Number of calls of one read. */
const MAX_TRIES = 3

/** Time in ms for which a read waits for loads of other processes. After that it loads by itself. */
const MAX_WAIT_MS = 30_000

/** Number of loads of other processes that one read waits for. If the value cannot be shared, further waits would not help. */
const MAX_LEADERS = 1

/** The parts of the remote tier that its reads use. */
export interface RemoteReadsParts extends LeaseParts {
  invalidations: RemoteInvalidations
  /** Returns true if a message ends the wait for another process. */
  hasMessages: () => boolean
}

export class RemoteReads {
  readonly waits: LeaseWaits
  readonly #core: CacheCore
  readonly #parts: RemoteReadsParts
  readonly #calls: StoreCalls
  readonly #queue: ReadQueue

  constructor(parts: RemoteReadsParts) {
    const { core, calls, entries, leaseMs } = parts
    this.waits = new LeaseWaits(core.schedule, leaseMs)
    this.#core = core
    this.#parts = parts
    this.#calls = calls
    this.#queue = new ReadQueue(calls, entries, core.coalesce)
  }

  async read(key: string, codec: Codec = jsonCodec, options: RemoteReadOptions): Promise<RemoteResult> {
    const { timer } = this.#core
    const startedAt = timer()
    let waitingSince: number | undefined
    let leaders = 0
    for (let polls = 0; ; polls++) {
      const messages = this.waits.messages
      const asked = await this.#ask(key, codec, options, polls === 0 ? options.budgetMs : undefined)
      const { signal } = options
      const isTooLong = timer() - startedAt >= MAX_WAIT_MS || leaders === MAX_LEADERS
      if (asked.kind !== 'busy' || signal === undefined || isTooLong) return this.#ended(asked, waitingSince)
      if (waitingSince === undefined) options.onWait?.()
      waitingSince ??= timer()
      const end = await this.waits.wait(await nameOf(key), messages, polls, this.#parts.hasMessages(), signal)
      if (end === 'left') return this.#ended({ kind: 'refused' }, waitingSince)
      if (end === 'woken') leaders++
    }
  }

  /** Reports the end of a wait. */
  #ended(asked: Asked, waitingSince: number | undefined): RemoteResult {
    const hasWaited = waitingSince !== undefined
    if (hasWaited) {
      const result = asked.kind === 'value' ? 'value' : asked.kind === 'lease' ? 'none' : 'left'
      const durationMs = this.#core.timer() - waitingSince
      this.#core.emit({ type: 'lease-wait', cache: this.#core.name, result, durationMs })
    }
    if (asked.kind === 'value') return { ...asked, waited: hasWaited }
    if (asked.kind === 'busy') return { kind: 'refused' }
    return asked.kind === 'lease' ? asked : { kind: asked.kind }
  }

  /** Asks once, and again if the stored value cannot be used. */
  async #ask(
    key: string,
    codec: Codec,
    { not, lease, tags }: RemoteReadOptions,
    budgetMs: number | undefined,
  ): Promise<Asked> {
    const { invalidations } = this.#parts
    if (invalidations.isUncertain) return { kind: lease ? 'refused' : 'absent' }
    if (!(await invalidations.mayRead(key))) return { kind: 'failed' }
    let unwanted = not
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const asked = await this.#askOnce(key, codec, { not: unwanted, lease, tags }, budgetMs)
      if (asked.kind !== 'unusable') return asked
      if (asked.tags === undefined) unwanted = asked.id
      else if (!(await invalidations.settleTags(asked.tags))) return { kind: 'failed' }
    }
    return { kind: lease ? 'refused' : 'absent' }
  }

  async #askOnce(
    key: string,
    codec: Codec,
    { not, lease, tags: expected = [] }: RemoteReadOptions,
    budgetMs: number | undefined,
  ): Promise<Asked | Unusable> {
    const name = await nameOf(key)
    const needsTags = this.#parts.entries.readsTags === true && expected.length > 0
    const tags = needsTags ? await Promise.all(expected.map(nameOf)) : undefined
    const version = entryVersion(codec)
    const isUnconfirmed = this.#parts.invalidations.unconfirmedTags()
    const askedAt = this.#core.now()
    const end = await this.#withinBudget(this.#queue.read({ name, version, not, lease, tags }), budgetMs)
    if (!end.ok) {
      this.#calls.report('get', end.result, end)
      return { kind: 'failed' }
    }
    const { answer } = end
    if (answer.kind === 'value') {
      const opened = this.#opened(answer, codec, end)
      // The store may have read the value before it executed an invalidation that was sent earlier.
      if (opened.kind === 'unusable') return opened
      const isDoubtful = isUnconfirmed?.(opened.entry.tags)
      return isDoubtful
        ? { kind: 'unusable', id: answer.id, tags: opened.entry.tags }
        : { ...opened, askedAt }
    }
    this.#calls.report('get', answer.kind === 'busy' ? 'busy' : 'miss', end)
    if (answer.kind !== 'lease') return { kind: answer.kind }
    const granted = { name, version, token: answer.token }
    return { kind: 'lease', lease: new Lease(this.#parts, granted, answer.takenOver) }
  }

  /** The later calls of a read share its time limit, so they may have less than a call of their own. */
  #withinBudget(
    read: Promise<CallEnd<ServerAnswer>>,
    budgetMs: number | undefined,
  ): Promise<CallEnd<ServerAnswer>> {
    if (budgetMs === undefined || budgetMs >= this.#calls.timeoutMs) return read
    const late = { ok: false, result: 'timeout', durationMs: budgetMs } as const
    return withDeadline(read, Math.max(0, budgetMs), () => late, this.#core.schedule)
  }

  /** Decodes a stored value. Never throws, because unreadable bytes must not count as a failure of the store. */
  #opened(
    { bytes, id, expiredAt }: ServerAnswer & { kind: 'value' },
    codec: Codec,
    end: { durationMs: number },
  ): { kind: 'value'; entry: FoundEntry } | Unusable {
    const opened = openEnvelope(bytes, codec, this.#core.maxBytes)
    this.#calls.report('get', typeof opened === 'string' ? opened : 'hit', end)
    if (typeof opened === 'string') return { kind: 'unusable', id }
    const times = expiredAt === undefined ? undefined : timesOfStale(opened, expiredAt)
    return { kind: 'value', entry: { ...opened, ...times, remoteId: id } }
  }
}

/** Returns the entry in an envelope, or the reason why it cannot be used. Never throws. */
function openEnvelope(
  bytes: Uint8Array<ArrayBuffer>,
  codec: Codec,
  maxBytes: number,
): Omit<Entry, 'sequence'> | Unreadable {
  const envelope = decodeEnvelope(bytes)
  if (typeof envelope === 'string') return envelope
  const { schemaVersion, payload, ...entry } = envelope
  if (schemaVersion !== schemaVersionOf(codec)) return 'outdated'
  try {
    const value = codec.decode(payload)
    if (value === undefined) return 'corrupt'
    return { ...entry, value, bytes: sizeOfDecoded(codec, value, maxBytes) }
  } catch {
    return 'corrupt' // a codec that throws counts as one that returned undefined
  }
}
