/** The options of `cached()`: validates them and resolves them to one complete object. */
import type { Cache } from '../../cache/cache.ts'
import { type HttpReads, httpReadsOf, type InternalReadOptions } from '../../cache/http-reads.ts'
import {
  aBoolean,
  aFunction,
  aListOfStrings,
  anObject,
  aString,
  falseOrFunction,
  type OptionRule,
  type OptionRules,
  requireOptions,
  validateOptions,
  withMethods,
} from '../../options.ts'
import { listMembers } from '../fields/lists.ts'
import { variesByAnything } from '../fields/vary.ts'
import { type KeyGenerator, urlKey } from '../policy/cache-key.ts'
import type { PolicyOptions } from '../policy/storage-policy.ts'
import { parseAddedControl, type TargetedControl, targetedDirectives } from '../policy/targeted-control.ts'
import type { BodyLimits } from '../stored/read-body.ts'

export interface CachedOptions {
  /** The cache that stores the responses. Routes may share one cache if their keys differ, also with data under any keys. */
  cache: Cache
  /**
   * Directives for this cache only (RFC 9213), for example `max-age=60, stale-while-revalidate=300`. They apply if the handler
   * sets no `Hitrate-Cache-Control`. Other caches do not get them. They cannot override the handler's headers that forbid
   * storing. An object gives directives by status, such as `{ 200: 'max-age=60', '5xx': 'max-age=2' }`; a function returns
   * those of one response. Default: none.
   */
  targetedControl?: TargetedControl
  /** Directives that are added to `Cache-Control` unless the handler sets them; every client gets them. Default: none. */
  cacheControl?: string
  /** Header names that are added to `Vary`: an array, or a comma-separated string. Default: none. */
  vary?: string | string[]
  /**
   * Names of request headers that the handler may read although its response does not depend on them. Do not list headers that
   * change the response: it is then served to other clients. Default: none.
   */
  ignoredHeaders?: string[]
  /**
   * Names of variables that middleware before the cache sets (`c.set`) and that do not change the response: a database, a logger.
   * Default: none.
   */
  ignoredVariables?: string[]
  /** Returns the key of a request. Disables `query` and `sortQuery`. Default: a key of scheme, host, path and query. */
  keyGenerator?: KeyGenerator
  /**
   * The statuses to which a string in `targetedControl`, and `cacheControl`, apply; storing itself follows RFC 9111. Default:
   * `[200]`.
   */
  cacheableStatusCodes?: number[]
  /** Obeys the request directives `no-cache`, `no-store`, `max-age`, `min-fresh` and `Pragma`. Default: false. */
  clientControl?: boolean
  /** Allows storing responses with `Set-Cookie`. Default: false. */
  storeSetCookie?: boolean
  /** Serves any stored response if the handler throws, even outside `stale-if-error`. Default: false. */
  staleOnThrow?: boolean
  /**
   * If the handler takes longer than this, in ms, a stale response that `stale-if-error` allows is sent, and the handler goes
   * on. Default: never.
   */
  softTimeoutMs?: number
  /**
   * Time limit of a call of the handler, in ms. Then the requests that wait for it get a stale response, or a 504; no further
   * request joins it, and the `c.req.raw.signal` of the handler aborts. `Infinity`: no limit. Default: 30,000.
   */
  hardTimeoutMs?: number
  /**
   * Pause after a failure of the handler while a stale response can be served, in ms. Each further failure doubles it, up to
   * 30 s. 0: none. Default: 1000.
   */
  failurePauseMs?: number
  /** Names of the query parameters in the default key. Default: all. */
  query?: string[]
  /** Makes the default key independent of the order of query parameters. Default: false. */
  sortQuery?: boolean
  /** Lets `front()` serve hits before the router. **Middleware before this one then does not run.** Default: false. */
  front?: boolean
  /**
   * Bodies of up to this many bytes are buffered before the response is sent, and get an `ETag`. Larger ones, and those that take
   * longer than 20 ms, are streamed while they are read, and have an `ETag` from their second response on. Default: 64 KiB.
   */
  bufferBytes?: number
  /** Largest body that is stored, in bytes. Larger bodies are sent without being stored. Default: 1 MiB. */
  maxBodyBytes?: number
  /** Maximum number of stored variants (`Vary`) of one resource. Default: 32. */
  maxVariants?: number
  /**
   * Adds `Server-Timing` with the outcome of the read and the duration of a load, for browsers' developer tools. Default:
   * false.
   */
  serverTiming?: boolean
  /** Shows the key in `Cache-Status`, to every client. Default: false. */
  debug?: boolean
  /**
   * If `false`, hits of this route are not audited: for a handler whose response differs at each call, or that has an effect. A
   * function compares the responses of an audit. Default: as the cache's `audit` says; equal are responses of the same status,
   * body, `Content-Type`, `Content-Language` and `Location`.
   */
  audit?: false | CompareResponses
}

/** Compares a stored response with one that the handler made for the comparison only. Returns true if they count as equal. */
export type CompareResponses = (stored: Response, loaded: Response) => boolean | Promise<boolean>

/** The parsed options, with every default filled in. */
export interface ResolvedOptions {
  cache: Cache
  reads: HttpReads
  policy: PolicyOptions
  /** Header names that are added to `Vary`. */
  varyBy: readonly string[]
  /** Request headers whose reads are ignored, in lower case. */
  ignoredHeaders: ReadonlySet<string>
  ignoredVariables: ReadonlySet<string>
  limits: BodyLimits
  maxVariants: number
  keyOf: KeyGenerator
  /** Returns the URL of a request in the spelling and with the parameters of the default key. */
  urlOf: (request: { req: { url: string } }) => string
  /** As `urlOf`; `undefined` if the route has a `keyGenerator`. */
  keyOfUrl: ((request: { req: { url: string } }) => string) | undefined
  clientControl: boolean
  staleOnThrow: boolean
  /** Options of each read. */
  timeouts: Pick<InternalReadOptions, 'softTimeoutMs' | 'loadTimeoutMs' | 'failurePauseMs'>
  front: boolean
  serverTiming: boolean
  debug: boolean
  audit: false | CompareResponses | undefined
  /** True if hits of the route may be audited. */
  audits: boolean
}

/** @throws {TypeError} naming the option that does not exist or cannot be used. */
export function resolveOptions(options: CachedOptions): ResolvedOptions {
  validateOptions('cached', options, rules)
  requireOptions('cached', options, rules, ['cache'])
  const { cache, keyGenerator, targetedControl, cacheControl } = options
  const urlOf = urlKey(options)
  const cacheableStatusCodes = options.cacheableStatusCodes ?? [200]
  const reads = httpReadsOf('cached', cache)
  return {
    cache,
    reads,
    policy: {
      targetedControl:
        targetedControl === undefined ? undefined : targetedDirectives(targetedControl, cacheableStatusCodes),
      isTargetedByFunction: typeof targetedControl === 'function',
      cacheControl: cacheControl === undefined ? new Map() : parseAddedControl(cacheControl),
      cacheableStatusCodes,
      storeSetCookie: options.storeSetCookie ?? false,
    },
    varyBy: headerNames(options.vary ?? []),
    ignoredVariables: new Set(options.ignoredVariables),
    ignoredHeaders: new Set(headerNames(options.ignoredHeaders ?? []).map((name) => name.toLowerCase())),
    limits: {
      bufferBytes: options.bufferBytes ?? 64 * 1024,
      maxBodyBytes: options.maxBodyBytes ?? 1024 * 1024,
      schedule: reads.schedule,
    },
    maxVariants: options.maxVariants ?? 32,
    keyOf: keyGenerator ?? urlOf,
    urlOf,
    keyOfUrl: keyGenerator === undefined ? urlOf : undefined,
    clientControl: options.clientControl ?? false,
    staleOnThrow: options.staleOnThrow ?? false,
    timeouts: timeoutsOf(options),
    front: options.front ?? false,
    serverTiming: options.serverTiming ?? false,
    debug: options.debug ?? false,
    audit: options.audit,
    audits: reads.audits && options.audit !== false,
  }
}

/** Leaves out options that are not set: a read with a soft timeout, even an infinite one, costs more. */
function timeoutsOf({
  softTimeoutMs = Infinity,
  hardTimeoutMs = 30_000,
  failurePauseMs,
}: CachedOptions): ResolvedOptions['timeouts'] {
  return {
    loadTimeoutMs: hardTimeoutMs,
    ...(softTimeoutMs === Infinity ? {} : { softTimeoutMs }),
    ...(failurePauseMs === undefined ? {} : { failurePauseMs }),
  }
}

const bytes: OptionRule = {
  expected: 'a number of bytes',
  isValid: (value) => typeof value === 'number' && value >= 0,
}

const notNegativeMs: OptionRule = { ...bytes, expected: 'a number of milliseconds from 0' }

const rules: OptionRules<CachedOptions> = {
  cache: withMethods('a cache made by createCache()', 'lookup'),
  targetedControl: {
    expected: 'a string, an object with a string for each status, or a function',
    isValid: (value) => [aString, anObject, aFunction].some(({ isValid }) => isValid(value)),
  },
  cacheControl: aString,
  vary: { expected: 'header names', isValid: areHeaderNames },
  ignoredHeaders: { expected: 'an array of header names', isValid: isListOfHeaderNames },
  ignoredVariables: { ...aListOfStrings, expected: 'an array of names of variables' },
  keyGenerator: aFunction,
  cacheableStatusCodes: { expected: 'an array of statuses from 200 to 599', isValid: areStatuses },
  clientControl: aBoolean,
  storeSetCookie: aBoolean,
  staleOnThrow: aBoolean,
  softTimeoutMs: notNegativeMs,
  hardTimeoutMs: {
    expected: 'a number of milliseconds above 0, or Infinity',
    isValid: (value) => typeof value === 'number' && value > 0,
  },
  failurePauseMs: notNegativeMs,
  query: { ...aListOfStrings, expected: 'an array of parameter names' },
  sortQuery: aBoolean,
  front: aBoolean,
  bufferBytes: bytes,
  maxBodyBytes: bytes,
  maxVariants: {
    expected: 'a whole number above 0',
    isValid: (value) => Number.isInteger(value) && Number(value) > 0,
  },
  serverTiming: aBoolean,
  debug: aBoolean,
  audit: falseOrFunction,
}

function isListOfHeaderNames(value: unknown): boolean {
  return Array.isArray(value) && areHeaderNames(value)
}

function areHeaderNames(value: unknown): boolean {
  const names = [value].flat()
  return aListOfStrings.isValid(names) && !names.some((name) => variesByAnything(String(name)))
}

function areStatuses(value: unknown): boolean {
  const isStatus = (status: unknown) =>
    Number.isInteger(status) && Number(status) >= 200 && Number(status) <= 599
  return Array.isArray(value) && value.every(isStatus)
}

function headerNames(vary: string | string[]): string[] {
  return [vary].flat().flatMap(listMembers)
}
