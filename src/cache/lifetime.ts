/** How long a value may be used and in which ways: what a caller says, and what an entry keeps of it. */
import type { Entry } from '../stores/entry.ts'
import { sizeOf } from './size-of.ts'

/** Every member has a default; a load may say them by returning {@link loaded}, which wins over the read's options. */
export interface Lifetime {
  /**
   * How long it is fresh, in ms. 0 or less: it is not kept, unless it may be used stale. `Infinity`: until it is invalidated
   * or has to make room (in a remote tier a week, see there). Default 60,000.
   */
  ttlMs?: number
  /** `ttlMs` for the value `null`, which says that something does not exist. Default: as for every other value. */
  nullTtlMs?: number
  /**
   * By up to which share of what is left of it `ttlMs` is cut short at random, from 0 to below 1, in whole ms: so that what
   * was kept at once does not end at once. It is never made longer. 0: exact. Default: what the cache says.
   */
  jitter?: number
  /** How long after that it may answer while it is refreshed behind, in ms. Default 0. */
  staleWhileRevalidateMs?: number
  /** How long after `ttlMs` it may answer when a load fails, in ms. Default 0. */
  staleIfErrorMs?: number
  /**
   * How long after `ttlMs` it is kept though nothing lets it answer by itself, in ms: for a reader who takes it stale
   * (`maxStaleMs`, `staleOnThrow`), or for a load that only has to validate it. Default 0.
   */
  keepStaleMs?: number
  /** Never answer stale, even to a reader who would accept it. Default false. */
  mustRevalidate?: boolean
  /** How old the value already is, in ms; counts against `ttlMs`. Default 0. */
  ageMs?: number
  /** What invalidates it, beside its key. Default none. */
  tags?: readonly string[]
  /** It says that something does not exist: kept in a small room of its own. Default true for `null`, else false. */
  negative?: boolean
  /** What the value takes in memory. Default: an estimate made by walking it. */
  bytes?: number
}

/** What a load may say about its value beside the lifetime. */
export interface LoadedOptions extends Lifetime {
  /** False: not kept, whatever the lifetime. A string: kept under this key in place of the one asked for. */
  keep?: boolean | string
  /** May those who wait for the same load get this value? Default true. */
  share?: boolean
  /** The load answered, but with a failure: counted as an error, and a stale entry is preferred. Default false. */
  failed?: boolean
  /** It failed in a way that no stale entry stands in for. Default false. */
  final?: boolean
  /** Not kept itself, it says nothing against what was kept before, which stays. Default false: that is over. */
  leave?: boolean
  /**
   * The value answers at once, but it is still growing: what is kept is what this resolves to. `undefined`: nothing, and what
   * was kept before is over; when it rejects, nothing, and what was kept before stays. Until then those who come share the load.
   */
  whole?: Promise<{ value: unknown; bytes: number } | undefined>
}

/** A value together with what its load knows about it. Made by {@link loaded}. */
export class Loaded<T> {
  readonly value: T
  readonly options: LoadedOptions

  constructor(value: T, options: LoadedOptions) {
    this.value = value
    this.options = options
  }
}

/**
 * What a load returns when only it knows how long its value lives.
 *
 * @example
 * cache.read('rates', async () => {
 *   const rates = await fetchRates()
 *   return loaded(rates, { ttlMs: rates.validForMs, tags: ['rates'] })
 * })
 */
export function loaded<T>(value: T, options: LoadedOptions): Loaded<T> {
  return new Loaded(value, options)
}

const DEFAULT_TTL_MS = 60_000
const NO_TAGS: readonly string[] = []

/**
 * The entry for a value, or `undefined` when it is already too old to be kept.
 *
 * @param cut the share of its time that is left which it is cut short by, from 0 to below 1.
 */
export function entryOf<T>(
  value: T,
  lifetime: Lifetime,
  now: number,
  born: number,
  cut = 0,
): Entry<T> | undefined {
  const { mustRevalidate = false, tags = [] } = lifetime
  const madeAt = now - Math.max(0, lifetime.ageMs ?? 0)
  const ttlMs = (value === null ? lifetime.nullTtlMs : undefined) ?? lifetime.ttlMs ?? DEFAULT_TTL_MS
  const freshUntil = cutShort(madeAt + ttlMs, now, cut)
  const revalidateUntil = freshUntil + (mustRevalidate ? 0 : (lifetime.staleWhileRevalidateMs ?? 0))
  const errorUntil = freshUntil + (mustRevalidate ? 0 : (lifetime.staleIfErrorMs ?? 0))
  const keptUntil = freshUntil + (lifetime.keepStaleMs ?? 0)
  // Also refuses NaN.
  if (value === undefined || !(Math.max(freshUntil, revalidateUntil, errorUntil, keptUntil) > now))
    return undefined
  return {
    value,
    madeAt,
    freshUntil,
    revalidateUntil: Math.max(freshUntil, revalidateUntil),
    errorUntil: Math.max(freshUntil, errorUntil),
    keptUntil: Math.max(freshUntil, keptUntil),
    mustRevalidate,
    tags: tags.length === 0 ? NO_TAGS : [...tags], // the caller may change its array
    negative: lifetime.negative ?? value === null,
    bytes: lifetime.bytes ?? sizeOf(value),
    born,
  }
}

function cutShort(freshUntil: number, now: number, cut: number): number {
  if (cut === 0 || freshUntil <= now || freshUntil === Number.POSITIVE_INFINITY) return freshUntil
  return freshUntil - Math.floor((freshUntil - now) * cut) // never all of it: 1 ms is 1 ms
}
