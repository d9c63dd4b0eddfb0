/**
 * The remote tier as the engine sees it: it answers in time or counts as failed, it never rejects, and it never gives
 * back what was invalidated.
 *
 * Invalidation across processes: nothing is searched and nothing is deleted. Beside the entries there are marks: when a
 * key, a tag or everything was invalidated, and by whom. An entry that was loaded before one of its marks is dead. Marks of
 * this process that the store has not confirmed yet are remembered here, so that its own invalidations hold from the
 * moment they are made, whether the store answers or not; they are sent again until it does.
 *
 * Versions (of the envelope's form, and of a value's schema) are in the names of entries, and not in those of marks. Two
 * deployments that run side by side so have an entry each: with one name for both, each would remove or replace what it
 * cannot read and the other has just kept. What one of them invalidates reaches the entries of both. Those of the deployment
 * that is gone end with their lifetime. The envelope tells its versions too: a name proves nothing.
 */
import {
  deadFrom,
  decodeEnvelope,
  ENVELOPE_FORMAT,
  type Entry,
  type Envelope,
  encodeEnvelope,
  type Unusable,
} from '../../stores/entry.ts'
import type { RemoteStore } from '../../stores/store.ts'
import type { Codec } from '../codec.ts'
import type { TierOperation, TierResult } from '../events.ts'
import { decodeMark, EVERYTHING, encodeMark, type Invalidation, markId, skew } from '../invalidation/marks.ts'
import { createLastMarks } from '../invalidation/recent-marks.ts'
import type { Schedule } from '../schedule.ts'
import { sizeOf } from '../size-of.ts'
import { createBreaker } from './breaker.ts'

export interface RemoteTierOptions {
  store: RemoteStore
  /** Before every key in the store. */
  prefix: string
  /** An operation that takes longer has failed, in ms. */
  timeoutMs: number
  /** Epoch ms. */
  now: () => number
  /**
   * @param durationMs until the store answered; what became of the answer is not in it.
   * @param error what the store gave as its reason.
   */
  onOperation: (operation: TierOperation, result: TierResult, durationMs: number, error?: unknown) => void
  /** Monotonic ms. */
  timer: () => number
  schedule: Schedule
}

/** What asking for an entry came to. */
export type Found = { found: Omit<Entry, 'born'> } | 'nothing' | 'failed'

export interface RemoteTier {
  readonly up: boolean
  get(key: string, codec: Codec): Promise<Found>
  /** @param loadedAt what {@link RemoteTier.stamp} gave when the load began. */
  set(key: string, entry: Entry, codec: Codec, loadedAt: number): Promise<void>
  /** Removes what this version of the codec has kept. */
  delete(key: string, codec: Codec): Promise<void>
  /** Holds in this process from the call on, in others once it resolves (or once the store is back). */
  invalidate(marks: readonly Invalidation[]): Promise<void>
  /** Holds here from the call on, and the store is not told: another thread of this process has invalidated it, and does. */
  heard(mark: Invalidation): void
  /** A moment on this process's clock, later than every one before. */
  stamp(): number
}

/** Entries are kept remotely no longer than this, so that marks may be forgotten a little later. */
const MAX_ENTRY_MS = 7 * 24 * 60 * 60 * 1000
const MARK_MS = MAX_ENTRY_MS + 60 * 60 * 1000

/** More unconfirmed marks become one on everything. */
const MAX_UNCONFIRMED = 10_000

export function createRemoteTier(options: RemoteTierOptions): RemoteTier {
  const { store, prefix, timeoutMs, now, timer, schedule, onOperation } = options
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

  /** Asks the store, in time, if it may be asked; `take` says what the answer is. `undefined`: it failed. */
  async function ask<T, A extends { result: TierResult }>(
    operation: TierOperation,
    work: () => Promise<T>,
    take: (answer: T) => A,
  ): Promise<A | undefined> {
    const startedAt = timer()
    const attempt = breaker.attempt()
    if (attempt === undefined) {
      onOperation(operation, 'out', timer() - startedAt)
      return undefined
    }
    try {
      const answer = await inTime(work(), timeoutMs, schedule)
      if (answer === late) {
        attempt.failed()
        onOperation(operation, 'timeout', timer() - startedAt)
        return undefined
      }
      attempt.succeeded()
      const durationMs = timer() - startedAt
      const taken = take(answer)
      onOperation(operation, taken.result, durationMs)
      return taken
    } catch (error) {
      attempt.failed()
      onOperation(operation, 'error', timer() - startedAt, error)
      return undefined
    }
  }

  async function get(key: string, codec: Codec): Promise<Found> {
    const at = await nameOf(entryId(key, codec))
    const got = await ask(
      'get',
      () => store.get(at),
      (bytes) => open(bytes, codec),
    )
    if (got === undefined) return 'failed'
    if (unconfirmed.size > 0) void confirm() // the store is there again; those marks are known here meanwhile
    if (got.result === 'miss') return 'nothing'
    if (got.result !== 'hit') {
      void remove(at) // nobody can read it, and it would be in the way for ever
      return 'nothing'
    }
    const { envelope, value } = got
    const dead = await isMarked(key, envelope)
    if (dead === 'failed') return 'failed'
    if (dead) return 'nothing'
    const { payload: _, loadedAt: __, loader: ___, schemaVersion: ____, ...entry } = envelope
    return { found: { ...entry, value, bytes: codec.bytes?.(value) ?? sizeOf(value) } }
  }

  /** Never throws: what cannot be read is no failure of the store. */
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
      (marks) => ({ result: 'ok', marks }),
    )
    if (got === undefined) return 'failed'
    return got.marks.some((bytes) => {
      const mark = bytes && decodeMark(bytes)
      return mark !== undefined && mark.at >= loadedAt - skew(loader, mark.by)
    })
  }

  async function set(key: string, entry: Entry, codec: Codec, loadedAt: number): Promise<void> {
    const startedAt = timer()
    const ttlMs = Math.min(deadFrom(entry) - now(), MAX_ENTRY_MS)
    if (ttlMs <= 0) return
    const bytes = encoded(entry, codec, loadedAt)
    if (bytes === undefined) return onOperation('set', 'refused', timer() - startedAt)
    const at = await nameOf(entryId(key, codec))
    await ask('set', () => store.set(at, bytes, Math.ceil(ttlMs)), ok)
  }

  /** `undefined` for what cannot be written as bytes. */
  function encoded(entry: Entry, codec: Codec, loadedAt: number): Uint8Array<ArrayBuffer> | undefined {
    try {
      const payload = codec.encode(entry.value)
      return encodeEnvelope({ ...entry, schemaVersion: versionOf(codec), loadedAt, loader: me, payload })
    } catch {
      return undefined // told as refused
    }
  }

  async function remove(at: string): Promise<void> {
    await ask('delete', () => store.delete(at), ok)
  }

  async function invalidate(marks: readonly Invalidation[]): Promise<void> {
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
    const sent = await ask('invalidate', () => store.set(name, encodeMark({ at, by: me }), MARK_MS), ok)
    if (sent !== undefined && unconfirmed.get(id) === at) unconfirmed.delete(id)
    return sent !== undefined
  }

  /** A name that every store takes: short names stay readable, others become their hash. */
  async function nameOf(id: string): Promise<string> {
    const name = prefix + id
    if (/^[\x21-\x7e]{1,200}$/.test(name) && !id.includes('#')) return name
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytesOf(name)))
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
    async delete(key, codec) {
      await remove(await nameOf(entryId(key, codec)))
    },
  }
}

type Opened = { result: 'miss' | Unusable } | { result: 'hit'; envelope: Envelope; value: unknown }

function ok(): { result: 'ok' } {
  return { result: 'ok' }
}

function versionOf({ version = 0 }: Codec): number {
  return version
}

function entryId(key: string, codec: Codec): string {
  return `e${ENVELOPE_FORMAT}.${versionOf(codec)}:${key}`
}

/** UTF-8 makes the same of all lone surrogates. Names that have one go as UTF-16, after a byte that is in no UTF-8. */
function bytesOf(name: string): Uint8Array<ArrayBuffer> {
  if (name.isWellFormed()) return new TextEncoder().encode(name)
  const units = Array.from({ length: name.length }, (_, i) => name.charCodeAt(i))
  return Uint8Array.from([0xff, ...units.flatMap((unit) => [unit >> 8, unit & 0xff])])
}

const late = Symbol('late')

/** What comes later, a rejection too, is passed over: it has been counted as late. */
async function inTime<T>(work: Promise<T>, timeoutMs: number, schedule: Schedule): Promise<T | typeof late> {
  const { promise: end, resolve } = Promise.withResolvers<typeof late>()
  return Promise.race([work, end]).finally(schedule(() => resolve(late), timeoutMs))
}
