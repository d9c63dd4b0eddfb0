/**
 * The load of an HTTP read: calls the handler, with the stored response's validators, and decides whether its response may be
 * stored.
 */
import type { InternalLoad, InternalLoadContext, InternalReadOptions } from '../../../cache/http-reads.ts'
import type { Loaded } from '../../../cache/lifetime.ts'
import type { AnswerWatch } from '../../context/answer-watch.ts'
import { readyForBackgroundRun } from '../../context/background-refresh.ts'
import { cancelBody, ownHeaders, restoreHeaders, setHeader } from '../../context/context-response.ts'
import { MadeTexts } from '../../context/made-text.ts'
import { NoResponseError } from '../../context/no-response.ts'
import { rawProperty } from '../../context/reads/header-reads.ts'
import { isResponseWatched, whenResponseTaken } from '../../context/response-taken.ts'
import { withAddedDirectives } from '../../policy/added-directives.ts'
import { hitForMissKey } from '../../policy/hit-for-miss.ts'
import { isFailure, type StorageVerdict } from '../../policy/storage-policy.ts'
import type { StoredResponse } from '../../stored/stored-response.ts'
import type { CacheRequest, LoadReport, Stored } from '../cache-request.ts'
import type { Route } from '../route.ts'
import { ResponseAudits } from './audit-response.ts'
import { type Call, type LoadPurpose, startCall } from './call-handler.ts'
import { judgeDependencies } from './dependencies.ts'
import type { HandlerReads, HandlerRun } from './handler-run.ts'
import { judgeResponse } from './judge-response.ts'
import { isErrorForAll, loadedForClient, loadedForNobody, withoutConsequence } from './loaded-response.ts'
import { PlainLoads } from './plain-response.ts'
import { applyNotModified } from './revalidation.ts'
import { RouteWarnings } from './route-warnings.ts'
import { loadedForWaiting } from './shared-failure.ts'
import { loadedForStorage, type StorableResponse, type WhileMade } from './storable-response.ts'

/** The properties of the handler's response that decide whether it is stored and shared. */
interface HandlerResponse {
  verdict: StorageVerdict
  isAsReceived: boolean
  run: HandlerRun
  /** The handler's headers, before this cache added any. */
  headers: Headers
}

/** Statuses of a failed condition or range. Such a response is of no use to other requests. */
const FAILED_CONDITIONS = [412, 416]

export class HandlerLoads {
  readonly #route: Route
  readonly #warnings: RouteWarnings
  readonly #plain: PlainLoads
  readonly #texts = new MadeTexts()
  readonly #audits: ResponseAudits

  constructor(route: Route) {
    this.#route = route
    this.#warnings = new RouteWarnings(route.cache)
    this.#plain = new PlainLoads(route)
    this.#audits = new ResponseAudits(route, this.#warnings, this.#texts)
  }

  /**
   * Returns the load of one request. It leaves the handler's response in `c.res`; the caller may replace it there. `onRefresh` must
   * be called when the load or the audit is to run in the background, before the stored response leaves.
   */
  loadFor(
    request: CacheRequest,
    purpose: LoadPurpose,
    watch: AnswerWatch,
  ): {
    load: InternalLoad<Stored>
    onRefresh: () => void
    auditWith: InternalReadOptions<Stored>['auditWith']
  } {
    const { c } = request
    let taken: Promise<void> | undefined
    return {
      load: (context) =>
        context.background
          ? this.#loadInBackground(request, purpose, context, taken)
          : this.#loadInForeground(request, purpose, context, watch),
      onRefresh: () => {
        taken = whenResponseTaken(c)
      },
      auditWith: this.#route.audits
        ? async (stored, context) => stored && this.#audits.isSame(request, stored, context, taken)
        : undefined,
    }
  }

  async #loadInBackground(
    request: CacheRequest,
    purpose: LoadPurpose,
    context: InternalLoadContext,
    taken: Promise<void> | undefined,
  ): Promise<Loaded<Stored>> {
    const { c } = request
    await readyForBackgroundRun(c, taken)
    const call = startCall({ ...request, shared: true }, purpose, context, this.#texts)
    try {
      await call.handler()
    } finally {
      call.run.end()
    }
    const loaded = await this.#loaded(call)
    if (loaded.value === undefined) cancelBody(c.res.body) // a background refresh has no client that reads the body
    return loaded
  }

  async #loadInForeground(
    request: CacheRequest,
    purpose: LoadPurpose,
    context: InternalLoadContext,
    watch: AnswerWatch,
  ): Promise<Loaded<Stored>> {
    if (watch.isAnswered) return loadedForNobody() // the client of this request needs no load any more
    const { c } = request
    const call = startCall(request, purpose, context, this.#texts)
    let loaded: Loaded<Stored> | Promise<Loaded<Stored>>
    watch.startLoad()
    try {
      try {
        await call.handler()
      } finally {
        call.run.end()
      }
      // Hono has dropped the handler's response, because outer middleware had answered already.
      if (watch.isAnswered && !watch.isTaken) return loadedForNobody()
      loaded = this.#loaded(call)
      if (loaded instanceof Promise) loaded = await loaded
    } finally {
      watch.endLoad()
    }
    // The disconnected client may have caused the failure. It must not keep the handler from being called for others.
    if (loaded.options.failed && rawProperty(c.req, 'signal').aborted) return withoutConsequence(loaded)
    if (watch.isTaken && loaded.value === undefined) cancelBody(c.res.body)
    return loaded
  }

  /** The result of a call that has ended. A promise only if something has to be waited for. */
  #loaded(call: Call): Loaded<Stored> | Promise<Loaded<Stored>> {
    const { request, key, run, isAsReceived } = call
    const { c } = request
    if (!c.finalized) throw new NoResponseError()
    if (isResponseWatched(c)) return this.#loadedInNextTurn(call)
    this.#warnings.checkAccess(request)
    return (isAsReceived ? undefined : this.#plain.loaded(request, run, key)) ?? this.#judged(call)
  }

  /**
   * An inner cache mistakes middleware that reads `finalized` and `res` in one turn for Hono (see whenResponseTaken). So the turn
   * ends between the two reads.
   */
  async #loadedInNextTurn(call: Call): Promise<Loaded<Stored>> {
    await null
    this.#warnings.checkAccess(call.request)
    return this.#judged(call)
  }

  async #judged({ request, key, isBypass, isAsReceived, stored, run }: Call): Promise<Loaded<Stored>> {
    const { c } = request
    const { policy } = this.#route
    restoreHeaders(c, this.#route.originals)
    if (c.error !== undefined) {
      if (isErrorForAll(c, c.error) && !(await this.#dependsOnClient(request, run))) throw c.error
      return this.#loadedAfterThrow(request, { isBypass, isAsReceived, run })
    }

    const revalidated = stored !== undefined && c.res.status === 304 ? stored : undefined
    const report: LoadReport = revalidated === undefined ? {} : { status: 304 }
    if (revalidated !== undefined && !applyNotModified(request, revalidated, policy)) {
      return loadedForClient(revalidated.status, { ...report, detail: 'other-tag' }, revalidated)
    }
    const verdict = judgeResponse(this.#route, this.#warnings, request)
    const { status, headers } = c.res
    // Added after the verdict, because judgeStorage would mistake these directives for the handler's own.
    setHeader(c, 'cache-control', withAddedDirectives(c.res, policy))
    if (isBypass) return loadedForClient(status, report)

    const response = { verdict, isAsReceived, run, headers }
    const { reason, guarded } = await this.#sharing(request, response)
    if (reason !== undefined) return this.#notStored(request, { ...report, detail: reason }, revalidated)
    return this.#loadedForOthers(request, verdict, {
      key,
      report,
      revalidated,
      guarded,
      headersRead: run.headers.names,
      text: run.text?.of(c.res),
      whileMade: this.#whileMade(request, response),
    })
  }

  /** The result of a load whose response other requests may get. */
  async #loadedForOthers(
    request: CacheRequest,
    verdict: StorageVerdict,
    { report, ...storable }: Omit<StorableResponse, 'verdict'>,
  ): Promise<Loaded<Stored>> {
    try {
      if (verdict.store) return await loadedForStorage(this.#route, request, { ...storable, verdict, report })
      if (verdict.shareable && storable.revalidated === undefined) {
        return await loadedForWaiting(this.#route, request, { ...storable, verdict }, verdict.reason)
      }
      return this.#notStored(request, { ...report, detail: verdict.reason }, storable.revalidated)
    } catch (error) {
      if (!rawProperty(request.c.req, 'signal').aborted) throw error
      // The disconnected client may have aborted the body. So requests that wait for this load get no error; they call the
      // handler themselves.
      return loadedForClient(500, { ...report, abortedBody: { error } })
    }
  }

  /**
   * Result of a load whose handler threw an error that is not for all requests. The app's error handler has put its response
   * into `c.res`. The response is never stored, but requests that wait for it share a failure.
   */
  async #loadedAfterThrow(
    request: CacheRequest,
    call: Pick<HandlerResponse, 'isAsReceived' | 'run'> & { isBypass: boolean },
  ): Promise<Loaded<Stored>> {
    const { c } = request
    const detail = 'thrown'
    if (isFailure(c.res.status) && !call.isBypass && !rawProperty(c.req, 'signal').aborted) {
      const verdict = judgeResponse(this.#route, this.#warnings, request)
      const response = { ...call, verdict, headers: c.res.headers }
      const { reason, guarded } = await this.#sharing(request, response)
      if (verdict.shareable && reason === undefined) {
        const whileMade = this.#whileMade(request, response)
        const { headers, text } = call.run
        const failure = {
          ...{ verdict, guarded, whileMade },
          headersRead: headers.names,
          text: text?.of(c.res),
        }
        return await loadedForWaiting(this.#route, request, failure, detail)
      }
    }
    return loadedForClient(c.res.status, { detail })
  }

  /** True if the error that the handler threw may have been made from parts of the request that nothing declares. */
  async #dependsOnClient(request: CacheRequest, reads: HandlerReads): Promise<boolean> {
    const response = { headers: request.c.res.headers, directives: new Map(), reads }
    const { reason, guarded } = await judgeDependencies(this.#route, request, response)
    return reason !== undefined || guarded
  }

  #notStored(
    request: CacheRequest,
    report: LoadReport,
    revalidated: StoredResponse | undefined,
  ): Loaded<Stored> {
    const { status, headers } = request.c.res
    // After a foreign host or a failure, the next response may be shareable. So neither adds the resource to the hit-for-miss
    // table.
    if (status < 500 && report.detail !== 'host') this.#route.hitForMiss.add(hitForMissKey(request))
    if (revalidated === undefined) return loadedForClient(status, report)
    const own = ownHeaders(headers, request.outerHeaders) // without the outer headers, because every response gets them again
    const { cache, heads } = this.#route
    const updated = revalidated.withHeaders(own, revalidated.selecting, cache.now(), heads)
    return loadedForClient(status, report, updated)
  }

  /** Judges what the handler's code reads while it makes the body, which is after it has returned the response. */
  #whileMade(request: CacheRequest, response: HandlerResponse): WhileMade {
    const judge = async (reads: HandlerReads) => {
      const { reason, guarded } = await this.#sharing(request, response, reads)
      return reason ?? (guarded ? 'depends-on-variable' : undefined)
    }
    return async (call, onRead) => {
      const judgeNow = onRead && ((reads: HandlerReads) => onRead(judge(reads)))
      const { result, reads } = await response.run.during(call, judgeNow)
      return { result, reason: await judge(reads) }
    }
  }

  /** The reason why the response is for this client only, and whether only requests with the same headers may get it. */
  async #sharing(
    request: CacheRequest,
    { verdict, isAsReceived, run, headers }: HandlerResponse,
    reads: HandlerReads = run,
  ): Promise<{ reason?: string; guarded: boolean }> {
    const { c, about } = request
    const refuse = (reason: string) => ({ reason, guarded: false })
    if (!verdict.store && !verdict.shareable) return refuse(verdict.reason)
    if (isAsReceived && c.req.method === 'HEAD') return refuse('head') // a response to HEAD has no body that could be stored
    if (isAsReceived && FAILED_CONDITIONS.includes(c.res.status)) return refuse('status')
    const response = { headers, directives: verdict.handlerDirectives, reads }
    const { warnings, ...sharing } = await judgeDependencies(this.#route, request, response)
    if (verdict.store) for (const warning of warnings) this.#warnings.emit(warning, about)
    return sharing
  }
}
