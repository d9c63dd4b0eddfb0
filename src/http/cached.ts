/** The cache as a middleware: answers GET and HEAD from what it kept, and keeps what the handler may share. */
import type { Context, MiddlewareHandler, Next } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { type Cache, MAX_KEY_LENGTH, type Read } from '../cache/cache.ts'
import { type Loaded, loaded } from '../cache/lifetime.ts'
import { answerTaken } from './answer-taken.ts'
import { readBody } from './body.ts'
import { parseCacheControl } from './cache-control.ts'
import { urlKey } from './cache-key.ts'
import { judge } from './cache-policy.ts'
import { type CacheStatus, cacheStatus, type Forward } from './cache-status.ts'
import { type CachedOptions, policyOptions } from './cached-options.ts'
import { type Conditions, clientHas } from './conditional.ts'
import { clear, giveBack, replace, reply, setField, withFields, withoutFields } from './context-response.ts'
import { askPlainly } from './plain-request.ts'
import { problem } from './problem.ts'
import { type RequestControl, requestControl } from './request-control.ts'
import { StoredResponse, storedResponses, storeResponse, withoutOurs } from './stored-response.ts'
import { createVariants, joinVary, plainKey, type RequestHeader, selectingFields, selects } from './vary.ts'

export type { CachedOptions } from './cached-options.ts'

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
      const hit = cache.lookup<Kept>(key, (kept) => isFor(kept, header))
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
        accept: (kept) => kept === undefined || isFor(kept, header),
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
    const status = { ...detail, ...forwarded(read, told.asked ? c.res.status : undefined, fwd) }
    if (value === undefined) return tell(c, cacheStatus(status))
    if (outcome === 'stale' && told.asked) giveBack(c.res.body)
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
      await null // `finalized` and `res` in one breath would tell a cache within that its answer is taken
      const failed = c.res.status >= 500
      if (c.error !== undefined) {
        if (failed && !bringsItsAnswer(c.error)) throw c.error
        told.detail = 'thrown' // an HTTPException, say: an answer, but no one else's
        return loaded<Kept>(undefined, { keep: false, share: false, failed })
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
      if (target.length > MAX_KEY_LENGTH) told.detail = 'key-too-long' // the engine refuses to keep it then
      return loaded<Kept>(stored, { ...lifetime, jitter: 0, tags, keep: target, failed, bytes: stored.bytes })
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
    const bodyless = notModified || c.req.method === 'HEAD'
    if (bodyless) giveBack(res.body)
    replace(c, new Response(bodyless ? null : res.body, { status: notModified ? 304 : res.status, headers }))
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
  if (!isFor(before.value, question.header)) return 'vary-miss'
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

/** Data that someone keeps under the same key is no answer at all. */
function isFor(kept: Kept, header: RequestHeader): boolean {
  return kept instanceof StoredResponse && selects(kept.selecting, header)
}

/** Made for one request, and its body can be read once: those who wait for the same load must not get it. */
function bringsItsAnswer(error: Error): boolean {
  return error instanceof HTTPException && error.res !== undefined
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
