/** Results of reads: made from a stored entry, from a load, or from nothing. */
import type { Entry } from '../../stores/entry.ts'
import type { Outcome } from '../events.ts'
import type { Settled, SettledValue } from '../loading/load-and-store.ts'
import type { Read } from '../read.ts'

/** Result of a read, for its caller. */
export type Ending<T> = {
  /** True if this read's own load ran. */
  loaded: boolean
  report: unknown
  /** The key that was read last. */
  key: string
} & ({ ok: true; read: Read<T> } | { ok: false; error: unknown; outcome: Outcome })

/** The parts of an ending besides its value or error. */
export type EndingContext = Pick<Ending<unknown>, 'loaded' | 'report' | 'key'>

export function servedFrom(key: string): EndingContext {
  return { key, loaded: false, report: undefined }
}

/** An entry of the memory tier. */
export function readOfEntry<T>(entry: Entry<T>, outcome: 'hit' | 'stale', now: number): Read<T> {
  const { value, madeAt, freshUntil } = entry
  return {
    value,
    outcome,
    tier: 'memory',
    ageMs: Math.max(0, now - madeAt), // a clock may be set back
    expiresInMs: freshUntil - now,
    kept: true,
  }
}

/** Strategy `fresh`, and nothing is stored. */
export function readOfNothing<T>(outcome: Outcome): Read<T> {
  const value = undefined as T // the overload of read() for this strategy has `undefined` in its type
  return { value, outcome, ageMs: 0, expiresInMs: 0, kept: false }
}

/** @param outcome of a value. @param errorOutcome of an error. */
export function endingOfLoad<T>(
  settled: Settled,
  outcome: Outcome,
  errorOutcome: Outcome,
  context: EndingContext,
  now: number,
): Ending<T> {
  if (!settled.ok) return { ...context, ok: false, outcome: errorOutcome, error: settled.error }
  return { ...context, ok: true, read: readOfLoad(settled, outcome, now) }
}

function readOfLoad<T>(settled: SettledValue, outcome: Outcome, now: number): Read<T> {
  const { entry, options, fromRemote, streaming } = settled
  const value = settled.value as T // all readers of a key agree on its type
  if (entry === undefined) {
    const ageMs = (options.ageMs ?? 0) + Math.max(0, now - (streaming?.startedAt ?? now))
    return { value, outcome, ageMs, expiresInMs: 0, kept: false }
  }
  const times = { ageMs: Math.max(0, now - entry.madeAt), expiresInMs: entry.freshUntil - now }
  if (fromRemote) return { value, outcome: 'hit', tier: 'remote', ...times, kept: true }
  return { value, outcome, ...times, kept: true }
}
