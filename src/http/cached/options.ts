/** The options of `cached()`: what they mean, and what is wrong with them. */
import type { Cache } from '../../cache/cache.ts'
import { type Directives, parseCacheControl, parseTargeted } from '../fields/cache-control.ts'
import { variesByAnything } from '../fields/vary.ts'
import type { KeyGenerator } from '../policy/cache-key.ts'
import type { PolicyOptions } from '../policy/storage-policy.ts'
import type { BodyLimits } from '../stored/read-body.ts'

export interface CachedOptions {
  /** Where answers are kept. Routes may share one, and data too: then their keys must differ. */
  cache: Cache
  /**
   * This cache's own directives (RFC 9213), e.g. `max-age=60, stale-while-revalidate=300`: what `Hitrate-Cache-Control`
   * says where the handler does not say it. No other cache sees them. They never unlock what the handler has locked.
   * Default none.
   */
  targetedControl?: string
  /** Directives added to `Cache-Control` where the handler does not give them; everyone sees these. Default none. */
  cacheControl?: string
  /** Field names that are added to `Vary`: a list, or with commas between them. Default none. */
  vary?: string | string[]
  /** Makes the key; `query` and `sortQuery` do not count then. Default: scheme, host, path and query. */
  keyGenerator?: KeyGenerator
  /** Where `targetedControl` and `cacheControl` count; storing itself follows RFC 9111. Default `[200]`. */
  cacheableStatusCodes?: number[]
  /** Do `no-cache`, `no-store`, `max-age`, `min-fresh` and `Pragma` of requests count? Default false. */
  clientControl?: boolean
  /** Keep answers that set cookies? Default false. */
  storeSetCookie?: boolean
  /** Answer with a stale entry when the handler throws, although nothing allows it, while it is kept? Default false. */
  staleOnThrow?: boolean
  /** The query parameters that count in the default key. Default all. */
  query?: string[]
  /** Are two orders of the same query parameters one key, in the default key? Default false. */
  sortQuery?: boolean
  /**
   * May `front()` answer hits before the router? **Then nothing runs that stands before this middleware.** Default false.
   */
  front?: boolean
  /**
   * Bodies of up to so many bytes are read before they answer, and get an `ETag`; larger ones answer while they are read, and
   * have one from their second answer on. Default 64 KiB.
   */
  bufferBytes?: number
  /** Larger bodies pass through and are not kept. Default 1 MiB. */
  maxBodyBytes?: number
  /** How many variants (`Vary`) of one resource are kept side by side. Default 32. */
  maxVariants?: number
  /** Says in `Server-Timing`, for browsers' developer tools, how the read ended and how long a load took. Default false. */
  serverTiming?: boolean
  /** Says the key in `Cache-Status`. Whoever sees the answer sees it then. Default false. */
  debug?: boolean
}

/**
 * Whoever writes JavaScript has no compiler that says so.
 *
 * @throws {TypeError} when there is no cache, or what makes the key is none.
 */
export function refuseUnusable({ cache, keyGenerator, query }: CachedOptions): void {
  if (typeof cache?.lookup !== 'function') {
    throw new TypeError('cached: cache is not one that createCache has made')
  }
  if (keyGenerator !== undefined && typeof keyGenerator !== 'function') {
    throw complaint('keyGenerator', 'a function', keyGenerator)
  }
  if (query !== undefined && !isListOfStrings(query)) throw complaint('query', 'a list of names', query)
}

/**
 * With every default.
 *
 * @throws {TypeError} naming the option that cannot be read.
 */
export function limitsOf({
  bufferBytes = 64 * 1024,
  maxBodyBytes = 1024 * 1024,
  maxVariants = 32,
}: CachedOptions): BodyLimits & { maxVariants: number } {
  if (!(bufferBytes >= 0)) throw complaint('bufferBytes', 'a number of bytes', bufferBytes)
  if (!(maxBodyBytes >= 0)) throw complaint('maxBodyBytes', 'a number of bytes', maxBodyBytes)
  if (!Number.isInteger(maxVariants) || maxVariants < 1) {
    throw complaint('maxVariants', 'a whole number above 0', maxVariants)
  }
  return { bufferBytes, maxBodyBytes, maxVariants }
}

/** @throws {TypeError} naming the option that cannot be read. */
export function policyOptions(options: CachedOptions): PolicyOptions {
  const { targetedControl, cacheControl, cacheableStatusCodes = [200], storeSetCookie = false } = options
  const targeted = targetedControl === undefined ? undefined : readTargetedControl(targetedControl)
  const control = cacheControl === undefined ? new Map() : readCacheControl(cacheControl)
  const isStatus = (status: number) => Number.isInteger(status) && status >= 200 && status <= 599
  if (!Array.isArray(cacheableStatusCodes) || !cacheableStatusCodes.every(isStatus)) {
    throw complaint('cacheableStatusCodes', 'a list of statuses from 200 to 599', cacheableStatusCodes)
  }
  return { targetedControl: targeted, cacheControl: control, cacheableStatusCodes, storeSetCookie }
}

/**
 * The names that the route adds to `Vary`.
 *
 * @throws {TypeError} when one of them is no field's.
 */
export function readVary(vary: string | string[] = []): string[] {
  const given = [vary].flat()
  if (!isListOfStrings(given) || given.some(variesByAnything)) {
    throw complaint('vary', 'a list of field names', vary)
  }
  return given.flatMap((names) => names.split(',').map((name) => name.trim())).filter((name) => name !== '')
}

/** @throws {TypeError} when it is no list of directives, or a lifetime in it no number of seconds. */
export function readTargetedControl(value: string): Directives {
  const directives = typeof value === 'string' ? parseTargeted(value) : undefined
  return readable('targetedControl', value, directives)
}

function readCacheControl(value: string): Directives {
  return readable('cacheControl', value, typeof value === 'string' ? parseCacheControl(value) : undefined)
}

const IN_SECONDS = ['max-age', 's-maxage', 'stale-while-revalidate', 'stale-if-error']

function readable(option: string, value: string, directives: Directives = new Map()): Directives {
  if (directives.size === 0) throw complaint(option, 'a list of directives', value)
  for (const name of IN_SECONDS) {
    const given = directives.get(name) ?? '0'
    if (given === true || !/^\d+$/.test(given))
      throw complaint(option, `a list with ${name} in seconds`, value)
  }
  return directives
}

function isListOfStrings(list: unknown): boolean {
  return Array.isArray(list) && list.every((member) => typeof member === 'string')
}

function complaint(option: string, wanted: string, value: unknown): TypeError {
  return new TypeError(
    `cached: ${option} is not ${wanted}: ${typeof value === 'number' ? value : JSON.stringify(value)}`,
  )
}
