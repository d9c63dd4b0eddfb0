/** Serves requests that no fresh entry in memory can answer: through the remote tier, or by a load. */
import type { Context } from 'hono'
import { MAX_KEY_LENGTH } from '../../cache/cache.ts'
import type { Outcome } from '../../cache/events.ts'
import type { InternalReadOptions, ReadResult } from '../../cache/http-reads.ts'
import type { Read } from '../../cache/read.ts'
import { type AnswerWatch, AnswerWatches, maySend } from '../context/answer-watch.ts'
import {
  addHeaders,
  cancelBody,
  discardResponse,
  isUncopyable,
  setResponse,
} from '../context/context-response.ts'
import { waitUntil } from '../context/execution-context.ts'
import { assertNotNested } from '../context/nested-cache-guard.ts'
import { NoResponseError } from '../context/no-response.ts'
import { rawRequest } from '../context/reads/raw-request.ts'
import { titledProblem } from '../endpoints/problem.ts'
import type { CacheStatus, ForwardReason } from '../fields/cache-status.ts'
import { addServerTiming } from '../fields/server-timing.ts'
import type { RequestDirectives } from '../policy/request-directives.ts'
import type { CacheRequest, LoadReport, Stored } from './cache-request.ts'
import { describeForward, forwardReason, matchesRequest } from './forward-reason.ts'
import { HandlerLoads } from './loading/handler-load.ts'
import { respondWithOwn, respondWithStored } from './respond.ts'
import type { Route } from './route.ts'

type Result = ReadResult<Stored, LoadReport>

/** Largest number of keys under which a request waits for the loads of others. After that, it calls the handler itself. */
const MAX_KEYS = 3

export class MissServer {
  readonly #route: Route
  readonly #loads: HandlerLoads
  readonly #watches = new AnswerWatches()
  /** The options of each read that do not depend on the request. */
  readonly #readDefaults: InternalReadOptions<Stored>

  constructor(route: Route) {
    this.#route = route
    this.#loads = new HandlerLoads(route)
    const { staleOnThrow, timeouts, codec, derivesTags, audits } = route
    this.#readDefaults = {
      staleOnThrow,
      ...timeouts,
      standsIn: (stored) => stored === undefined || stored.status < 500, // a stored 5xx must not hide a newer one
      codec,
      derivesTags,
      ...(audits ? {} : { audit: false as const }),
    }
  }

  /** Sets the response in `c.res`. @throws the handler's error, if no stored response may be served instead. */
  async serve(request: CacheRequest): Promise<undefined> {
    const { c, found } = request
    const { cache, reads } = this.#route
    const fwd = forwardReason(request, cache.now())
    if (fwd !== 'bypass') assertNotNested(c, cache, request.key)
    const raw = rawRequest(c.req)
    const watch = this.#watches.start(c, request.outerHeaders !== undefined)
    const purpose = fwd === 'bypass' ? fwd : 'for everyone'
    const { load, onRefresh, auditWith } = this.#loads.loadFor(request, purpose, watch)
    const options = this.#readOptions(request, onRefresh, auditWith)
    const startedAt = this.#route.serverTiming ? performance.now() : 0
    const result = await watch.run(() => reads.complete<Stored, LoadReport>(found, load, options))
    if (watch.isAnswered) return leave(c, watch)
    if (result.timeout !== undefined) return this.#respondEarly(request, result, { fwd, watch, raw })
    watch.close()
    const loadMs = result.loaded && this.#route.serverTiming ? performance.now() - startedAt : undefined
    if (!result.ok) return this.#respondToError(request, result.error, fwd, result.loaded)
    const { abortedBody } = result.report ?? {}
    if (abortedBody !== undefined && result.read.value === undefined) {
      return this.#respondToError(request, abortedBody.error, fwd, result.loaded)
    }
    this.#respond(request, result, fwd)
    this.#addTiming(c, result.read.outcome, loadMs)
  }

  #readOptions(
    request: CacheRequest,
    onRefresh: () => void,
    auditWith: InternalReadOptions<Stored>['auditWith'],
  ): InternalReadOptions<Stored> {
    const { c, key, header, directives, shared, about, resource, urlTags } = request
    const { variants } = this.#route
    let tried: string[] | undefined
    const options: InternalReadOptions<Stored> = {
      ...this.#readDefaults,
      strategy: directives.strategy,
      shared,
      accept: (stored) => stored === undefined || matchesRequest(stored, header),
      retryKey: () => {
        tried ??= [key]
        if (tried.length < MAX_KEYS) tried.push(variants.keyFor(resource, header, tried))
        return tried.at(-1) ?? key
      },
      tags: urlTags,
      waitUntil: (work) => waitUntil(c, work),
      onRefresh,
      auditWith,
      about,
    }
    return hasLimits(directives) ? { ...options, ...directives } : options
  }

  /** Responds while the handler may still run in the same context: with a stale response, or with a 504. */
  #respondEarly(
    request: CacheRequest,
    result: Result,
    { fwd, watch, raw }: { fwd: ForwardReason; watch: AnswerWatch; raw: Request },
  ): undefined {
    const { c, outerHeaders } = request
    const { statusText, cache } = this.#route
    const key = shownKey(request, result)
    const detail = result.timeout === 'soft' ? 'soft-timeout' : 'timeout'
    const status = { fwd, detail, collapsed: result.timeout === 'soft' ? !watch.hasCalled : !result.loaded }
    watch.answer(() => {
      const ofHandler = rawRequest(c.req)
      c.req.raw = raw // the handler may have a request without the client's conditions
      if (result.ok && result.read.value !== undefined) {
        const { read } = result
        const ttlMs = read.expiresInMs
        // Another request may have stored a fresh response meanwhile.
        const stored = read.outcome === 'hit' ? { hit: true, ttlMs } : { ...status, ttlMs }
        const text = (final: CacheStatus) => statusText(final, key)
        respondWithStored(request, result.read.value, read, { status: stored, text, now: cache.now() })
      } else {
        const reason = 'The handler did not respond in time'
        setResponse(c, gatewayTimeout(outerHeaders, reason, statusText(status, key)))
      }
      c.req.raw = ofHandler
      this.#addTiming(c, result.ok ? result.read.outcome : 'error', undefined)
    })
  }

  #respond(request: CacheRequest, result: Result & { ok: true }, fwd: ForwardReason): undefined {
    const { c, directives } = request
    const { read, report = {}, loaded } = result
    const key = shownKey(request, result)
    if (directives.strategy === 'fresh' && read.value === undefined) {
      return this.#respondNotStored(request, key)
    }
    const status = this.#statusOf(request, read, report, loaded, fwd)
    const isOwn = report.isOwn === true && read.outcome !== 'stale'
    if (isOwn || read.value === undefined) return this.#respondWithOwn(c, status, key)
    if (read.outcome === 'stale' && loaded) cancelBody(c.res.body)
    respondWithStored(request, read.value, read, {
      status,
      text: (final) => this.#route.statusText(final, key),
      now: this.#route.cache.now(),
      privateHeaders: report.privateHeaders,
      isFirstReader: report.isFirstReader,
    })
  }

  #statusOf(
    { c, bypassReason }: CacheRequest,
    read: Read<Stored>,
    report: LoadReport,
    loaded: boolean,
    fwd: ForwardReason,
  ): CacheStatus {
    if (read.outcome === 'hit') return { hit: true, ttlMs: read.expiresInMs }
    const { status, detail = bypassReason } = report
    return describeForward(read, loaded ? c.res.status : undefined, fwd, { status, detail }, !loaded)
  }

  /** Responds with a 504, because the request has `only-if-cached` and nothing is stored (RFC 9111 §5.2.1.7). */
  #respondNotStored({ c, outerHeaders }: CacheRequest, key: string): undefined {
    const reason = 'Nothing stored can answer this only-if-cached request'
    const status = this.#route.statusText({ detail: 'only-if-cached' }, key)
    setResponse(c, gatewayTimeout(outerHeaders, reason, status))
  }

  /** @throws the error, so that the app's error handler responds, unless it has responded to it, or Hono throws its own error. */
  #respondToError(request: CacheRequest, error: unknown, fwd: ForwardReason, loaded: boolean): undefined {
    const { c, outerHeaders, key } = request
    if (c.error !== undefined && c.error === error) {
      return maySend(c) ? this.#respondWithOwn(c, { fwd }, key) : undefined
    }
    // The body of this response failed; the error response must not have its headers.
    if (c.finalized) discardResponse(c, outerHeaders)
    c.header('cache-status', this.#route.statusText({ fwd, collapsed: !loaded }, key))
    if (error instanceof NoResponseError) return undefined
    throw error
  }

  #respondWithOwn(c: Context, status: CacheStatus, key: string): undefined {
    respondWithOwn(c, this.#route.statusText(status, key), this.#route.cache.now(), status.fwd === 'bypass')
  }

  #addTiming(c: Context, outcome: Outcome, loadMs: number | undefined): undefined {
    if (!this.#route.serverTiming || isUncopyable(c.res.status)) return
    addServerTiming(c.res, outcome, loadMs)
  }
}

function hasLimits({ maxAgeMs, minFreshMs, maxStaleMs }: RequestDirectives): boolean {
  return maxAgeMs !== undefined || minFreshMs !== undefined || maxStaleMs !== undefined
}

/** Ends a request that outer middleware has answered. */
function leave(c: Context, watch: AnswerWatch): undefined {
  // Middleware between may still read or change the response, and the body of this one is used up.
  if (watch.isTaken) setResponse(c, new Response(null))
}

function gatewayTimeout(outerHeaders: Headers | undefined, reason: string, cacheStatus: string): Response {
  const response = titledProblem(504, 'Gateway Timeout', reason, undefined, { 'cache-status': cacheStatus })
  return addHeaders(response, outerHeaders)
}

/** The key that the option `debug` shows: the key of the result, or the request's key if the result's key is too long. */
function shownKey({ key }: CacheRequest, result: Result): string {
  return result.key.length <= MAX_KEY_LENGTH ? result.key : key
}
