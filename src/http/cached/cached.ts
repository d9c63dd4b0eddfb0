/** The cache as a middleware: answers GET and HEAD from what it kept, and keeps what the handler may share. */
import type { Context, MiddlewareHandler, Next } from 'hono'
import type { RouterRoute } from 'hono/types'
import { MAX_KEY_LENGTH } from '../../cache/cache.ts'
import type { About, Outcome } from '../../cache/events.ts'
import type { Read, ReadOptions } from '../../cache/read.ts'
import {
  addHeaders,
  cancelBody,
  discardResponse,
  headersSetBefore,
  setResponse,
} from '../context/context-response.ts'
import { waitUntil } from '../context/execution-context.ts'
import { hasHeaderUnwatched } from '../context/header-reads.ts'
import { assertNotNested } from '../context/nested-cache-guard.ts'
import { routeOf } from '../context/route-of.ts'
import { noHeadersSetYet, setsNoHeaders } from '../context/sets-no-headers.ts'
import { withSyncAnswer } from '../context/sync-answer.ts'
import { problem } from '../endpoints/problem.ts'
import { type Purge, purgeOf } from '../endpoints/purge-request.ts'
import {
  type CacheStatus,
  createHitStatus,
  type ForwardReason,
  formatCacheStatus,
} from '../fields/cache-status.ts'
import { isConditionalOrRange } from '../fields/conditional.ts'
import { addServerTiming } from '../fields/server-timing.ts'
import type { RequestHeader } from '../fields/vary.ts'
import { attachedIndex, type Hit, type HitResponder, indexSymbol } from '../front/url-index.ts'
import { isUrlOnlyKey } from '../front/url-only-key.ts'
import { urlKey } from '../policy/cache-key.ts'
import { createHitForMiss, hitForMissKey, hitForMissKeys } from '../policy/hit-for-miss.ts'
import { type RequestDirectives, requestDirectives } from '../policy/request-directives.ts'
import { createVariants, escapedKey, variantsTag } from '../policy/variants.ts'
import { storedResponses } from '../stored/codec.ts'
import type { StoredResponse } from '../stored/stored-response.ts'
import type { Kept, Question, Told } from './cache-request.ts'
import { forwarded, forwardOf, isFor } from './forward-reason.ts'
import { createHandlerLoad } from './handler-load.ts'
import { type CachedOptions, limitsOf, policyOptions, readVary, refuseUnusable } from './options.ts'
import { answerKept, answerWith } from './respond.ts'
import { createPassUnsafe } from './unsafe-methods.ts'

export type { CachedOptions } from './options.ts'

const BYPASS: RequestDirectives = { strategy: 'bypass' }

/**
 * A shared cache in front of a handler (RFC 9111). Lifetimes come from the response's fields and from
 * `targetedControl`; every answer says in `Cache-Status` (RFC 9211) what the cache did.
 *
 * @throws {TypeError} when an option cannot be read.
 * @example
 * const cache = createCache({ memory: memoryStore() })
 * app.get('/rates', cached({ cache, targetedControl: 'max-age=60' }), (c) => c.json(rates()))
 */
export function cached(options: CachedOptions): MiddlewareHandler {
  refuseUnusable(options)
  const { cache, clientControl = false, staleOnThrow = false, serverTiming = false, debug = false } = options
  const policy = policyOptions(options)
  const { maxVariants, ...limits } = limitsOf(options)
  const ofUrl = urlKey(options)
  const keyOf = options.keyGenerator ?? ofUrl
  const variants = createVariants({ maxVariants })
  const hitForMiss = createHitForMiss({ now: cache.now })
  const handlerLoad = createHandlerLoad({
    cache,
    policy,
    varyBy: readVary(options.vary),
    limits,
    variants,
    hitForMiss,
  })
  const passUnsafe = createPassUnsafe({
    cache,
    limits,
    storeSetCookie: policy.storeSetCookie,
    keyOfUrl: options.keyGenerator === undefined ? ofUrl : undefined,
    forget,
    debug,
  })
  const mark = indexSymbol(cache)
  const hitStatus = createHitStatus()
  /** What most hits are: a plain GET, answered with all that is kept. */
  const hitResponder: HitResponder = {
    obeysPragma: clientControl,
    hasVariants: (key) => variants.keyFor(key, () => undefined) !== key,
    toResponse({ value, ageMs, expiresInMs }, key) {
      const status = debug
        ? formatCacheStatus({ hit: true, ttlMs: expiresInMs, key })
        : hitStatus(expiresInMs)
      const answer = value.toResponse({ head: false, notModified: false, ageMs, cacheStatus: status })
      if (serverTiming) addServerTiming(answer, 'hit')
      return answer
    },
  }

  /** A hit waits for nothing, and makes no promise without need. */
  function cached(c: Context, next: Next): Response | Promise<Response | undefined> {
    const made = keyOf(c)
    return typeof made === 'string'
      ? answer(c, next, made, true)
      : Promise.resolve(made).then((key) => answer(c, next, stringOf(key), false))
  }

  /** @param isAtOnce the key was there without waiting for it. */
  function answer(c: Context, next: Next, made: string, isAtOnce: boolean): Response | Promise<undefined> {
    const { method, matchedRoutes } = c.req
    const about: About = { method, route: routeOf(matchedRoutes) }
    const resource = escapedKey(made)
    const purge = purgeOf(c)
    if (purge !== undefined) return obey(c, purge, resource)
    if (method !== 'GET' && method !== 'HEAD') return passUnsafe(c, next, resource, about)

    const wanted = wantedBy(c, resource)
    const hit = freshFor(c, made, wanted, about, isAtOnce)
    if (hit !== undefined) {
      return method === 'GET' && !isConditionalOrRange(wanted.asked)
        ? answerWhole(c, hit, wanted.key, matchedRoutes)
        : answerAsAsked(c, hit, wanted.key)
    }
    const { key, control, detail } = wanted
    const around = headersSetBefore(c)
    const header = fieldsOf(c)
    const alone = hitForMiss.has(hitForMissKey({ header, resource }))
    const usable = key.length > MAX_KEY_LENGTH ? '-' : key
    const question = { c, next, key: usable, resource, header, control, around, about, alone }
    return readThrough(question, detail === undefined ? { asked: false } : { asked: false, detail })
  }

  /** A hit for a plain GET, asked for by what stands right before this: see {@link withSyncAnswer}. */
  function answerAtOnce(c: Context, routes: readonly RouterRoute[]): Response | undefined {
    if (c.req.method !== 'GET') return undefined
    const made = ofUrl(c)
    const wanted = wantedBy(c, escapedKey(made))
    if (isConditionalOrRange(wanted.asked)) return undefined
    const hit = freshFor(c, made, wanted, { method: 'GET', route: routeOf(routes) }, true)
    return hit && hitResponder.toResponse(hit, wanted.key)
  }

  function wantedBy(c: Context, resource: string): Wanted {
    const { url, headers } = c.req.raw
    const asked: RequestHeader = (name) => headers.get(name) ?? undefined
    const key = variants.keyFor(resource, asked)
    const detail = whyPast(key, url, asked)
    const control = cache.enabled && detail === undefined ? requestDirectives(asked, clientControl) : BYPASS
    return { asked, key, control, detail }
  }

  /** What memory has for a request that any fresh entry answers. @param isAtOnce the key was there without waiting for it. */
  function freshFor(
    c: Context,
    made: string,
    { asked, key, control }: Wanted,
    about: About,
    isAtOnce: boolean,
  ): Hit | undefined {
    if (!takesAnyFresh(control)) return undefined
    const hit = cache.lookup<Kept>(key, (kept) => isFor(kept, asked), about)
    if (hit?.value === undefined) return undefined
    if (options.front && isAtOnce) addToFrontIndex(c, made, hit.value, about)
    return hit as Hit // its value is there
  }

  /** A hit for a plain GET. Returned, not put into the context, where nothing has to be added to it. */
  function answerWhole(c: Context, hit: Hit, key: string, routes: RouterRoute[]): Response {
    const whole = hitResponder.toResponse(hit, key)
    if (noHeadersSetYet(routes, c.req.routeIndex, cached)) return whole
    setResponse(c, addHeaders(whole, headersSetBefore(c), hit.value.appendedHeaders))
    return c.res // where this is the only handler, Hono takes what is returned at once, and nothing else
  }

  /** A hit for HEAD, or for a request with conditions or a range. */
  function answerAsAsked(c: Context, hit: Hit, key: string): Response {
    const status = keyed({ hit: true, ttlMs: hit.expiresInMs }, key)
    answerKept({ c, around: headersSetBefore(c) }, hit.value, hit, status, cache.now())
    timed(c, 'hit')
    return c.res
  }

  async function obey(c: Context, purge: Purge, resource: string): Promise<undefined> {
    await forget(resource)
    purge.done = true
    setResponse(c, new Response(null, { status: 204 }))
  }

  /** From now on `front` may answer this URL, if its key and its answer are the same whoever asks. */
  function addToFrontIndex(c: Context, made: string, kept: StoredResponse, { route }: About): void {
    const { raw } = c.req
    const index = kept.selecting === undefined ? attachedIndex(raw, mark) : undefined
    if (index === undefined || index.get(raw.url)?.responder === hitResponder) return
    if (hasHeaderUnwatched(raw.headers, 'authorization')) return // someone may have checked it before
    if (!isUrlOnlyKey(keyOf, c, made)) return
    index.add(raw.url, { key: escapedKey(made), about: { method: 'GET', route }, responder: hitResponder })
  }

  /** Where memory has no fresh entry for this request: asks the other tier, and the handler. */
  async function readThrough(question: Question, told: Told): Promise<undefined> {
    const { c, key, control } = question
    const before = control.strategy === 'bypass' ? undefined : cache.peek<Kept>(key)
    const fwd = forwardOf(before, question)
    if (fwd !== 'bypass') assertNotNested(c, cache, key)
    const load = handlerLoad(question, fwd === 'bypass' ? fwd : 'for everyone', told)
    const startedAt = performance.now()
    let read: Read<Kept>
    try {
      read = await cache.read<Kept>(key, load, readOptions(question))
      if (told.broken !== undefined && read.value === undefined) throw told.broken.error
    } catch (error) {
      return answerError(question, error, fwd, told)
    }
    const loadMs = told.asked ? performance.now() - startedAt : undefined
    answerRead(question, read, fwd, told)
    timed(c, read.outcome, loadMs)
  }

  function readOptions(question: Question): ReadOptions<Kept> {
    const { c, header, control, alone, about } = question
    return {
      ...control,
      alone,
      staleOnThrow,
      accept: (kept) => kept === undefined || isFor(kept, header),
      elsewhere: () => {
        const variant = variants.keyFor(question.resource, header)
        if (variant.length <= MAX_KEY_LENGTH) question.key = variant // else it loads by itself, and nothing is kept
        return variant
      },
      codec: storedResponses,
      waitUntil: (work) => waitUntil(c, work),
      about,
    }
  }

  function answerRead(question: Question, read: Read<Kept>, fwd: ForwardReason, told: Told): undefined {
    const { c, key, control, around } = question
    const { value, outcome } = read
    if (control.strategy === 'fresh' && value === undefined) {
      const answer = problem(504, 'Nothing kept can answer this only-if-cached request')
      answer.headers.set('cache-status', formatCacheStatus(keyed({ detail: 'only-if-cached' }, key)))
      setResponse(c, addHeaders(answer, around))
      return
    }
    const status =
      outcome === 'hit'
        ? { hit: true, ttlMs: read.expiresInMs }
        : forwarded(read, told.asked ? c.res.status : undefined, fwd, told)
    if (value === undefined) return tell(status, question)
    if (outcome === 'stale' && told.asked) cancelBody(c.res.body)
    return answerKept(question, value, read, keyed(status, question.key), cache.now(), told.own)
  }

  /** @throws the error: this request's error handler makes the answer, unless it has made it already. */
  function answerError(question: Question, error: unknown, fwd: ForwardReason, told: Told): undefined {
    const { c, key, around } = question
    if (c.error !== undefined && c.error === error) return tell({ fwd }, question)
    if (c.finalized) discardResponse(c, around) // an answer that broke off: nothing of it belongs on the error's
    c.header('cache-status', formatCacheStatus(keyed({ fwd, collapsed: !told.asked }, key)))
    throw error
  }

  /** A resource with all its variants, also what loads under way will bring. */
  async function forget(resource: string): Promise<void> {
    for (const memory of hitForMissKeys(resource)) hitForMiss.delete(memory)
    if (resource.length > MAX_KEY_LENGTH) return
    await Promise.all([cache.delete(resource), cache.invalidateTags([variantsTag(resource)])])
  }

  /** The handler's own answer, with what the cache did. */
  function tell(status: CacheStatus, { c, key }: Question): undefined {
    return answerWith(c, formatCacheStatus(keyed(status, key)), cache.now())
  }

  function keyed(status: CacheStatus, key: string): CacheStatus {
    return debug ? { ...status, key } : status
  }

  function timed(c: Context, outcome: Outcome, loadMs?: number): undefined {
    if (!serverTiming || c.res.status < 200) return // an upgrade cannot be changed
    addServerTiming(c.res, outcome, loadMs)
  }

  // A key of the user's own may take long, and should be made once.
  if (options.keyGenerator === undefined) withSyncAnswer(cached, answerAtOnce)
  return setsNoHeaders(cached) as MiddlewareHandler // Hono awaits whatever comes; its type knows promises alone
}

/** What a request wants of the cache. */
interface Wanted {
  asked: RequestHeader
  /** Of the variant that it gets, as far as is known. */
  key: string
  control: RequestDirectives
  /** Why it goes past the cache. */
  detail: string | undefined
}

function stringOf(key: unknown): string {
  if (typeof key === 'string') return key
  throw new TypeError(`cached: keyGenerator gave ${key === null ? 'null' : typeof key}, which is no string`)
}

/** Is any fresh entry good enough? Then one look into memory, without a promise, may answer. */
function takesAnyFresh({ strategy, maxAgeMs, minFreshMs }: RequestDirectives): boolean {
  return strategy === 'refresh' && maxAgeMs === undefined && minFreshMs === undefined
}

/** Why a request goes past the cache, as a word for `Cache-Status`. */
function whyPast(key: string, url: string, header: RequestHeader): string | undefined {
  if (key.length > MAX_KEY_LENGTH) return 'key-too-long'
  // No request target has one (RFC 9112 §3.2), yet servers hand it on, and a handler may take it for the end of a parameter.
  if (url.includes('#')) return 'fragment'
  // No kept answer opens a websocket, and the answer that opens one (some servers make a 200 of it) is nobody else's.
  return header('upgrade')?.toLowerCase() === 'websocket' ? 'upgrade' : undefined
}

/** A request's fields as they are now, whatever is done to them later. Copied whole: so nobody is heard to ask for one. */
function fieldsOf(c: Context): RequestHeader {
  const fields = new Headers(c.req.raw.headers)
  return (name) => fields.get(name) ?? undefined
}
