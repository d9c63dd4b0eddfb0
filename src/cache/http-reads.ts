/** The reads of a cache that `http/` uses: one look-up whose result is passed on, loads that report, options of HTTP alone. */
import type { Entry } from '../stores/entry.ts'
import type { Cache } from './cache.ts'
import type { About } from './events.ts'
import { Loaded, type LoadedOptions } from './lifetime.ts'
import type { LoadContext, Read, ReadOptions } from './read.ts'

/** The result of one look-up of a key in the memory tier. */
export interface Found<T = unknown> {
  readonly key: string
  /** The key with the cache's namespace. */
  readonly storeKey: string
  /** The entry, fresh or stale; none that was invalidated. */
  readonly entry: Entry<T> | undefined
  /** When the read started, by the cache's precise clock. */
  readonly startedAt: number
}

/** Options of a read that only HTTP uses. */
export interface InternalReadOptions<T = unknown> extends ReadOptions<T> {
  /** Returns true if this reader can use a value, stored or loaded by another reader. Otherwise this reader loads for itself. */
  accept?: (value: T) => boolean
  /**
   * Called when this read joined a load whose value `accept` rejects. Returns the key of this reader's own value; the read
   * continues there and may share a load again. Default: this reader loads for itself.
   */
  retryKey?: (value: T) => string
  /** False: this read shares no load, neither another reader's nor its own. Default true. */
  shared?: boolean
  /** The HTTP request, for the events. */
  about?: About
}

export interface InternalLoadContext extends LoadContext {
  /** The key that is loaded: the one that was read, or the one that `retryKey` returned. */
  key: string
  /** The stored value that this load may revalidate; `undefined` if there is none, or it was invalidated since the look-up. */
  storedValue(): unknown
}

export type InternalLoad<T> = (context: InternalLoadContext) => T | Loaded<T> | Promise<T | Loaded<T>>

/** Result of a read, errors included. */
export type ReadResult<T, Report = unknown> = {
  /** The key that was read last: see `retryKey`. */
  key: string
  /** True if this read's own load ran. False: served from a tier, or by the load of another reader. */
  loaded: boolean
  /** The report of that load, unless it threw. */
  report?: Report | undefined
} & ({ ok: true; read: Read<T> } | { ok: false; error: unknown })

export interface HttpReads {
  /** Looks a key up in memory, once. Counts nothing. @throws {TypeError} when the key cannot be used. */
  find<T>(key: string): Found<T>
  /** As `find`, without the look-up: for reads that bypass the cache. */
  skipLookup<T>(key: string): Found<T>
  /** Serves a fresh entry synchronously and counts it as a hit; `undefined`, and not counted, when there is none. */
  hit<T>(found: Found<T>, accept?: (value: T) => boolean, about?: About): Read<T> | undefined
  /** Completes a read whose look-up has been made. Never rejects. */
  complete<T, Report>(
    found: Found<T>,
    load: InternalLoad<T>,
    options: InternalReadOptions<T>,
  ): Promise<ReadResult<T, Report>>
}

export const HTTP_READS = Symbol('hitrate:http-reads')

/** A cache that comes from `createCache`. */
export interface CacheWithHttpReads extends Cache {
  readonly [HTTP_READS]: HttpReads
}

/**
 * @param subject begins the error message.
 * @throws {TypeError} when `cache` does not come from `createCache`.
 */
export function httpReadsOf(subject: string, cache: Cache): HttpReads {
  const reads = (cache as Partial<CacheWithHttpReads> | undefined)?.[HTTP_READS]
  if (reads === undefined) throw new TypeError(`${subject}: cache must be a cache made by createCache()`)
  return reads
}

/** The return value of an HTTP load: as `loaded`, with a report for the reader that ran it, and without validation. */
export function loadedWithReport<T>(value: T, options: LoadedOptions, report: unknown): Loaded<T> {
  return new Loaded(value, options, report)
}
