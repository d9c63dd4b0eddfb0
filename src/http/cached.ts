/** The cache as a middleware: answers GET and HEAD from what it kept, and keeps what the handler may share. */
import type { Context, MiddlewareHandler, Next } from 'hono'
import { type Cache, MAX_KEY_LENGTH, type Read } from '../cache/cache.ts'
import { type Loaded, loaded } from '../cache/lifetime.ts'
import { answerTaken } from './answer-taken.ts'
import { readBody } from './body.ts'
import { type Directives, parseCacheControl, parseTargeted } from './cache-control.ts'
import { type KeyGenerator, urlKey } from './cache-key.ts'
import { judge, type PolicyOptions } from './cache-policy.ts'
import { type CacheStatus, cacheStatus, type Forward } from './cache-status.ts'
import { type Conditions, clientHas } from './conditional.ts'
import { problem } from './problem.ts'
import { type RequestControl, requestControl } from './request-control.ts'
import { type StoredResponse, storedResponses, storeResponse, withoutOurs } from './stored-response.ts'
import {
  createVariants,
  joinVary,
  plainKey,
  type RequestHeader,
  selectingFields,
  selects,
  variesByAnything,
} from './vary.ts'

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
  /** What middleware around the cache had set before: this request's own, on its answer but never in an entry. */
  around: Headers
  detail?: string
}

/** What a request's own load has to say beside its answer. */
interface Told {
  /** The handler was asked. */
  asked: boolean
  detail?: string
}

const BYPASS: RequestControl = { strategy: 'bypass' }

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
    const resource = plainKey(typeof made === 'string' ? made : await made) // a hit should not wait without need
    if (method !== 'GET' && method !== 'HEAD') return passUnsafe(c, next, resource)

    const header: RequestHeader = (name) => c.req.header(name)
    const around = c.body(null).headers
    const key = variants.keyFor(resource, header)
    if (key.length > MAX_KEY_LENGTH) {
      return readThrough(c, next, {
        key: '-',
        resource,
        header,
        control: BYPASS,
        around,
        detail: 'key-too-long',
      })
    }
    const control = cache.enabled ? requestControl(header, clientControl) : BYPASS
    if (
      control.strategy === 'refresh' &&
      control.maxAgeMs === undefined &&
      control.minFreshMs === undefined
    ) {
      const hit = cache.lookup<Kept>(key, (kept) => selects(kept?.selecting, header))
      if (hit?.value !== undefined)
        return answer(c, hit.value, hit, { hit: true, ttlMs: hit.expiresInMs }, around)
    }
    return readThrough(c, next, { key, resource, header, control, around })
  }

  async function readThrough(c: Context, next: Next, question: Question): Promise<Response | undefined> {
    const { key, header, control, around } = question
    const before = control.strategy === 'bypass' ? undefined : cache.peek<Kept>(key)
    const fwd = fwdOf(before, question)
    if (fwd !== 'bypass') refuseToWaitForItself(c, cache, key)
    const told: Told = { asked: false, ...(question.detail === undefined ? {} : { detail: question.detail }) }
    let read: Read<Kept>
    try {
      read = await cache.read<Kept>(key, handlerLoad(c, next, question, fwd, told), {
        ...control,
        accept: (kept) => selects(kept?.selecting, header),
        codec: storedResponses,
        waitUntil: (work) => waitUntil(c, work),
      })
    } catch (error) {
      if (c.error !== undefined && c.error === error) return tell(c, cacheStatus({ fwd })) // answered already
      if (c.finalized) clear(c) // an answer that broke off: nothing of it belongs on the error's
      c.header('cache-status', cacheStatus({ fwd, collapsed: !told.asked }))
      throw error // this request's error handler makes the answer
    }

    const { value, outcome } = read
    if (control.strategy === 'fresh' && value === undefined) {
      const answer = problem(504, 'Nothing kept can answer this only-if-cached request')
      answer.headers.set('cache-status', 'hitrate; detail=only-if-cached')
      return reply(c, withFields(answer, around))
    }
    const detail = told.detail === undefined ? {} : { detail: told.detail }
    const status = { ...detail, ...forwarded(read, c.finalized ? c.res.status : undefined, fwd) }
    if (value === undefined) return tell(c, cacheStatus(status))
    return answer(c, value, read, outcome === 'hit' ? { hit: true, ttlMs: read.expiresInMs } : status, around)
  }

  /** Runs the handler and says what may be kept of its answer. The answer itself stays in `c.res` until replaced. */
  function handlerLoad(c: Context, next: Next, question: Question, fwd: Forward, told: Told) {
    const { key, resource, header, around } = question

    return async function load({ background }: { background: boolean }): Promise<Loaded<Kept>> {
      if (background) await readyForMore(c)
      told.asked = true
      await (fwd === 'bypass' ? next() : askPlainly(c, next))
      if (!c.finalized) throw new Error('cached: the handler gave no answer')
      const failed = c.res.status >= 500
      if (c.error !== undefined) {
        if (failed) throw c.error
        told.detail = 'thrown' // an HTTPException, say: an answer, but no one else's
        return loaded<Kept>(undefined, { keep: false, share: false })
      }

      setField(c, 'vary', joinVary(c.res.headers.get('vary'), varyBy))
      const verdict = judge(
        header('authorization') !== undefined,
        c.res.status,
        c.res.headers,
        policy,
        cache.now(),
      )
      setField(c, 'cache-control', withMissing(c.res)) // for others: it must not be taken for the handler's own
      if (fwd === 'bypass') return loaded<Kept>(undefined, { keep: false, share: false, failed })

      if (!verdict.store) {
        told.detail = verdict.reason
        return loaded<Kept>(undefined, { keep: false, share: false, failed })
      }
      const response = c.res
      const body = await readBody(response, maxBodyBytes)
      if ('streaming' in body) {
        told.detail = 'too-large'
        replace(c, new Response(body.streaming, response))
        return loaded<Kept>(undefined, { keep: false, share: false, failed })
      }
      const selecting = selectingFields(response.headers.get('vary'), header)
      const stored = await storeResponse(
        response.status,
        withoutFields(response.headers, around),
        body.whole,
        selecting,
        cache.now(),
      )
      const { lifetime } = verdict
      if (staleOnThrow) lifetime.staleIfErrorMs = Math.max(lifetime.staleIfErrorMs ?? 0, STALE_ON_THROW_MS)
      const tags = [...(lifetime.tags ?? [])]
      if (selecting !== undefined || key !== resource) tags.push(tagOfVariants(resource))
      const target = selecting === undefined ? key : variants.learn(resource, selecting)
      if (target.length > MAX_KEY_LENGTH) told.detail = 'key-too-long'
      const keep = target.length > MAX_KEY_LENGTH ? false : target
      return loaded<Kept>(stored, { ...lifetime, tags, keep, failed, bytes: stored.bytes })
    }
  }

  /** The handler's `Cache-Control` and those of the option's directives that it does not give. */
  function withMissing({ status, headers }: Response): string | null {
    const own = headers.get('cache-control')
    if (policy.cacheControl.size === 0 || !policy.cacheableStatusCodes.includes(status)) return own
    const has = parseCacheControl(own)
    const missing = [...policy.cacheControl].filter(([name]) => !has.has(name))
    const added = missing.map(([name, value]) => (value === true ? name : `${name}=${value}`))
    return [own, ...added].filter(Boolean).join(', ')
  }

  /** A method that may change things: the handler is asked, and what was kept under the URL is forgotten (RFC 9111 §4.4). */
  async function passUnsafe(c: Context, next: Next, resource: string): Promise<Response | undefined> {
    await cache.pass(next)
    if (!c.finalized) return // Hono says what is wrong
    const { status } = c.res
    const safe = c.req.method === 'OPTIONS' || c.req.method === 'TRACE'
    if (!safe && status >= 200 && status < 400 && resource.length <= MAX_KEY_LENGTH) {
      await Promise.all([cache.delete(resource), cache.invalidateTags([tagOfVariants(resource)])])
    }
    return tell(c, cacheStatus({ fwd: 'method' }))
  }

  function answer(
    c: Context,
    kept: StoredResponse,
    read: Read<unknown>,
    status: CacheStatus,
    around: Headers,
  ): Response | undefined {
    const notModified = isSuccess(kept.status) && clientHas(kept, conditionsOf(c), cache.now())
    if (notModified && status.fwd !== undefined) status.fwdStatus ??= kept.status
    const response = kept.answer({
      head: c.req.method === 'HEAD',
      notModified,
      ageMs: read.outcome === 'miss' && read.ageMs < 1000 ? undefined : read.ageMs,
      cacheStatus: cacheStatus(status),
    })
    return reply(c, withFields(response, around))
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
  const { vary = [], maxBodyBytes = 0 } = options
  const targeted = parseTargeted(targetedControl)
  if (targetedControl !== undefined) refuseUnreadable('targetedControl', targetedControl, targeted)
  const control = parseCacheControl(cacheControl)
  if (cacheControl !== undefined) refuseUnreadable('cacheControl', cacheControl, control)
  for (const name of [vary].flat()) {
    if (variesByAnything(name) && name !== '*') throw complaint('vary', 'a list of field names', vary)
  }
  if (!cacheableStatusCodes.every((status) => Number.isInteger(status) && status >= 200 && status <= 599)) {
    throw complaint('cacheableStatusCodes', 'a list of statuses from 200 to 599', cacheableStatusCodes)
  }
  if (!(maxBodyBytes >= 0)) throw complaint('maxBodyBytes', 'a number of bytes', maxBodyBytes)
  return { targetedControl: targeted, cacheControl: control, cacheableStatusCodes, storeSetCookie }
}

const IN_SECONDS = ['max-age', 's-maxage', 'stale-while-revalidate', 'stale-if-error']

function refuseUnreadable(option: string, value: string, directives: Directives | undefined): void {
  if (directives === undefined || directives.size === 0)
    throw complaint(option, 'a list of directives', value)
  for (const name of IN_SECONDS) {
    const given = directives.get(name) ?? '0'
    if (given === true || !/^\d+$/.test(given))
      throw complaint(option, `a list with ${name} in seconds`, value)
  }
}

function complaint(option: string, wanted: string, value: unknown): TypeError {
  return new TypeError(`cached: ${option} is not ${wanted}: ${JSON.stringify(value)}`)
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
  const plain = new Request(raw, { method: 'GET' })
  for (const name of CLIENTS_OWN) plain.headers.delete(name)
  c.req.raw = plain
  try {
    await next()
  } finally {
    c.req.raw = raw
  }
}

/** Waits until the stale answer has left the middleware chain, then clears the context for the handler's run behind it. */
async function readyForMore(c: Context): Promise<void> {
  await answerTaken(c)
  await new Promise((resolve) => setTimeout(resolve, 0)) // the answer goes out before a handler that never waits
  clear(c)
  c.error = undefined
}

function waitUntil(c: Context, work: Promise<unknown>): void {
  try {
    c.executionCtx.waitUntil(work)
  } catch {
    // Hono's getter throws where the runtime has no such thing: there the process stays alive by itself.
  }
}

function fwdOf(before: Read<Kept> | undefined, question: Question): Forward {
  const { strategy, maxAgeMs, minFreshMs } = question.control
  if (strategy === 'bypass') return 'bypass'
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

/** On a response of our own: what a handler has from `fetch` cannot be changed. */
function setField(c: Context, name: string, value: string | null): void {
  const { body, status, statusText, headers } = c.res
  if (status < 200 || value === null || value === headers.get(name)) return
  const fields = new Headers(headers)
  fields.set(name, value)
  replace(c, new Response(body, { status, statusText, headers: fields }))
}

/** As if nothing had been answered. */
function clear(c: Context): void {
  c.res = undefined
  c.finalized = false
}

/** The fields of a response that were not there before its handler was asked. */
function withoutFields(headers: Headers, before: Headers): Headers {
  const own = new Headers(headers)
  for (const [name, value] of before) if (own.get(name) === value) own.delete(name)
  own.delete('set-cookie')
  const cookies = new Set(before.getSetCookie())
  for (const cookie of headers.getSetCookie()) if (!cookies.has(cookie)) own.append('set-cookie', cookie)
  return own
}

/** Adds the fields that the response does not have. */
function withFields(response: Response, fields: Headers): Response {
  const missing = [...fields].filter(([name]) => !response.headers.has(name))
  for (const [name, value] of missing) response.headers.append(name, value)
  return response
}

/** What invalidates every variant of a resource. No handler's tag: a field value holds no line feed. */
function tagOfVariants(resource: string): string {
  return `\n${resource}`
}

/** Which keys a request is being answered for already, in which cache. */
const ASKED = 'hitrate:asked'

/** A second `cached` around the same handler would join the load that waits for it, and neither would ever end. */
function refuseToWaitForItself(c: Context, cache: Cache, key: string): void {
  const asked: readonly { cache: Cache; key: string }[] = c.get(ASKED) ?? []
  if (asked.some((one) => one.cache === cache && one.key === key)) {
    throw new TypeError(`cached: another cached() around this one asks cache ${cache.name} for the same key`)
  }
  c.set(ASKED, [...asked, { cache, key }])
}
