/**
 * The remote tier as the engine sees it: it answers in time or counts as failed, it never rejects, and it never gives
 * back what was invalidated.
 *
 * Invalidation across processes: nothing is searched and nothing is deleted. Beside the entries there are marks: when a
 * key, a tag or everything was invalidated, and by whom. An entry that was loaded before one of its marks is dead. Marks of
 * this process that the store has not confirmed yet are remembered here, so that its own invalidations hold from the
 * moment they are made, whether the store answers or not; they are sent again until it does.
 */
import { deadFrom, decodeEnvelope, type Entry, type Envelope, encodeEnvelope } from '../stores/entry.ts'
import type { RemoteStore } from '../stores/store.ts'
import { createBreaker } from './breaker.ts'
import type { Codec } from './codec.ts'
import type { TierOperation, TierResult } from './events.ts'
import { createLastMarks } from './last-marks.ts'
import { decodeMark, EVERYTHING, encodeMark, type Mark, markId, skew } from './marks.ts'
import { sizeOf } from './size-of.ts'

export interface RemoteTierOptions {
  store: RemoteStore
  /** Before every key in the store. */
  prefix: string
  /** An operation that takes longer has failed, in ms. */
  timeoutMs: number
  /** Epoch ms. */
  now: () => number
  /** @param error what the store gave as its reason. */
  onOperation: (operation: TierOperation, result: TierResult, startedAt: number, error?: unknown) => void
  /** Monotonic ms. */
  timer: () => number
}

/** What asking for an entry came to. */
export type Found = { found: Omit<Entry, 'born'> } | 'nothing' | 'failed'

export interface RemoteTier {
  readonly up: boolean
  get(key: string, codec: Codec): Promise<Found>
  /** @param loadedAt what {@link RemoteTier.stamp} gave when the load began. */
  set(key: string, entry: Entry, codec: Codec, loadedAt: number): Promise<void>
  delete(key: string): Promise<void>
  /** Holds in this process from the call on, in others once it resolves (or once the store is back). */
  invalidate(marks: readonly Mark[]): Promise<void>
  /** Holds here from the call on, and the store is not told: another thread of this process has invalidated it, and does. */
  heard(mark: Mark): void
  /** A moment on this process's clock, later than every one before. */
  stamp(): number
}

/** Entries are kept remotely no longer than this, so that marks may be forgotten a little later. */
const MAX_ENTRY_MS = 7 * 24 * 60 * 60 * 1000
const MARK_MS = MAX_ENTRY_MS + 60 * 60 * 1000

/** More unconfirmed marks become one on everything. */
const MAX_UNCONFIRMED = 10_000

export function createRemoteTier(options: RemoteTierOptions): RemoteTier {
  const { store, prefix, timeoutMs, now, timer, onOperation } = options
  const breaker = createBreaker({ now })
  const [me = 0] = crypto.getRandomValues(new Uint32Array(1))
  /** When each mark was made here that the store has not confirmed. */
  const unconfirmed = new Map<string, number>()
  /** When other threads' marks were heard of. How far those have come to the store is not known, so they are held. */
  const heard = createLastMarks()
  let confirming: Promise<void> | undefined
  let lastStamp = 0

  function stamp(): number {
    lastStamp = Math.max(now(), lastStamp + 2 ** -10) // what a double still tells apart at this size
    return lastStamp
  }

  /** Asks the store, in time, if it may be asked. `undefined`: it failed. */
  async function ask<T>(
    operation: TierOperation,
    work: () => Promise<T>,
    resultOf: (answer: T) => TierResult,
  ) {
    const startedAt = timer()
    const attempt = breaker.attempt()
    if (attempt === undefined) {
      onOperation(operation, 'out', startedAt)
      return undefined
    }
    try {
      const answer = await inTime(work(), timeoutMs)
      if (answer === late) {
        attempt.failed()
        onOperation(operation, 'timeout', startedAt)
        return undefined
      }
      attempt.succeeded()
      onOperation(operation, resultOf(answer), startedAt)
      return { answer }
    } catch (error) {
      attempt.failed()
      onOperation(operation, 'error', startedAt, error)
      return undefined
    }
  }

  async function get(key: string, codec: Codec): Promise<Found> {
    const at = await nameOf(entryId(key))
    const got = await ask(
      'get',
      () => store.get(at),
      (bytes) => (bytes === undefined ? 'miss' : 'hit'),
    )
    if (got === undefined) return 'failed'
    if (unconfirmed.size > 0) void confirm() // the store is there again; those marks are known here meanwhile
    if (got.answer === undefined) return 'nothing'
    const envelope = decodeEnvelope(got.answer)
    const value = envelope && decoded(envelope, codec)
    if (envelope === undefined || value === undefined) {
      void remove(at) // foreign, corrupt or of another version: it would be in the way for ever
      return 'nothing'
    }
    const dead = await isMarked(key, envelope)
    if (dead === 'failed') return 'failed'
    if (dead) return 'nothing'
    const { payload: _, loadedAt: __, loader: ___, ...entry } = envelope
    return { found: { ...entry, value, bytes: codec.bytes?.(value) ?? sizeOf(value) } }
  }

  function decoded({ payload }: Envelope, codec: Codec): unknown {
    try {
      return codec.decode(payload)
    } catch {
      return undefined // a codec that throws at what it cannot read: as good as nothing
    }
  }

  /** Was it invalidated after it was loaded? */
  async function isMarked(key: string, { tags, loadedAt, loader }: Envelope): Promise<boolean | 'failed'> {
    const ids = [EVERYTHING, markId({ key }), ...tags.map((tag) => markId({ tag }))]
    const trustedUntil = loadedAt - skew(loader, me)
    if (ids.some((id) => (unconfirmed.get(id) ?? 0) >= trustedUntil || heard.hit(id, trustedUntil)))
      return true
    const names = await Promise.all(ids.map(nameOf))
    const got = await ask(
      'get',
      () => store.getMany(names),
      () => 'ok',
    )
    if (got === undefined) return 'failed'
    return got.answer.some((bytes) => {
      const mark = bytes && decodeMark(bytes)
      return mark !== undefined && mark.at >= loadedAt - skew(loader, mark.by)
    })
  }

  async function set(key: string, entry: Entry, codec: Codec, loadedAt: number): Promise<void> {
    const startedAt = timer()
    const ttlMs = Math.min(deadFrom(entry) - now(), MAX_ENTRY_MS)
    if (ttlMs <= 0) return
    const bytes = encoded(entry, codec, loadedAt)
    if (bytes === undefined) return onOperation('set', 'refused', startedAt)
    const at = await nameOf(entryId(key))
    await ask(
      'set',
      () => store.set(at, bytes, Math.ceil(ttlMs)),
      () => 'ok',
    )
  }

  /** `undefined` for what cannot be written as bytes. */
  function encoded(entry: Entry, codec: Codec, loadedAt: number): Uint8Array<ArrayBuffer> | undefined {
    try {
      return encodeEnvelope({ ...entry, loadedAt, loader: me, payload: codec.encode(entry.value) })
    } catch {
      return undefined // told as refused
    }
  }

  async function remove(at: string): Promise<void> {
    await ask(
      'delete',
      () => store.delete(at),
      () => 'ok',
    )
  }

  async function invalidate(marks: readonly Mark[]): Promise<void> {
    const at = stamp()
    for (const mark of marks) unconfirmed.set(markId(mark), at)
    if (unconfirmed.size > MAX_UNCONFIRMED) {
      unconfirmed.clear()
      unconfirmed.set(EVERYTHING, at)
    }
    await confirm()
  }

  /** Sends the marks that the store has not confirmed, those of earlier failures too, until all are or one fails. */
  function confirm(): Promise<void> {
    confirming ??= confirmAll().finally(() => {
      confirming = undefined
    })
    return confirming
  }

  async function confirmAll(): Promise<void> {
    while (unconfirmed.size > 0) {
      const marks = [...unconfirmed]
      // While the store is out, one try says as much as all.
      const sent = await Promise.all((breaker.up ? marks : marks.slice(0, 1)).map(confirmOne))
      if (sent.includes(false)) return
    }
  }

  async function confirmOne([id, at]: readonly [string, number]): Promise<boolean> {
    const name = await nameOf(id)
    const sent = await ask(
      'invalidate',
      () => store.set(name, encodeMark({ at, by: me }), MARK_MS),
      () => 'ok',
    )
    if (sent !== undefined && unconfirmed.get(id) === at) unconfirmed.delete(id)
    return sent !== undefined
  }

  /** A name that every store takes: short names stay readable, others become their hash. */
  async function nameOf(id: string): Promise<string> {
    const name = prefix + id
    if (/^[\x21-\x7e]{1,200}$/.test(name) && !id.includes('#')) return name
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(name)))
    return `hitrate:#${Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')}`
  }

  return {
    get up() {
      return breaker.up
    },
    get,
    set,
    invalidate,
    heard: (mark) => heard.set(markId(mark), stamp()),
    stamp,
    async delete(key) {
      await remove(await nameOf(entryId(key)))
    },
  }
}

function entryId(key: string): string {
  return `e:${key}`
}

const late = Symbol('late')

/** What comes later, a rejection too, is passed over: it has been counted as late. */
async function inTime<T>(work: Promise<T>, timeoutMs: number): Promise<T | typeof late> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const end = new Promise<typeof late>((resolve) => {
    timer = setTimeout(() => resolve(late), timeoutMs)
  })
  return Promise.race([work, end]).finally(() => clearTimeout(timer))
}
