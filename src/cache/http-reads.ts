/**
 * The reads and writes that `http/` makes. Their keys are those of HTTP responses, which never meet keys of data. The reads differ
 * from `cache.read()` in three more ways: the caller looks the key up first and passes on the result, a load can return a report in
 * addition to its value, and there are more options.
 */
import { invalid } from '../options.ts'
import type { Entry } from '../stores/entry.ts'
import type { Cache } from './cache.ts'
import type { About } from './events.ts'
import type { KeySpace } from './key-spaces.ts'
import { Loaded, type LoadedOptions, type TagOptions } from './lifetime.ts'
import type { LoadContext, Read, ReadOptions } from './read.ts'
import type { Resolved } from './resolve-options.ts'
import type { Schedule } from './timing/schedule.ts'
import type { Codec } from './values/codec.ts'

/** The result of one look-up of a key in the memory tier. */
export interface Found<T = unknown> {
  readonly key: string
  /** The key in the stores: with the cache's namespace and the mark of its space. */
  readonly storeKey: string
  /** The entry, fresh or stale; `undefined` if there is none or it was invalidated. */
  readonly entry: Entry<T> | undefined
  /** Start of the read, as a reading of the cache's precise clock. */
  readonly startedAt: number
}

/** The options of an HTTP read: those of `cache.read()`, and a few that only `http/` uses. */
export interface InternalReadOptions<T = unknown> extends Resolved<ReadOptions<T>>, TagOptions {
  /**
   * Returns true if this reader can use a value that is stored or that another reader loaded. Otherwise this reader runs its
   * own load.
   */
  accept?: (value: T) => boolean
  /** Returns true if this reader can use a stored value in place of a failed load. Default: it can use each. */
  standsIn?: (value: T) => boolean
  /**
   * Called each time this read joined a load and `accept` rejects its value. Returns the key of this reader's own value; the
   * read continues with that key and may join a load again. If the key is the one just read, this reader runs its own load.
   * Default: this reader runs its own load.
   */
  retryKey?: (value: T) => string
  /** If false, this read joins no load, and no other reader joins its load. Default: true. */
  shared?: boolean
  /**
   * Time limit of a load, in ms, including the remote tier. Then every read that waits for the load ends as if the load had
   * failed, no further read joins it, and its signal aborts. If the load goes on, its late value is stored unless a later load
   * has stored one. Default: never.
   */
  loadTimeoutMs?: number
  /**
   * Called when a background refresh or an audit begins, before the value is returned. The load itself may begin later, after
   * the remote tier has been asked.
   */
  onRefresh?: () => void
  /**
   * Audits a hit in place of a comparison of the stored value with that of the load. Resolves to true if the stored value is right,
   * and to `undefined` if that cannot be decided. Rejects if the audit failed.
   */
  auditWith?: ((stored: T, context: InternalLoadContext) => Promise<boolean | undefined>) | undefined
  /** The HTTP request, for the events. */
  about?: About
}

export interface InternalLoadContext extends LoadContext {
  /** The key that is loaded: the one that was read, or the one that `retryKey` returned. */
  key: string
  /**
   * Returns the stored value that this load may revalidate; `undefined` if there is none or it was invalidated after the
   * look-up.
   */
  storedValue(): unknown
}

export type InternalLoad<T> = (context: InternalLoadContext) => T | Loaded<T> | Promise<T | Loaded<T>>

/** The limit that ended a read: `softTimeoutMs` or `loadTimeoutMs`. */
export type Timeout = 'soft' | 'hard'

/** Result of a read, errors included. */
export type ReadResult<T, Report = unknown> = {
  /** The key of the value: the one that was read, or the one that `retryKey` returned. */
  key: string
  /** True if this read ran its own load; false if the value came from a tier or from the load of another reader. */
  loaded: boolean
  /** Report of this read's own load; absent if the load threw. */
  report?: Report | undefined
  /** Present if the read ended before its load, by `softTimeoutMs` or by `loadTimeoutMs`. */
  timeout?: Timeout
} & ({ ok: true; read: Read<T> } | { ok: false; error: unknown })

export interface HttpReads extends Pick<Cache, 'write' | 'deleteMany' | 'expire' | 'noteChanges'> {
  /** The timers of the cache. */
  readonly schedule: Schedule
  /** True if the cache audits hits. */
  readonly audits: boolean
  /**
   * Sets the function that returns the tags that follow from the key of a response. A load with the option `derivesTags` need not
   * name them, and its entry takes no memory for them. All callers must set equal functions.
   */
  deriveTags(derive: (key: string) => readonly string[]): void
  /**
   * Resolves to true if memory or the shared tier has a value of one of these keys, fresh or stale. Counts no read, and never
   * rejects.
   */
  isStored(keys: readonly string[], codec: Codec): Promise<boolean>
  /**
   * Looks up a key in memory; does not count a read.
   *
   * @param keys the space of the key. Default: that of responses.
   * @throws {TypeError} when the key is not valid.
   */
  find<T>(key: string, keys?: KeySpace): Found<T>
  /** As `find`, but without the look-up, for reads that bypass the cache. */
  skipLookup<T>(key: string): Found<T>
  /**
   * Returns a fresh entry that `accept` accepts, and counts a hit. If there is none, returns `undefined` and counts nothing.
   *
   * @param durationMs what `elapsedMs` returned, for callers that use it too. Default: measured here.
   * @param isAudited if true, the result is also `undefined` for a hit that is due for an audit, which only `complete` can start.
   *   Default: false.
   */
  hit<T>(
    found: Found<T>,
    accept?: (value: T) => boolean,
    about?: About,
    durationMs?: number,
    isAudited?: boolean,
  ): Read<T> | undefined
  /** Time since the look-up began. */
  elapsedMs(found: Found): number
  /** Completes a read after its look-up. Never rejects. */
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
 * @param subject first words of the error message.
 * @throws {TypeError} when `cache` does not come from `createCache`.
 */
export function httpReadsOf(subject: string, cache: Cache): HttpReads {
  const reads = (cache as Partial<CacheWithHttpReads> | undefined)?.[HTTP_READS]
  if (reads === undefined) throw invalid(`${subject}: cache`, 'a cache made by createCache()', cache)
  return reads
}

/**
 * Returns the value of an HTTP load with its options, as `loaded` does, but without validation. The reader that runs the load
 * gets the report.
 */
export function loadedWithReport<T>(
  value: T,
  options: Resolved<LoadedOptions> & TagOptions,
  report: unknown,
): Loaded<T> {
  return new Loaded(value, options, report)
}

/** As {@link loadedWithReport}, with all options: none of the read stands in for one that is not set. */
export function loadedWithAllOptions<T>(
  value: T,
  options: Resolved<LoadedOptions> & TagOptions,
  report: unknown,
): Loaded<T> {
  return new Loaded(value, options, report, true)
}
