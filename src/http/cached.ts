/** The cache as a middleware: answers GET and HEAD from what it kept, and keeps what the handler may share. */
import type { Context, MiddlewareHandler, Next } from 'hono'
import { type Cache, MAX_KEY_LENGTH, type Read } from '../cache/cache.ts'
import { type Loaded, loaded } from '../cache/lifetime.ts'
import { readBody } from './body.ts'
import { parseCacheControl, parseTargeted } from './cache-control.ts'
import { type KeyGenerator, urlKey } from './cache-key.ts'
import { judge, type PolicyOptions } from './cache-policy.ts'
import { type CacheStatus, cacheStatus, type Forward } from './cache-status.ts'
import { type Conditions, clientHas } from './conditional.ts'
import { problem } from './problem.ts'
import { type RequestControl, requestControl } from './request-control.ts'
import { type StoredResponse, storeResponse, withoutOurs } from './stored-response.ts'
import { createVariants, joinVary, type RequestHeader, selectingFields, selects } from './vary.ts'

export interface CachedOptions {
  cache: Cache
  /**
   * This cache's own directives (RFC 9213), e.g. `max-age=60, stale-while-revalidate=300`: what `Hitrate-Cache-Control`
   * says where the handler does not say it. No other cache sees them. They never unlock what the handler has locked.
   */
  targetedControl?: string
  /** Directives added to `Cache-Control` where the handler does not give them; everyone sees these. */
  cacheControl?: string
  /** Added to `Vary`. */
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
  /** Larger bodies pass through and are not kept. Default 1 MiB. */
  maxBodyBytes?: number
}

type Kept = StoredResponse | undefined

/** A request, as far as the cache is concerned. */
interface Question {
  key: string
  /** The key without its variant. */
  resource: string
  header: RequestHeader
  control: RequestControl
  detail?: string
}

/** How long an entry is kept for `staleOnThrow` beyond its own lifetimes. */
const STALE_ON_THROW_MS = 24 * 60 * 60 * 1000

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
  const { cache, clientControl = false, staleOnThrow = false, maxBodyBytes = 1024 * 1024 } = options
  const policy = policyOptions(options)
  const keyOf = options.keyGenerator ?? urlKey(options.query)
  const varyBy = [options.vary ?? []].flat().flatMap((names) => names.split(',').map((name) => name.trim()))
  const variants = createVariants()

  return async function cached(c, next) {
    const { method } = c.req
    const made = keyOf(c)
    const resource = typeof made === 'string' ? made : await made // a hit should not wait for a promise without need
    if (method !== 'GET' && method !== 'HEAD') return passUnsafe(c, next, resource)

    const header: RequestHeader = (name) => c.req.header(name)
    const key = variants.keyFor(resource, header)
    if (key.length > MAX_KEY_LENGTH) {
      return readThrough(c, next, {
        key: '-',
        resource,
        header,
        control: { strategy: 'bypass' },
        detail: 'key-too-long',
      })
    }
    const control = requestControl(header, clientControl)
    if (
      control.strategy === 'refresh' &&
      control.maxAgeMs === undefined &&
      control.minFreshMs === undefined
    ) {
      const hit = cache.lookup<Kept>(key, (kept) => selects(kept?.selecting, header))
      if (hit?.value !== undefined) return answer(c, hit.value, hit, { hit: true, ttlMs: hit.expiresInMs })
    }
    return readThrough(c, next, { key, resource, header, control })
  }

  async function readThrough(c: Context, next: Next, question: Question): Promise<Response | undefined> {
    const { key, resource, header, control } = question
    const before = control.strategy === 'bypass' ? undefined : cache.peek<Kept>(key)
    const said: { detail?: string } = question.detail === undefined ? {} : { detail: question.detail }
    const load = handlerLoad(c, next, resource, header, said)
    let read: Read<Kept>
    try {
      read = await cache.read<Kept>(key, load, {
        ...control,
        accept: (kept) => selects(kept?.selecting, header),
        waitUntil: (work) => waitUntil(c, work),
      })
    } catch (error) {
      const status = cacheStatus({ fwd: 'uri-miss' })
      if (c.error !== error) {
        c.header('cache-status', status) // another request's load: this one's error handler makes the answer
        throw error
      }
      return tell(c, status) // our own: its answer has been made already
    }

    const { value, outcome } = read
    if (control.strategy === 'fresh' && value === undefined) {
      const answer = problem(504, 'Nothing kept can answer this only-if-cached request')
      answer.headers.set('cache-status', 'hitrate; detail=only-if-cached')
      return reply(c, answer)
    }
    const status = forwarded(
      read,
      c.finalized ? c.res.status : undefined,
      fwdOf(before, question, cache.enabled),
    )
    if (value === undefined) return tell(c, cacheStatus({ ...status, ...said }))
    return answer(c, value, read, outcome === 'hit' ? { hit: true, ttlMs: read.expiresInMs } : status)
  }

  /** Runs the handler and says what may be kept of its answer. The answer itself stays in `c.res` until replaced. */
  function handlerLoad(
    c: Context,
    next: Next,
    resource: string,
    header: RequestHeader,
    said: { detail?: string },
  ) {
    return async function load({ background }: { background: boolean }): Promise<Loaded<Kept>> {
      if (background) await answerGiven(c)
      await askPlainly(c, next)
      if (c.error !== undefined) throw c.error

      const response = c.res
      addOptions(response)
      const failed = response.status >= 500
      const verdict = judge(
        header('authorization') !== undefined,
        response.status,
        response.headers,
        policy,
        cache.now(),
      )
      if (!verdict.store || !cache.enabled) {
        if (!verdict.store) said.detail = verdict.reason
        return loaded<Kept>(undefined, { keep: false, share: false, failed })
      }
      const body = await readBody(response, maxBodyBytes)
      if ('streaming' in body) {
        said.detail = 'too-large'
        replace(c, new Response(body.streaming, response))
        return loaded<Kept>(undefined, { keep: false, share: false, failed })
      }
      const selecting = selectingFields(response.headers.get('vary'), header)
      const stored = await storeResponse(
        response.status,
        response.headers,
        body.whole,
        selecting,
        cache.now(),
      )
      const { lifetime } = verdict
      if (staleOnThrow) lifetime.staleIfErrorMs = Math.max(lifetime.staleIfErrorMs ?? 0, STALE_ON_THROW_MS)
      const keep = selecting === undefined ? true : variants.learn(resource, selecting)
      return loaded<Kept>(stored, { ...lifetime, keep, failed, bytes: stored.bytes })
    }
  }

  function addOptions(response: Response): void {
    const vary = joinVary(response.headers.get('vary'), varyBy)
    if (vary !== null && varyBy.length > 0) response.headers.set('vary', vary)
    if (policy.cacheControl.size === 0 || !policy.cacheableStatusCodes.includes(response.status)) return
    const own = response.headers.get('cache-control')
    const has = parseCacheControl(own)
    const missing = [...policy.cacheControl].filter(([name]) => !has.has(name))
    const added = missing.map(([name, value]) => (value === true ? name : `${name}=${value}`))
    response.headers.set('cache-control', [own, ...added].filter(Boolean).join(', '))
  }

  /** A method that may change things: the handler is asked, and what was kept under the URL is forgotten (RFC 9111 §4.4). */
  async function passUnsafe(c: Context, next: Next, resource: string): Promise<Response | undefined> {
    await cache.pass(next)
    const { status } = c.res
    const safe = c.req.method === 'OPTIONS' || c.req.method === 'TRACE'
    if (!safe && status >= 200 && status < 400 && resource.length <= MAX_KEY_LENGTH) cache.delete(resource)
    return tell(c, cacheStatus({ fwd: 'method' }))
  }

  function answer(
    c: Context,
    kept: StoredResponse,
    read: Read<unknown>,
    status: CacheStatus,
  ): Response | undefined {
    const notModified = isSuccess(kept.status) && clientHas(kept, conditionsOf(c), cache.now())
    if (notModified && status.fwd !== undefined) status.fwdStatus ??= kept.status
    const response = kept.answer({
      head: c.req.method === 'HEAD',
      notModified,
      ageMs: read.outcome === 'miss' && read.ageMs < 1000 ? undefined : read.ageMs,
      cacheStatus: cacheStatus(status),
    })
    return reply(c, response)
  }

  /** An answer that is not kept: the handler's own, with what the cache did. */
  function tell(c: Context, status: string): undefined {
    const { res } = c
    if (res.status < 200) return // an upgrade: not ours to touch
    const headers = withoutOurs(res.headers)
    headers.append('cache-status', status)
    const validators = {
      etag: headers.get('etag') ?? undefined,
      lastModified: headers.get('last-modified') ?? undefined,
    }
    const isRead = c.req.method === 'GET' || c.req.method === 'HEAD'
    // The handler was asked without the client's conditions, which are met here.
    const notModified = isRead && isSuccess(res.status) && clientHas(validators, conditionsOf(c), cache.now())
    if (notModified) for (const name of ['content-length', 'content-type']) headers.delete(name)
    replace(
      c,
      new Response(notModified ? null : res.body, { status: notModified ? 304 : res.status, headers }),
    )
  }
}

function policyOptions(options: CachedOptions): PolicyOptions {
  const { targetedControl, cacheControl, cacheableStatusCodes = [200], storeSetCookie = false } = options
  const targeted = parseTargeted(targetedControl)
  if (targetedControl !== undefined && targeted === undefined) {
    throw new TypeError(
      `cached: targetedControl is not a list of directives: ${JSON.stringify(targetedControl)}`,
    )
  }
  return {
    targetedControl: targeted,
    cacheControl: parseCacheControl(cacheControl),
    cacheableStatusCodes,
    storeSetCookie,
  }
}

/** What the client asked that only its own answer must obey: the handler is asked for the whole, unconditionally. */
const CLIENTS_OWN = [
  'if-none-match',
  'if-modified-since',
  'if-match',
  'if-unmodified-since',
  'if-range',
  'range',
]

async function askPlainly(c: Context, next: Next): Promise<void> {
  const { raw } = c.req
  if (raw.method === 'GET' && !CLIENTS_OWN.some((name) => raw.headers.has(name))) return next()
  const headers = new Headers(raw.headers)
  for (const name of CLIENTS_OWN) headers.delete(name)
  c.req.raw = new Request(raw, { method: 'GET', headers })
  try {
    await next()
  } finally {
    c.req.raw = raw
  }
}

/**
 * Waits until the stale answer has left the middleware chain, then clears the context for the handler's second run.
 * A microtask would be too early: the fresh answer would take the stale one's place on its way out.
 */
async function answerGiven(c: Context): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 0))
  c.res = undefined
  c.finalized = false
}

function waitUntil(c: Context, work: Promise<unknown>): void {
  try {
    c.executionCtx.waitUntil(work)
  } catch {
    // Hono's getter throws where the runtime has no such thing: there the process stays alive by itself.
  }
}

function fwdOf(before: Read<Kept> | undefined, question: Question, enabled: boolean): Forward {
  const { strategy, maxAgeMs, minFreshMs } = question.control
  if (strategy === 'bypass' || !enabled) return 'bypass'
  if (strategy === 'invalidate') return 'request'
  if (before === undefined) return question.key === question.resource ? 'uri-miss' : 'vary-miss'
  if (!selects(before.value?.selecting, question.header)) return 'vary-miss'
  const freshEnough = maxAgeMs !== undefined || minFreshMs !== undefined
  return freshEnough && before.expiresInMs > 0 ? 'request' : 'stale'
}

/** @param handlerStatus what this request's own handler answered, if it was asked. */
function forwarded(read: Read<Kept>, handlerStatus: number | undefined, fwd: Forward): CacheStatus {
  const ttlMs = read.expiresInMs
  if (read.outcome === 'stale') {
    if (handlerStatus === undefined) return { hit: true, ttlMs }
    return { fwd: 'stale', fwdStatus: handlerStatus, ttlMs, detail: 'stale-if-error' }
  }
  return { fwd, ...(read.kept ? { ttlMs, stored: true } : {}), collapsed: read.outcome === 'coalesced' }
}

function conditionsOf(c: Context): Conditions {
  return { ifNoneMatch: c.req.header('if-none-match'), ifModifiedSince: c.req.header('if-modified-since') }
}

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300
}

function reply(c: Context, response: Response): Response | undefined {
  if (!c.finalized) return response
  replace(c, response)
}

/** Assigning over a response would merge the old one's headers into the new one. */
function replace(c: Context, response: Response): void {
  c.res = undefined
  c.res = response
}
