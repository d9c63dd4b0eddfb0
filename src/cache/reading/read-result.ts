/** Results of reads: made from a stored entry, from a load, or from nothing. */
import type { Entry } from '../../stores/entry.ts'
import type { Outcome, Tier } from '../events.ts'
import type { Timeout } from '../http-reads.ts'
import type { SettledValue } from '../loading/load-and-store.ts'
import type { Loading } from '../loading/load-coordinator.ts'
import type { Read } from '../read.ts'

/** Result of a read, for its caller. */
export type Ending<T> = {
  /** True if this read ran its own load. */
  loaded: boolean
  report?: unknown
  /** The key of the value: the one that was read, or the one that `retryKey` returned. */
  key: string
  timeout?: Timeout
} & ({ ok: true; read: Read<T> } | { ok: false; error: unknown; outcome: Outcome })

/** Result of a read that needed no load of its own. */
export function servedFrom<T>(key: string, read: Read<T>): Ending<T> {
  return { key, loaded: false, ok: true, read }
}

/** Result of a read whose own callback threw: `accept` or `waitUntil`. */
export function failedWith<T>(key: string, error: unknown): Ending<T> {
  return { key, loaded: false, ok: false, error, outcome: 'error' }
}

/** @param stale the entry to serve instead of the load's result. */
export function endingOfLoad<T>(
  loading: Loading,
  outcome: Outcome,
  now: number,
  stale?: Entry<T>,
): Ending<T> {
  const { key, ok, shared } = loading
  const loaded = loading.called && !shared
  const timeout: { timeout?: Timeout } = !ok && loading.timedOut ? { timeout: 'hard' } : {}
  const context = { key, loaded, report: loaded && ok ? loading.report : undefined, ...timeout }
  if (stale !== undefined) return { ...context, ok: true, read: readOfEntry(stale, 'stale', 'memory', now) }
  if (!ok) return { ...context, ok, outcome, error: loading.error }
  return { ...context, ok, read: readOfLoad(loading, outcome, now) }
}

/** Returns the result of a read that a stored entry answers. */
export function readOfEntry<T>(entry: Entry<T>, outcome: 'hit' | 'stale', tier: Tier, now: number): Read<T> {
  const { value, madeAt, freshUntil } = entry
  return {
    value,
    outcome,
    tier,
    ageMs: Math.max(0, now - madeAt), // the difference is negative if the clock was set back
    expiresInMs: freshUntil - now,
    kept: true,
  }
}

/** Returns the result of a read that waited for the load of another process. */
export function readOfWaited<T>(entry: Entry<T>, now: number): Read<T> {
  const { tier: _, ...read } = readOfEntry(entry, 'hit', 'remote', now)
  return { ...read, outcome: 'coalesced' }
}

/** Returns the result of a read that found no value, for the strategy `fresh`. */
export function readOfNothing<T>(outcome: Outcome): Read<T> {
  const value = undefined as T // the overload of read() for this strategy has `undefined` in its type
  return readOfUnstored(value, outcome, 0)
}

function readOfUnstored<T>(value: T, outcome: Outcome, ageMs: number): Read<T> {
  return { value, outcome, ageMs, expiresInMs: 0, kept: false }
}

/** Returns the result of a read that a load answers. */
export function readOfLoad<T>(settled: SettledValue, outcome: Outcome, now: number): Read<T> {
  const { entry, options, streaming } = settled
  const value = settled.value as T // all readers of a key use the same value type
  if (entry === undefined) {
    const ageMs = (options.ageMs ?? 0) + Math.max(0, now - (streaming?.startedAt ?? now))
    return readOfUnstored(value, outcome, ageMs)
  }
  return {
    value,
    outcome,
    ageMs: Math.max(0, now - entry.madeAt),
    expiresInMs: entry.freshUntil - now,
    kept: true,
  }
}
