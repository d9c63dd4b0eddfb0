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
import type { TierOperation, TierResult } from './events.ts'

/** Values as bytes. `decode` gives `undefined` for what it cannot read, and never throws. */
export interface Codec<T = unknown> {
  encode(value: T): Uint8Array<ArrayBuffer>
  decode(bytes: Uint8Array<ArrayBuffer>): T | undefined
}

/** What cannot be written as JSON throws when it is encoded, and is not kept remotely. */
export const jsonCodec: Codec = {
  encode: (value) => new TextEncoder().encode(JSON.stringify(value)),
  decode(bytes) {
    try {
      return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    } catch {
      return undefined // not JSON: as good as nothing
    }
  },
}

export interface RemoteTierOptions {
  store: RemoteStore
  /** Before every key in the store. */
  prefix: string
  /** An operation that takes longer has failed, in ms. */
  timeoutMs: number
  /** Epoch ms. */
  now: () => number
  onOperation: (operation: TierOperation, result: TierResult, startedAt: number) => void
  /** Monotonic ms. */
  timer: () => number
}

/** What asking for an entry came to. */
export type Found = { found: Omit<Entry, 'born'> } | 'nothing' | 'failed'

/** What is invalidated. */
export type Mark = { key: string } | { tag: string } | 'everything'

export interface RemoteTier {
  readonly up: boolean
  get(key: string, codec: Codec): Promise<Found>
  /** @param loadedAt what {@link RemoteTier.stamp} gave when the load began. */
  set(key: string, entry: Entry, codec: Codec, loadedAt: number): Promise<void>
  delete(key: string): Promise<void>
  /** Holds in this process from the call on, in others once it resolves (or once the store is back). */
  invalidate(marks: readonly Mark[]): Promise<void>
  /** A moment on this process's clock, later than every one before. */
  stamp(): number
}

/** Entries are kept remotely no longer than this, so that marks may be forgotten a little later. */
const MAX_ENTRY_MS = 7 * 24 * 60 * 60 * 1000
const MARK_MS = MAX_ENTRY_MS + 60 * 60 * 1000

/** How far the clocks of two processes may be apart: what another loaded so shortly after a mark is not trusted. */
const CLOCK_SKEW_MS = 1000

/** More unconfirmed marks become one on everything. */
const MAX_UNCONFIRMED = 10_000

export function createRemoteTier(options: RemoteTierOptions): RemoteTier {
  const { store, prefix, timeoutMs, now, timer, onOperation } = options
  const breaker = createBreaker({ now })
  const [me = 0] = crypto.getRandomValues(new Uint32Array(1))
  /** When each mark was made here that the store has not confirmed. */
  const unconfirmed = new Map<string, number>()
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
    if (!breaker.allows()) {
      onOperation(operation, 'out', startedAt)
      return undefined
    }
    try {
      const answer = await inTime(work(), timeoutMs)
      if (answer === late) {
        breaker.failed()
        onOperation(operation, 'timeout', startedAt)
        return undefined
      }
      breaker.succeeded()
      onOperation(operation, resultOf(answer), startedAt)
      return { answer }
    } catch {
      breaker.failed() // the operation is counted as failed; the cause is the store's to log
      onOperation(operation, 'error', startedAt)
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
    if (unconfirmed.size > 0) await confirm() // the store is there again
    if (got.answer === undefined) return 'nothing'
    const envelope = decodeEnvelope(got.answer)
    const value = envelope && codec.decode(envelope.payload)
    if (envelope === undefined || value === undefined) {
      await remove(at) // foreign, corrupt or of another version: it would be in the way for ever
      return 'nothing'
    }
    const dead = await isMarked(key, envelope)
    if (dead === 'failed') return 'failed'
    const { payload, loadedAt: _, loader: __, ...entry } = envelope
    return dead ? 'nothing' : { found: { ...entry, value, bytes: 2 * payload.length } }
  }

  /** Was it invalidated after it was loaded? */
  async function isMarked(key: string, { tags, loadedAt, loader }: Envelope): Promise<boolean | 'failed'> {
    const ids = [EVERYTHING, markId({ key }), ...tags.map((tag) => markId({ tag }))]
    if (ids.some((id) => (unconfirmed.get(id) ?? 0) >= loadedAt - skew(loader, me))) return true
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

  /** Sends the marks that the store has not confirmed, those of earlier failures too. */
  async function confirm(): Promise<void> {
    await Promise.all(
      [...unconfirmed].map(async ([id, at]) => {
        const name = await nameOf(id)
        const sent = await ask(
          'invalidate',
          () => store.set(name, encodeMark({ at, by: me }), MARK_MS),
          () => 'ok',
        )
        if (sent !== undefined && unconfirmed.get(id) === at) unconfirmed.delete(id)
      }),
    )
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
    stamp,
    async delete(key) {
      await remove(await nameOf(entryId(key)))
    },
  }
}

const EVERYTHING = 'a'

function entryId(key: string): string {
  return `e:${key}`
}

function markId(mark: Mark): string {
  if (mark === 'everything') return EVERYTHING
  return 'key' in mark ? `k:${mark.key}` : `t:${mark.tag}`
}

/** Two processes' clocks may disagree; one process agrees with itself. */
function skew(loader: number, marker: number): number {
  return loader === marker ? 0 : CLOCK_SKEW_MS
}

interface MadeMark {
  /** Epoch ms, on the clock of `by`. */
  at: number
  by: number
}

function encodeMark({ at, by }: MadeMark): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(12)
  const view = new DataView(bytes.buffer)
  view.setFloat64(0, at)
  view.setUint32(8, by)
  return bytes
}

/** What is no mark counts as one that was made just now: better a load too many. */
function decodeMark(bytes: Uint8Array): MadeMark {
  if (bytes.length !== 12) return { at: Number.POSITIVE_INFINITY, by: 0 }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return { at: view.getFloat64(0), by: view.getUint32(8) }
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
