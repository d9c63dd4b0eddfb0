/** May this response be kept, and for how long? RFC 9111 §3 and §4.2, RFC 5861, RFC 9213, for a shared cache. */
import type { Lifetime } from '../../cache/lifetime.ts'
import {
  type Directives,
  deltaMs,
  parseCacheControl,
  parseTargeted,
  qualified,
  TARGETED_FIELD,
} from '../fields/cache-control.ts'
import { parseHttpDate } from '../fields/http-date.ts'
import { variesByAnything } from '../fields/vary.ts'

export interface PolicyOptions {
  /** What `Hitrate-Cache-Control` says when the handler does not. Never unlocks what the handler has locked. */
  targetedControl: Directives | undefined
  /** What `Cache-Control` says where the handler does not. Likewise. */
  cacheControl: Directives
  /** The statuses for which the two above count. */
  cacheableStatusCodes: readonly number[]
  storeSetCookie: boolean
}

/** `reason` is a word for `Cache-Status: detail`. */
export type StorageVerdict =
  | {
      store: true
      lifetime: Lifetime
      /** It may answer others without asking the handler again, at least for a moment. */
      reusable: boolean
      /** What the handler itself says, whatever our options add. */
      handlerDirectives: Directives
      /** Fields, in lower case, that are for this client alone. */
      privateHeaders: readonly string[]
    }
  | { store: false; reason: string }

/** Statuses that may be kept without a lifetime of their own (RFC 9110 §15.1), and that we understand. */
const HEURISTIC = new Set([200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 501])
const UNDERSTOOD = new Set([
  ...HEURISTIC,
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

/** How long a stale answer is kept for its validators: asking again with them costs its handler less than asking anew. */
const KEPT_TO_VALIDATE_MS = 24 * 60 * 60 * 1000
/** How long without them, for those who take it stale. */
const KEPT_STALE_MS = 10 * 60 * 1000

const HEURISTIC_SHARE = 0.1
const HEURISTIC_MAX_MS = 24 * 60 * 60 * 1000

/**
 * @param authorized the request carried `Authorization`.
 * @param headers the handler's own.
 * @param now epoch ms.
 */
export function judgeStorage(
  authorized: boolean,
  status: number,
  headers: Headers,
  options: PolicyOptions,
  now: number,
): StorageVerdict {
  const own = handlersDirectives(headers)
  const { directives, targeted } = withOptions(own, status, options)
  const without = clientsOwn(own.directives, directives)
  const reason = refusal(authorized, status, headers, own.directives, directives, without, options)
  if (reason !== undefined) return { store: false, reason }

  const validated = [own.directives, directives].some((said) => qualified(said, 'no-cache') === true)
  const ttlMs = validated ? 0 : freshnessMs(directives, targeted, status, headers, now)
  // The handler's own word holds also where our options give the lifetime.
  const mustRevalidate =
    validated ||
    ['must-revalidate', 'proxy-revalidate', 's-maxage'].some(
      (name) => directives.has(name) || own.directives.has(name),
    )
  const staleWhileRevalidateMs = mustRevalidate ? 0 : (deltaMs(directives, 'stale-while-revalidate') ?? 0)
  const staleIfErrorMs = mustRevalidate ? 0 : (deltaMs(directives, 'stale-if-error') ?? 0)
  const ageMs = initialAgeMs(headers, now)
  if (ttlMs === undefined) return { store: false, reason: 'no-lifetime' }
  const canValidate = headers.has('etag') || headers.has('last-modified')
  if (!canValidate && ttlMs + Math.max(staleWhileRevalidateMs, staleIfErrorMs) <= ageMs)
    return { store: false, reason: validated ? 'no-cache' : 'expired' }

  const negative = status >= 400 || directives.has('negative')
  const overdueMs = Math.max(0, ageMs - ttlMs)
  return {
    store: true,
    lifetime: {
      ttlMs,
      staleWhileRevalidateMs,
      staleIfErrorMs,
      keepStaleMs: canValidate
        ? overdueMs + KEPT_TO_VALIDATE_MS
        : negative || mustRevalidate
          ? 0
          : KEPT_STALE_MS,
      mustRevalidate,
      ageMs,
      tags: cacheTags(headers),
      negative,
    },
    reusable: ttlMs + staleWhileRevalidateMs > ageMs,
    handlerDirectives: own.directives,
    privateHeaders: without,
  }
}

/** What `private` and `no-cache` name: it may be kept without these fields. */
function clientsOwn(...said: Directives[]): readonly string[] {
  const names = said.flatMap((directives) =>
    [qualified(directives, 'private'), qualified(directives, 'no-cache')].flatMap((fields) =>
      fields === undefined || fields === true ? [] : fields,
    ),
  )
  return [...new Set(names)]
}

interface Said {
  directives: Directives
  /** From a targeted field: `Expires` and heuristics do not count beside it. */
  targeted: 'ours' | 'cdn' | undefined
}

/** What the handler itself says: the most specific field that it sent, which replaces the others (RFC 9213 §2.2). */
function handlersDirectives(headers: Headers): Said {
  const ours = parseTargeted(headers.get(TARGETED_FIELD))
  if (ours !== undefined) return { directives: ours, targeted: 'ours' }
  const cdn = parseTargeted(headers.get('cdn-cache-control'))
  if (cdn !== undefined) return { directives: cdn, targeted: 'cdn' }
  return { directives: parseCacheControl(headers.get('cache-control')), targeted: undefined }
}

function withOptions(own: Said, status: number, options: PolicyOptions): Said {
  if (!options.cacheableStatusCodes.includes(status) || own.targeted === 'ours') return own
  if (options.targetedControl !== undefined) return { directives: options.targetedControl, targeted: 'ours' }
  if (own.targeted === 'cdn') return own
  return { directives: new Map([...options.cacheControl, ...own.directives]), targeted: undefined }
}

/** Why it may not be kept. Our options can forbid it too; only the handler's own words can allow it. */
function refusal(
  authorized: boolean,
  status: number,
  headers: Headers,
  own: Directives,
  all: Directives,
  without: readonly string[],
  options: PolicyOptions,
): string | undefined {
  if (status < 200 || status === 206 || status === 304) return 'status'
  if (forbidsStoring(own, status) || forbidsStoring(all, status)) return 'no-store'
  if ([own, all].some((said) => qualified(said, 'private') === true)) return 'private'
  const setsCookies = headers.has('set-cookie') && !without.includes('set-cookie')
  if (setsCookies && !options.storeSetCookie) return 'set-cookie'
  if (variesByAnything(headers.get('vary'))) return 'vary-any'
  if (/^text\/event-stream\b/i.test(headers.get('content-type') ?? '')) return 'event-stream' // it never ends
  const shareable = ['public', 'must-revalidate', 's-maxage'].some((name) => own.has(name))
  return authorized && !shareable ? 'authorization' : undefined
}

/** Each on its own: an option's `must-understand` unlocks no `no-store` of the handler's. */
function forbidsStoring(directives: Directives, status: number): boolean {
  return directives.has('must-understand') ? !UNDERSTOOD.has(status) : directives.has('no-store')
}

function freshnessMs(
  directives: Directives,
  targeted: Said['targeted'],
  status: number,
  headers: Headers,
  now: number,
): number | undefined {
  const explicit = deltaMs(directives, 's-maxage') ?? deltaMs(directives, 'max-age')
  if (explicit !== undefined || targeted !== undefined) return explicit

  const date = parseHttpDate(headers.get('date') ?? '', now) ?? now
  const expires = headers.get('expires')
  if (expires !== null) return Math.max(0, (parseHttpDate(expires, now) ?? 0) - date)

  if (!HEURISTIC.has(status) && !directives.has('public')) return undefined
  const modified = parseHttpDate(headers.get('last-modified') ?? '', now)
  if (modified === undefined) return undefined
  return Math.min(Math.max(0, date - modified) * HEURISTIC_SHARE, HEURISTIC_MAX_MS)
}

/** How old the response was when it reached us, in ms (RFC 9111 §4.2.3; a handler in process has no network delay). */
function initialAgeMs(headers: Headers, now: number): number {
  const apparent = Math.max(0, now - (parseHttpDate(headers.get('date') ?? '', now) ?? now))
  // Both clocks are cut to whole seconds: less than one is no age.
  const said = deltaMs(new Map([['age', headers.get('age')?.split(',')[0]?.trim() ?? '']]), 'age') ?? 0
  return Math.max(apparent < 1000 ? 0 : apparent, said)
}

/** The members of `Cache-Tag`, each once. */
export function cacheTags(headers: Headers): string[] {
  const members = headers.get('cache-tag')?.split(',') ?? []
  return [...new Set(members.map((tag) => tag.trim()).filter((tag) => tag !== ''))]
}
