/** A request that may change things: its handler is asked, and what was kept of what it changed is forgotten. */
import type { Context, Next } from 'hono'
import { type Cache, MAX_KEY_LENGTH } from '../../cache/cache.ts'
import type { About } from '../../cache/events.ts'
import { headersSetBefore } from '../context/context-response.ts'
import { hasHeaderUnwatched } from '../context/header-reads.ts'
import { formatCacheStatus } from '../fields/cache-status.ts'
import { cacheTags } from '../policy/storage-policy.ts'
import { escapedKey } from '../policy/variants.ts'
import type { BodyLimits } from '../stored/read-body.ts'
import { askAsItIs } from './call-handler.ts'
import { answerWith } from './respond.ts'
import { keepPosted } from './store-post-response.ts'

export interface PassUnsafeOptions {
  cache: Cache
  limits: BodyLimits
  storeSetCookie: boolean
  /** The key of a URL, where keys are made of nothing else. */
  keyOfUrl: ((asked: { req: { url: string } }) => string) | undefined
  /** Forgets a resource with all its variants. */
  forget: (resource: string) => Promise<void>
  /** Says the key in `Cache-Status`. */
  debug: boolean
}

export type PassUnsafe = (c: Context, next: Next, resource: string, about: About) => Promise<undefined>

/** Beside GET and HEAD: what is registered as safe (RFC 9110 §16.1.1) changes nothing. Any other may, also one unknown to us. */
const SAFE = new Set(['OPTIONS', 'TRACE', 'QUERY', 'PROPFIND', 'REPORT', 'SEARCH'])

/** For every method but GET and HEAD. Where one has succeeded that is not safe, its URL is forgotten (RFC 9111 §4.4). */
export function createPassUnsafe(options: PassUnsafeOptions): PassUnsafe {
  const { cache, limits, storeSetCookie, keyOfUrl, forget, debug } = options

  return async function passUnsafe(c, next, resource, about) {
    const around = headersSetBefore(c)
    const authorized = hasHeaderUnwatched(c.req.raw.headers, 'authorization') // as it came: the handler may change it
    const mayKeep = cache.enabled && resource.length <= MAX_KEY_LENGTH
    const changedMeanwhile = mayKeep ? cache.noteChanges(resource) : undefined
    const { names: read } = await cache.pass(() => askAsItIs(c, next), about)
    if (!c.finalized) return // Hono says what is wrong
    const { status } = c.res
    if (!SAFE.has(c.req.method) && status >= 200 && status < 400) {
      const isOld = changedMeanwhile?.(cacheTags(c.res.headers)) ?? true
      const forgotten = [resource, ...namedBy(c)].map(forget)
      // Watched from here on, after its own change: whatever changes the resource now is newer than this answer.
      const posted = isOld
        ? undefined
        : { resource, around, authorized, read, isOld: cache.noteChanges(resource) }
      await Promise.all(forgotten)
      if (posted !== undefined) await keepPosted(c, { cache, limits, storeSetCookie, ...posted })
    }
    answerWith(c, formatCacheStatus({ fwd: 'method', ...(debug ? { key: resource } : {}) }), cache.now())
  }

  /** The resources that an answer names, of the same origin. */
  function namedBy(c: Context): string[] {
    if (keyOfUrl === undefined) return []
    const { url } = c.req
    return ['location', 'content-location'].flatMap((name) => {
      const target = URL.parse(c.res.headers.get(name) ?? '#', url)
      if (target === null || target.origin !== URL.parse(url)?.origin) return []
      return escapedKey(keyOfUrl({ req: { url: target.href } }))
    })
  }
}
