/** The lifetime of a value: the options that set it, and the entry that results. */

import { ownedValue } from '../heap/owned.ts'
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
import { aLifetime, type FreshAndStaleMs, type Resolved, resolveOptions } from './resolve-options.ts'
import { sizeOf } from './values/size-of.ts'
import { SharedTerms, StoredEntry } from './values/stored-entry.ts'

/**
 * Options for the lifetime of a value. A load can set them by returning {@link loaded}, which overrides the options of the
 * read.
 */
export interface Lifetime {
  /**
   * Time for which the value is fresh, in ms. With 0 or less, the value is stored only if it may be served stale. With
   * `Infinity`, it is fresh until it is invalidated or evicted (in a remote tier, for 30 days).
   *
   * A pair `[fresh, stale]` is short for two options: `ttlMs` is `fresh`, and `staleWhileRevalidateMs` is `stale - fresh`. Default:
   * that of the cache, 60,000.
   */
  ttlMs?: number | FreshAndStaleMs
  /** Used instead of `ttlMs` if the value is `null`, which means that no value exists. Default: `ttlMs`. */
  nullTtlMs?: number
  /**
   * Maximum fraction by which `ttlMs` is shortened at random (0 <= jitter < 1), so that entries stored together do not expire
   * together. With 0, `ttlMs` is exact. Default: the cache's `jitter`.
   */
  jitter?: number
  /** Time after `ttlMs` in which the value may be served stale while a background refresh runs, in ms. Default: 0. */
  staleWhileRevalidateMs?: number
  /** Time after `ttlMs` in which the value may be served stale when a load fails, in ms. Default: 0. */
  staleIfErrorMs?: number
  /**
   * Time in ms that the entry stays stored after `ttlMs`. It is served only to readers that accept it stale (`maxStaleMs`,
   * `staleOnThrow`), and loads can revalidate it. Default: 0.
   */
  keepStaleMs?: number
  /** If true, the value is never served stale, not even to a reader that would accept it. Default: false. */
  mustRevalidate?: boolean
  /** Age of the value when it was loaded, in ms. It is subtracted from `ttlMs`. Default: 0. */
  ageMs?: number
  /** Tags of the entry. Invalidating a tag invalidates the entry. Default: none. */
  tags?: readonly string[]
  /**
   * If true, the value is stored in a small separate space, where it evicts no value of the other one. For values that mean that
   * something does not exist, and for others that clients can request in any number. Default: true for `null`.
   */
  negative?: boolean
  /** Memory that the value takes, in bytes. Default: an estimate made by walking the value. */
  bytes?: number
}

/** The tags of a value. */
export interface TagOptions extends Pick<Lifetime, 'tags'> {
  /** True if the value also has the tags that follow from its key: see `HttpReads.deriveTags`. Default: false. */
  derivesTags?: boolean | undefined
}

/** Options that only a load can set: see {@link loaded}. */
export interface LoadedOptions extends Lifetime {
  /** If `false`, the value is not stored. If a string, the value is stored under this key instead of the one that was read. */
  keep?: boolean | string
  /** If false, other readers that wait for this load do not get its value. Default: true. */
  share?: boolean
  /**
   * If true, the value reports a failure: the read counts as an error, and a stale entry is served instead if allowed.
   * Default: false.
   */
  failed?: boolean
  /** With `failed`: if true, this value is served even if a stale entry could be served instead. Default: false. */
  noStaleFallback?: boolean
  /**
   * With `failed`: the `failurePauseMs` after this failure, for example 0 if the failure says nothing about the source. Default:
   * that of the read.
   */
  failurePauseMs?: number
  /** With `keep: false`: if true, the existing entry stays stored; if false, it is removed. Default: false. */
  keepPrevious?: boolean
  /**
   * Promise of the complete value, for a value that is served while it is incomplete. If it resolves to a value, that is
   * stored. If it resolves to `undefined`, nothing is stored and the existing entry is removed. If it rejects, nothing is
   * stored and the existing entry stays. Readers share the load until the promise settles.
   */
  completed?: Promise<{ value: unknown; bytes: number } | undefined>
}

/** A value and the options that its load sets for it. Made by {@link loaded}. */
export class Loaded<T> {
  readonly value: T
  readonly options: Resolved<LoadedOptions>
  /** Report for the reader that ran this load, passed on with the value; see `http-reads.ts`. */
  readonly report: unknown
  /** True if no option of the read stands in for one that is not set here. */
  readonly isComplete: boolean

  constructor(value: T, options: Resolved<LoadedOptions>, report?: unknown, isComplete = false) {
    this.value = value
    this.options = options
    this.report = report
    this.isComplete = isComplete
  }
}

/**
 * Returns a value with options, for a load that sets options for its value.
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
  return new Loaded(value, resolveOptions('loaded', options))
}

/** The rules of the lifetimes that a cache can set for all its values. */
export const periodRules = {
  ttlMs: aLifetime,
  nullTtlMs: milliseconds,
  staleWhileRevalidateMs: milliseconds,
  staleIfErrorMs: milliseconds,
  keepStaleMs: milliseconds,
}

export const lifetimeRules: OptionRules<Lifetime> = {
  ...periodRules,
  jitter: aNumber,
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
  failurePauseMs: milliseconds,
  keepPrevious: aBoolean,
  completed: anything,
}

const DEFAULT_TTL_MS = 60_000

const NO_TAGS: readonly string[] = []

/** The properties of an entry that do not follow from its value and lifetime. */
export interface EntryContext extends Pick<Entry, 'loadMs' | 'remoteId' | 'trustedUntil'> {
  /** Fraction by which the remaining lifetime is shortened, from 0 to below 1. Default: 0. */
  jitterFraction?: number
  /** The estimate of the value's size stops here, because the memory tier refuses a larger value. Default: no limit. */
  maxBytes?: number
  /** The terms that entries share. Default: shared with no entry. */
  terms?: SharedTerms
}

/**
 * Returns the entry for a value, or `undefined` if the value is already too old to be stored.
 *
 * @param sequence the invalidation sequence number at which its load started.
 */
export function entryOf<T>(
  value: T,
  lifetime: Resolved<Lifetime> & TagOptions,
  now: number,
  sequence: number,
  context: EntryContext = {},
): Entry<T> | undefined {
  const { jitterFraction = 0, maxBytes, terms = new SharedTerms() } = context
  const { mustRevalidate = false, tags = NO_TAGS, derivesTags = false } = lifetime
  const madeAt = now - Math.max(0, lifetime.ageMs ?? 0)
  const ttlMs = (value === null ? lifetime.nullTtlMs : undefined) ?? lifetime.ttlMs ?? DEFAULT_TTL_MS
  const freshUntil = shortened(madeAt + ttlMs, now, jitterFraction)
  const revalidateMs = mustRevalidate ? 0 : Math.max(0, lifetime.staleWhileRevalidateMs ?? 0)
  const errorMs = mustRevalidate ? 0 : Math.max(0, lifetime.staleIfErrorMs ?? 0)
  const keepMs = Math.max(0, lifetime.keepStaleMs ?? 0)
  // The negated comparison also rejects NaN.
  if (value === undefined || !(freshUntil + Math.max(revalidateMs, errorMs, keepMs) > now)) return undefined
  const negative = lifetime.negative ?? value === null
  const stored = lifetime.bytes === undefined && maxBytes !== 0 ? ownedValue(value) : value
  return new StoredEntry({
    value: stored,
    madeAt,
    freshForMs: freshUntil - madeAt,
    terms: terms.of({ madeAt, revalidateMs, errorMs, keepMs, mustRevalidate, negative, derivesTags }),
    tags: tags.length === 0 ? tags : [...tags], // copied, because the caller may change its array
    bytes: lifetime.bytes ?? sizeOf(stored, maxBytes),
    sequence,
    loadMs: context.loadMs,
    remoteId: context.remoteId,
    trustedUntil: context.trustedUntil,
  })
}

/** @throws {RangeError} when a jitter is out of range. */
export function checkJitter(cache: string, jitter: number): void {
  if (jitter >= 0 && jitter < 1) return
  throw new RangeError(`cache ${cache}: jitter must be from 0 to below 1, got ${jitter}`)
}

function shortened(freshUntil: number, now: number, fraction: number): number {
  if (fraction === 0 || freshUntil <= now || freshUntil === Infinity) return freshUntil
  return freshUntil - Math.floor((freshUntil - now) * fraction) // rounding down keeps a lifetime of 1 ms at 1 ms
}
