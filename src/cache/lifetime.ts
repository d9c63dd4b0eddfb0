/** The lifetime of a value: the options that set it, and the entry that results. */
import {
  aBoolean,
  aListOfStrings,
  aNumber,
  anything,
  aString,
  milliseconds,
  type OptionRules,
  validateOptions,
} from '../options.ts'
import type { Entry } from '../stores/entry.ts'
import { sizeOf } from './size-of.ts'

/** All options have a default. A load can set them by returning {@link loaded}, which wins over the options of the read. */
export interface Lifetime {
  /**
   * Freshness lifetime in ms. 0 or less: it is not stored, unless it may be served stale. `Infinity`: until it is
   * invalidated or evicted (in a remote tier: one week). Default 60,000.
   */
  ttlMs?: number
  /** `ttlMs` for the value `null`, which stands for a value that does not exist. Default: `ttlMs`. */
  nullTtlMs?: number
  /**
   * Shortens `ttlMs` by a random fraction of up to this much (0 <= jitter < 1), so that entries stored together do not expire
   * together. Never lengthens it. 0: exact. Default: the cache's `jitter`.
   */
  jitter?: number
  /** Time after `ttlMs` in which the value may be served stale while a background refresh runs, in ms. Default 0. */
  staleWhileRevalidateMs?: number
  /** Time after `ttlMs` in which the value may be served stale when a load fails, in ms. Default 0. */
  staleIfErrorMs?: number
  /**
   * Time after `ttlMs` for which the entry stays stored without being served by itself, in ms: for readers that accept it stale
   * (`maxStaleMs`, `staleOnThrow`), and for loads that only revalidate it. Default 0.
   */
  keepStaleMs?: number
  /** Never serve the value stale, even to a reader that would accept it. Default false. */
  mustRevalidate?: boolean
  /** The age of the value when it was loaded, in ms; counts against `ttlMs`. Default 0. */
  ageMs?: number
  /** Tags that invalidate the entry, besides its key. Default none. */
  tags?: readonly string[]
  /** True: the value stands for something that does not exist, and is stored in a small space of its own. Default: true for `null`. */
  negative?: boolean
  /** The memory that the value takes, in bytes. Default: an estimate made by walking it. */
  bytes?: number
}

/** Options that only a load can set: see {@link loaded}. */
export interface LoadedOptions extends Lifetime {
  /** `false`: the value is not stored. A string: it is stored under this key instead of the one that was read. */
  keep?: boolean | string
  /** False: readers that wait for the same load do not get this value. Default true. */
  share?: boolean
  /** The value reports a failure: it counts as an error, and a stale entry is served instead if one may be. Default false. */
  failed?: boolean
  /** With `failed`: no stale entry replaces this value. Default false. */
  noStaleFallback?: boolean
  /** With `keep: false`: leaves the existing entry in place. Default false: the existing entry is removed. */
  keepPrevious?: boolean
  /**
   * For a value that can be served before it is complete. The promise resolves to the complete value, which is stored; to
   * `undefined` to store nothing and remove the existing entry; if it rejects, nothing is stored and the existing entry stays.
   * Readers share the load until it settles.
   */
  completed?: Promise<{ value: unknown; bytes: number } | undefined>
}

/** A value and the options that its load sets for it. Made by {@link loaded}. */
export class Loaded<T> {
  readonly value: T
  readonly options: LoadedOptions
  /** Passed on, with the value, to the reader that ran this load; see `http-reads.ts`. */
  readonly report: unknown

  constructor(value: T, options: LoadedOptions, report?: unknown) {
    this.value = value
    this.options = options
    this.report = report
  }
}

/**
 * The return value of a load that sets options for its value.
 *
 * @throws {TypeError} for an unknown option or a value of the wrong type.
 * @example
 * cache.read('rates', async () => {
 *   const rates = await fetchRates()
 *   return loaded(rates, { ttlMs: rates.validForMs, tags: ['rates'] })
 * })
 */
export function loaded<T>(value: T, options: LoadedOptions): Loaded<T> {
  validateOptions('loaded', options, loadedRules)
  return new Loaded(value, options)
}

export const lifetimeRules: OptionRules<Lifetime> = {
  ttlMs: milliseconds,
  nullTtlMs: milliseconds,
  jitter: aNumber,
  staleWhileRevalidateMs: milliseconds,
  staleIfErrorMs: milliseconds,
  keepStaleMs: milliseconds,
  mustRevalidate: aBoolean,
  ageMs: milliseconds,
  tags: aListOfStrings,
  negative: aBoolean,
  bytes: { ...aNumber, expected: 'a number of bytes' },
}

const loadedRules: OptionRules<LoadedOptions> = {
  ...lifetimeRules,
  keep: {
    expected: 'a boolean or a key',
    isValid: (keep) => aBoolean.isValid(keep) || aString.isValid(keep),
  },
  share: aBoolean,
  failed: aBoolean,
  noStaleFallback: aBoolean,
  keepPrevious: aBoolean,
  completed: anything,
}

const DEFAULT_TTL_MS = 60_000
const NO_TAGS: readonly string[] = []

/**
 * The entry for a value, or `undefined` if the value is already too old to be stored.
 *
 * @param sequence the invalidation sequence number at which its load started.
 * @param jitterFraction fraction of the remaining lifetime to remove, from 0 to below 1.
 */
export function entryOf<T>(
  value: T,
  lifetime: Lifetime,
  now: number,
  sequence: number,
  jitterFraction = 0,
): Entry<T> | undefined {
  const { mustRevalidate = false, tags = [] } = lifetime
  const madeAt = now - Math.max(0, lifetime.ageMs ?? 0)
  const ttlMs = (value === null ? lifetime.nullTtlMs : undefined) ?? lifetime.ttlMs ?? DEFAULT_TTL_MS
  const freshUntil = shortened(madeAt + ttlMs, now, jitterFraction)
  const after = (ms = 0) => freshUntil + Math.max(0, ms)
  const revalidateUntil = mustRevalidate ? freshUntil : after(lifetime.staleWhileRevalidateMs)
  const errorUntil = mustRevalidate ? freshUntil : after(lifetime.staleIfErrorMs)
  const keptUntil = after(lifetime.keepStaleMs)
  // Written so that NaN is refused as well.
  if (value === undefined || !(Math.max(revalidateUntil, errorUntil, keptUntil) > now)) return undefined
  return {
    value,
    madeAt,
    freshUntil,
    revalidateUntil,
    errorUntil,
    keptUntil,
    mustRevalidate,
    tags: tags.length === 0 ? NO_TAGS : [...tags], // copied, because the caller may change its array
    negative: lifetime.negative ?? value === null,
    bytes: lifetime.bytes ?? sizeOf(value),
    sequence,
  }
}

/** @throws {RangeError} when a jitter is out of range. */
export function checkJitter(cache: string, jitter: number): void {
  if (jitter >= 0 && jitter < 1) return
  throw new RangeError(`cache ${cache}: jitter must be from 0 to below 1, got ${jitter}`)
}

function shortened(freshUntil: number, now: number, fraction: number): number {
  if (fraction === 0 || freshUntil <= now || freshUntil === Infinity) return freshUntil
  return freshUntil - Math.floor((freshUntil - now) * fraction) // rounded down, so that 1 ms stays 1 ms
}
