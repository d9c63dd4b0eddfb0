/** Decides whether a shared cache may store a response, and for how long (RFC 9111 §3, RFC 9213). */
import {
  type Directives,
  parseCacheControl,
  parseTargeted,
  qualified,
  TARGETED_FIELD,
} from '../fields/cache-control.ts'
import { listMembers } from '../fields/lists.ts'
import { variesByAnything } from '../fields/vary.ts'
import {
  freshnessMs,
  HEURISTIC_STATUSES,
  type ResponseLifetime,
  responseLifetime,
} from './response-lifetime.ts'
import type { DirectivesFor } from './targeted-control.ts'

export interface PolicyOptions {
  /**
   * Returns the directives that replace a missing `Hitrate-Cache-Control`. They cannot override the handler's headers that
   * forbid storing.
   */
  targetedControl: DirectivesFor | undefined
  /** True if `targetedControl` is a function, which may return other directives for each response. Default: false. */
  isTargetedByFunction?: boolean
  /**
   * Directives that are added to `Cache-Control` unless the handler sets them. They cannot override the handler's headers that
   * forbid storing.
   */
  cacheControl: Directives
  /** The statuses to which `cacheControl` applies. */
  cacheableStatusCodes: readonly number[]
  storeSetCookie: boolean
}

/** The decision about a response that is not for one client alone. */
export interface ShareableParts {
  /** True if requests that wait for the handler may get the response. */
  shareable: boolean
  /** Directives from the handler's own headers, without those of the options. */
  handlerDirectives: Directives
  /**
   * Lower-case names of the headers that `private` or `no-cache` lists. These headers are for this client only and are not
   * stored.
   */
  privateHeaders: readonly string[]
}

/** The response may be stored. */
export interface StorableVerdict extends ShareableParts {
  store: true
  lifetime: ResponseLifetime & { tags: readonly string[] }
  /**
   * True if the response can answer other requests without waiting for the handler, fresh or within `stale-while-revalidate`.
   */
  reusable: boolean
}

/** `reason` is shown as `detail` in `Cache-Status`. */
export type StorageVerdict =
  | StorableVerdict
  | ({ store: false; shareable: true; reason: string } & ShareableParts)
  | { store: false; shareable: false; reason: string }

/** True for a failure: requests that wait for the handler may share it although it has no lifetime. */
export function isFailure(status: number): boolean {
  return status === 404 || status >= 500
}

/**
 * @param authorized true if the request has `Authorization`.
 * @param headers the handler's response headers.
 * @param now epoch ms.
 * @throws the error of a function in `targetedControl`.
 */
export function judgeStorage(
  authorized: boolean,
  status: number,
  headers: Headers,
  options: PolicyOptions,
  now: number,
): StorageVerdict {
  const own = handlerDirectives(headers)
  const applied = withOptions(own, { status, headers, now }, options)
  const both = [own.directives, applied.directives]
  const privateHeaders = privateHeaderNames(both)
  const reason = refusal({ authorized, status, headers, own: own.directives, both, privateHeaders }, options)
  if (reason !== undefined) return { store: false, shareable: false, reason }

  const noCache = both.some((directives) => qualified(directives, 'no-cache') === true)
  // If the handler's own directives forbid stale responses, they do so even if an option sets the lifetime.
  const mustRevalidate =
    noCache || both.some((directives) => FORBIDS_STALE.some((name) => directives.has(name)))
  const isTargeted = applied.source !== 'cache-control'
  const { directives } = applied
  const lifetime = responseLifetime({
    status,
    headers,
    directives,
    isTargeted,
    noCache,
    mustRevalidate,
    now,
  })
  // Waiting requests share a failure even without a lifetime, so that a crowd does not call a failing handler once each.
  const isSharedFailure = isFailure(status) && !noCache
  const parts = { shareable: isSharedFailure, handlerDirectives: own.directives, privateHeaders }
  if (lifetime === undefined) return { ...parts, store: false, reason: 'no-lifetime' }
  if (lifetime === 'expired') return { ...parts, store: false, reason: noCache ? 'no-cache' : 'expired' }
  const reusable = lifetime.ttlMs + lifetime.staleWhileRevalidateMs > lifetime.ageMs
  return {
    ...parts,
    store: true,
    lifetime: { ...lifetime, tags: cacheTags(headers) },
    reusable,
    shareable: reusable || isSharedFailure,
  }
}

/** Directives that forbid stale responses in a shared cache (RFC 9111 §4.2.4). */
const FORBIDS_STALE = ['must-revalidate', 'proxy-revalidate', 's-maxage']

/** Names of the headers that `private` and `no-cache` list. The response may be stored without these headers. */
function privateHeaderNames(all: readonly Directives[]): readonly string[] {
  const names = all
    .flatMap((directives) => [qualified(directives, 'private'), qualified(directives, 'no-cache')])
    .flatMap((headers) => (headers === undefined || headers === true ? [] : headers))
  return [...new Set(names)]
}

/** Directives, and the header in which they were found. */
interface SourcedDirectives {
  directives: Directives
  source: 'hitrate' | 'cdn' | 'cache-control'
}

/** The directives of the most specific header that the handler set. Less specific headers are then ignored (RFC 9213 §2.2). */
function handlerDirectives(headers: Headers): SourcedDirectives {
  const hitrate = parseTargeted(headers.get(TARGETED_FIELD))
  if (hitrate !== undefined) return { directives: hitrate, source: 'hitrate' }
  const cdn = parseTargeted(headers.get('cdn-cache-control'))
  if (cdn !== undefined) return { directives: cdn, source: 'cdn' }
  return { directives: parseCacheControl(headers.get('cache-control')), source: 'cache-control' }
}

function withOptions(
  own: SourcedDirectives,
  response: { status: number; headers: Headers; now: number },
  { targetedControl, cacheControl, cacheableStatusCodes }: PolicyOptions,
): SourcedDirectives {
  if (own.source === 'hitrate') return own
  const { status, headers } = response
  const targeted = targetedControl?.(status, headers, () => ownMaxAge(own, response))
  if (targeted !== undefined) return { directives: targeted, source: 'hitrate' }
  if (own.source === 'cdn' || !cacheableStatusCodes.includes(status)) return own
  return { directives: new Map([...cacheControl, ...own.directives]), source: 'cache-control' }
}

/** The freshness lifetime that the handler's own headers give, in seconds. */
function ownMaxAge(
  { directives, source }: SourcedDirectives,
  response: { status: number; headers: Headers; now: number },
): number | undefined {
  if (qualified(directives, 'no-cache') === true) return 0
  const ms = freshnessMs({ ...response, directives, isTargeted: source !== 'cache-control' })
  return ms === undefined ? undefined : Math.floor(ms / 1000)
}

interface RefusalInput {
  authorized: boolean
  status: number
  headers: Headers
  own: Directives
  /** Two sets of directives: the handler's own, and the same with the options applied. Each of the two can forbid storing. */
  both: readonly Directives[]
  privateHeaders: readonly string[]
}

/** The header of a response of @hono/node-server that the handler has written to the socket itself. */
export const ALREADY_SENT = 'x-hono-already-sent'

/** Returns the reason not to store a response. Options can forbid storing, but only the handler's own directives can allow it. */
function refusal(input: RefusalInput, { storeSetCookie }: PolicyOptions): string | undefined {
  const { authorized, status, headers, own, both, privateHeaders } = input
  if (status < 200 || status > 599 || status === 206 || status === 304) return 'status'
  if (headers.has(ALREADY_SENT)) return 'already-sent'
  if (both.some((directives) => forbidsStoring(directives, status))) return 'no-store'
  if (both.some((directives) => qualified(directives, 'private') === true)) return 'private'
  const setsCookies = headers.has('set-cookie') && !privateHeaders.includes('set-cookie')
  if (setsCookies && !storeSetCookie) return 'set-cookie'
  if (variesByAnything(headers.get('vary'))) return 'vary-any'
  if (/^text\/event-stream\b/i.test(headers.get('content-type') ?? '')) return 'event-stream' // its body never ends
  const isShareable = ['public', 'must-revalidate', 's-maxage'].some((name) => own.has(name))
  return authorized && !isShareable ? 'authorization' : undefined
}

/** Statuses whose meaning this cache implements, as `must-understand` requires (RFC 9111 §5.2.2.3). */
const UNDERSTOOD_STATUSES = new Set([
  ...HEURISTIC_STATUSES,
  302,
  303,
  307,
  400,
  401,
  403,
  406,
  409,
  413,
  415,
  422,
  429,
  500,
  502,
  503,
  504,
])

/**
 * True if the directives forbid storing. The handler's directives and those with options are tested separately, so that an
 * option's `must-understand` does not cancel the handler's `no-store`.
 */
function forbidsStoring(directives: Directives, status: number): boolean {
  return directives.has('must-understand') ? !UNDERSTOOD_STATUSES.has(status) : directives.has('no-store')
}

/** The members of `Cache-Tag`, each once. */
export function cacheTags(headers: Headers): string[] {
  return [...new Set(listMembers(headers.get('cache-tag')))]
}
