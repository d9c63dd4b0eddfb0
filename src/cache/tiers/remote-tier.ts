/**
 * The remote tier: one store that several processes share. Its operations never reject: an operation that is late or fails
 * counts as failed.
 *
 * A read gets a value, or the lease to load it, or waits for the process that has the lease. A value is stored only while its
 * lease holds, and an invalidation ends the lease. So a load that an invalidation overtakes cannot store its value, whatever
 * the order in which messages arrive.
 */
import { deadFrom, decodeEnvelope, type Entry, encodeEnvelope, type Unusable } from '../../stores/entry.ts'
import type { RemoteAnswer, RemoteNamespace, RemoteStore } from '../../stores/store.ts'
import type { CacheOptions } from '../cache.ts'
import type { Codec } from '../codec.ts'
import type { CacheCore } from '../core.ts'
import type { TierResult } from '../events.ts'
import { staleFrom } from '../freshness.ts'
import { sizeOf } from '../size-of.ts'
import { withDeadline } from '../with-deadline.ts'
import { entryVersion, nameOf, schemaVersionOf } from './entry-name.ts'
import { Lease } from './lease.ts'
import { LeaseWaits } from './lease-waits.ts'
import { ReadQueue } from './read-queue.ts'
import { type AnnouncementOf, RemoteInvalidations } from './remote-invalidations.ts'
import { type CallEnd, StoreCalls } from './store-calls.ts'

export type RemoteOptions = Pick<CacheOptions, 'namespace' | 'remoteTimeoutMs' | 'leaseMs'>

/** An entry of the remote tier, without its place in the order of this process's invalidations. */
export type FoundEntry = Omit<Entry, 'sequence'> & { readonly remoteId: string }

/**
 * Result of a read. `lease`: this read must load. `absent`: there is no value. `refused`: this read may load, but cannot store
 * the value here. `failed`: the store gave no answer. `waited`: true if the value is that of a load in another process for which
 * this read has waited.
 */
export type RemoteResult =
  | { kind: 'value'; entry: FoundEntry; waited: boolean }
  | { kind: 'lease'; lease: Lease }
  | { kind: 'absent' | 'refused' | 'failed' }

export interface RemoteReadOptions {
  /** Id of a value that is not good enough; `'*'`: no stored value is. */
  not?: string | undefined
  /** True if the reader will load. */
  lease: boolean
  /** Ends the wait for another process. Default: no wait. */
  signal?: AbortSignal | undefined
  /** Time limit of the first call, in ms. Default: that of every call. */
  budgetMs?: number
}

/** Result of storing a value: its id, `'lost'` if it may have been invalidated, `undefined` if it is not stored. */
export type StoredRemotely = { id: string } | 'lost' | undefined

/** The result of one read, before any wait for another process. */
type Asked =
  | { kind: 'value'; entry: FoundEntry }
  | { kind: 'lease'; lease: Lease }
  | { kind: 'busy' | 'absent' | 'refused' | 'failed' }

/** Maximum time for which an entry is stored, in ms. */
const MAX_ENTRY_MS = 30 * 24 * 60 * 60 * 1000

/** Time in ms for which a read waits for loads of other processes. After that it loads by itself. */
const MAX_WAIT_MS = 30_000

/** Number of loads of other processes for which one read waits. */
const MAX_LEADERS = 2

export class RemoteTier {
  readonly invalidations: RemoteInvalidations
  readonly waits: LeaseWaits
  readonly #core: CacheCore
  readonly #calls: StoreCalls
  readonly #entries: RemoteNamespace
  readonly #queue: ReadQueue
  readonly #leaseMs: number
  readonly #announcementOf: AnnouncementOf
  readonly #hasMessages: () => boolean

  /** @param bus the messages between processes; `announcementOf` returns undefined and `isCurrent` false if there are none. */
  constructor(
    core: CacheCore,
    store: RemoteStore,
    { namespace = '', remoteTimeoutMs = 50, leaseMs = 1000 }: RemoteOptions,
    bus: { announcementOf: AnnouncementOf; isCurrent: () => boolean },
  ) {
    this.#core = core
    this.#leaseMs = leaseMs
    this.#announcementOf = bus.announcementOf
    this.#hasMessages = bus.isCurrent
    this.#calls = new StoreCalls(core, store, remoteTimeoutMs)
    this.#entries = store.open({ namespace: `hitrate:${namespace}`, leaseMs })
    this.#queue = new ReadQueue(this.#calls, this.#entries, core.coalesce)
    this.waits = new LeaseWaits(core.schedule, leaseMs)
    this.invalidations = new RemoteInvalidations(core, this.#calls, this.#entries, bus.announcementOf)
  }

  get up(): boolean {
    return this.#calls.up
  }

  get timeoutMs(): number {
    return this.#calls.timeoutMs
  }

  /** The messages of the store, for the bus; `undefined` if it has none. */
  get messages(): Required<Pick<RemoteNamespace, 'announce' | 'subscribe'>> | undefined {
    const { announce, subscribe } = this.#entries
    if (announce === undefined || subscribe === undefined) return undefined
    return {
      announce: announce.bind(this.#entries),
      subscribe: subscribe.bind(this.#entries),
    }
  }

  /** Sends a text to all subscribers. Resolves to false if it could not be sent; never rejects. */
  async announce(text: string): Promise<boolean> {
    const end = await this.#calls.attempt('invalidate', async () => this.#entries.announce?.(text))
    return end.ok
  }

  async read(key: string, codec: Codec, options: RemoteReadOptions): Promise<RemoteResult> {
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
      waitingSince ??= timer()
      const end = await this.waits.wait(await nameOf(key), messages, polls, this.#hasMessages(), signal)
      if (end === 'left') return this.#ended({ kind: 'refused' }, waitingSince)
      if (end === 'woken') leaders++
    }
  }

  /**
   * Invalidates the key and stores a value, unless another process writes the key at the same time. `isConfirmed` resolves to
   * true if the store has confirmed the invalidation. Neither promise rejects.
   *
   * @param entry `undefined` if there is no value to store.
   */
  write(
    key: string,
    entry: Entry | undefined,
    codec: Codec,
  ): { isConfirmed: Promise<boolean>; stored: Promise<StoredRemotely> } {
    const startedAt = this.#core.timer()
    const bytes = entry && this.#encode(entry, codec, startedAt)
    if (entry === undefined || bytes === undefined) {
      return { isConfirmed: this.invalidations.invalidate([{ key }]), stored: Promise.resolve(undefined) }
    }
    const started = this.#startWrite(key, codec)
    return {
      isConfirmed: this.invalidations.track(
        key,
        started.then((token) => token !== undefined),
      ),
      stored: started.then((token) => this.#finishWrite({ key, token, entry, bytes, codec })),
    }
  }

  /** Stores the value of a load under the key of its lease. The lease ends in any case. */
  async store(lease: Lease, entry: Entry, codec: Codec): Promise<StoredRemotely> {
    const bytes = this.#encode(entry, codec, this.#core.timer())
    const ttlMs = this.#lifetimeOf(entry)
    // While an invalidation of a tag has not reached the store, the store would accept a value from before it.
    if (bytes === undefined || ttlMs <= 0 || !(await this.invalidations.mayUse(entry.tags))) {
      await lease.release()
      return undefined
    }
    const tags = await Promise.all(entry.tags.map(nameOf))
    return lease.store({ bytes, tags, ttlMs })
  }

  /** Removes the value of a key in all versions, because its load returned a value that must not be stored. */
  async remove(key: string): Promise<void> {
    const name = await nameOf(key)
    await this.#calls.call('delete', 'invalidate', () => this.#entries.invalidate({ keys: [name] }))
  }

  close(): void {
    this.#calls.close()
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

  /** Reads once; and once more if the stored value cannot be used. */
  async #ask(
    key: string,
    codec: Codec,
    { not, lease }: RemoteReadOptions,
    budgetMs: number | undefined,
  ): Promise<Asked> {
    if (!(await this.invalidations.mayRead(key))) return { kind: 'failed' }
    const first = await this.#askOnce(key, codec, not, lease, budgetMs)
    if (first.kind !== 'unusable') return first
    if (!lease) return { kind: 'absent' }
    const second = await this.#askOnce(key, codec, first.id, lease, budgetMs)
    return second.kind === 'unusable' ? { kind: 'refused' } : second
  }

  async #askOnce(
    key: string,
    codec: Codec,
    not: string | undefined,
    lease: boolean,
    budgetMs: number | undefined,
  ): Promise<Asked | { kind: 'unusable'; id: string }> {
    const name = await nameOf(key)
    const version = entryVersion(codec)
    const end = await this.#withinBudget(this.#queue.read({ name, version, not, lease }), budgetMs)
    if (!end.ok) {
      this.#calls.report('get', end.result, end)
      return { kind: 'failed' }
    }
    const { answer } = end
    if (answer.kind === 'value') return this.#opened(answer, codec, end)
    this.#calls.report('get', answer.kind === 'busy' ? 'busy' : 'miss', end)
    if (answer.kind !== 'lease') return { kind: answer.kind }
    this.#core.emit({
      type: 'lease',
      cache: this.#core.name,
      result: answer.takenOver ? 'taken-over' : 'granted',
    })
    const granted = { name, version, token: answer.token }
    return { kind: 'lease', lease: new Lease(this.#core, this.#calls, this.#entries, granted, this.#leaseMs) }
  }

  /** The later calls of a read share its time limit, so they may have less than a call of their own. */
  #withinBudget(
    read: Promise<CallEnd<RemoteAnswer>>,
    budgetMs: number | undefined,
  ): Promise<CallEnd<RemoteAnswer>> {
    if (budgetMs === undefined || budgetMs >= this.timeoutMs) return read
    const late = { ok: false, result: 'timeout', durationMs: budgetMs } as const
    return withDeadline(read, Math.max(0, budgetMs), () => late, this.#core.schedule)
  }

  /** Decodes a stored value. Never throws, because unreadable bytes must not count as a failure of the store. */
  async #opened(
    { bytes, id, expiredAt }: RemoteAnswer & { kind: 'value' },
    codec: Codec,
    end: { durationMs: number },
  ): Promise<{ kind: 'value'; entry: FoundEntry } | { kind: 'unusable'; id: string }> {
    const opened = openEnvelope(bytes, codec)
    this.#calls.report('get', typeof opened === 'string' ? opened : 'hit', end)
    if (typeof opened === 'string' || !(await this.invalidations.mayUse(opened.tags))) {
      return { kind: 'unusable', id }
    }
    const entry = { ...opened, remoteId: id }
    return { kind: 'value', entry: expiredAt === undefined ? entry : staleFrom(entry, expiredAt) }
  }

  async #startWrite(key: string, codec: Codec): Promise<string | 'contended' | undefined> {
    const name = await nameOf(key)
    const announcement = this.#announcementOf([{ key }])
    return this.#calls.call('invalidate', 'invalidate', async () => {
      const token = await this.#entries.startWrite(name, entryVersion(codec), announcement)
      return token ?? 'contended'
    })
  }

  async #finishWrite(write: {
    key: string
    token: string | 'contended' | undefined
    entry: Entry
    bytes: Uint8Array<ArrayBuffer>
    codec: Codec
  }): Promise<StoredRemotely> {
    const { token, entry } = write
    if (token === undefined) return undefined
    if (token === 'contended') return 'lost'
    const lease = { name: await nameOf(write.key), version: entryVersion(write.codec), token }
    const ttlMs = this.#lifetimeOf(entry)
    if (ttlMs <= 0 || !(await this.invalidations.mayUse(entry.tags))) {
      await this.#calls.call('release', 'invalidate', () => this.#entries.release(lease))
      return undefined
    }
    const tags = await Promise.all(entry.tags.map(nameOf))
    const answer = await this.#calls.call(
      'set',
      'write',
      () => this.#entries.store({ ...lease, bytes: write.bytes, tags, ttlMs }),
      (stored) => (stored === 'stored' ? 'ok' : 'lost'),
    )
    return answer === 'stored' ? { id: token } : answer
  }

  /** Returns `undefined` if the value cannot be encoded. */
  #encode(entry: Entry, codec: Codec, startedAt: number): Uint8Array<ArrayBuffer> | undefined {
    try {
      const payload = codec.encode(entry.value)
      const bytes = encodeEnvelope({ ...entry, schemaVersion: schemaVersionOf(codec), payload })
      if (bytes !== undefined) return bytes
      throw new RangeError('the version of the codec must be an unsigned 32-bit integer')
    } catch (error) {
      this.#calls.report('set', 'refused', { durationMs: this.#core.timer() - startedAt, error })
      return undefined
    }
  }

  #lifetimeOf(entry: Entry): number {
    return Math.ceil(Math.min(deadFrom(entry) - this.#core.now(), MAX_ENTRY_MS))
  }
}

/** Returns the entry in an envelope, or the reason why it cannot be used. Never throws. */
function openEnvelope(
  bytes: Uint8Array<ArrayBuffer>,
  codec: Codec,
): Omit<Entry, 'sequence'> | Unusable {
  const envelope = decodeEnvelope(bytes)
  if (typeof envelope === 'string') return envelope
  const { schemaVersion, payload, ...entry } = envelope
  if (schemaVersion !== schemaVersionOf(codec)) return 'outdated'
  try {
    const value = codec.decode(payload)
    if (value === undefined) return 'corrupt'
    return { ...entry, value, bytes: codec.bytes?.(value) ?? sizeOf(value) }
  } catch {
    return 'corrupt' // a codec that throws counts as one that returned undefined
  }
}
