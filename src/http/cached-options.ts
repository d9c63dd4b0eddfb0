/** The options of `cached()`: what they mean, and what is wrong with them. */
import type { Cache } from '../cache/cache.ts'
import type { BodyLimits } from './body.ts'
import { type Directives, parseCacheControl, parseTargeted } from './cache-control.ts'
import type { KeyGenerator } from './cache-key.ts'
import type { PolicyOptions } from './cache-policy.ts'
import { variesByAnything } from './vary.ts'

export interface CachedOptions {
  /** Where answers are kept. Routes may share one, and data too: then their keys must differ. */
  cache: Cache
  /**
   * This cache's own directives (RFC 9213), e.g. `max-age=60, stale-while-revalidate=300`: what `Hitrate-Cache-Control`
   * says where the handler does not say it. No other cache sees them. They never unlock what the handler has locked.
   */
  targetedControl?: string
  /** Directives added to `Cache-Control` where the handler does not give them; everyone sees these. */
  cacheControl?: string
  /** Field names that are added to `Vary`: a list, or with commas between them. */
  vary?: string | string[]
  /** Default: scheme, host, path and query. */
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

/** With every default. */
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
  // Whoever writes JavaScript has no compiler that says so.
  if (typeof options.cache?.lookup !== 'function') throw complaint('cache', 'a cache', options.cache)
  if (options.query !== undefined && !Array.isArray(options.query)) {
    throw complaint('query', 'a list of names', options.query)
  }
  const { targetedControl, cacheControl, cacheableStatusCodes = [200], storeSetCookie = false } = options
  const { vary = [] } = options
  const targeted = targetedControl === undefined ? undefined : readTargetedControl(targetedControl)
  const control = parseCacheControl(cacheControl)
  if (cacheControl !== undefined) refuseUnreadable('cacheControl', cacheControl, control)
  for (const name of [vary].flat()) {
    if (variesByAnything(name)) throw complaint('vary', 'a list of field names', vary)
  }
  if (!cacheableStatusCodes.every((status) => Number.isInteger(status) && status >= 200 && status <= 599)) {
    throw complaint('cacheableStatusCodes', 'a list of statuses from 200 to 599', cacheableStatusCodes)
  }
  return { targetedControl: targeted, cacheControl: control, cacheableStatusCodes, storeSetCookie }
}

/** @throws {TypeError} when it is no list of directives, or a lifetime in it no number of seconds. */
export function readTargetedControl(value: string): Directives {
  const directives = parseTargeted(value) ?? new Map()
  refuseUnreadable('targetedControl', value, directives)
  return directives
}

const IN_SECONDS = ['max-age', 's-maxage', 'stale-while-revalidate', 'stale-if-error']

function refuseUnreadable(option: string, value: string, directives: Directives): void {
  if (directives.size === 0) throw complaint(option, 'a list of directives', value)
  for (const name of IN_SECONDS) {
    const given = directives.get(name) ?? '0'
    if (given === true || !/^\d+$/.test(given))
      throw complaint(option, `a list with ${name} in seconds`, value)
  }
}

function complaint(option: string, wanted: string, value: unknown): TypeError {
  return new TypeError(`cached: ${option} is not ${wanted}: ${JSON.stringify(value)}`)
}
