/**
 * The load of a plain response: a text that the handler has made with a method of the context, with usual headers. It is judged and
 * stored at once, because nothing has to be waited for.
 */
import { MAX_KEY_LENGTH } from '../../../cache/cache.ts'
import { loadedWithAllOptions } from '../../../cache/http-reads.ts'
import type { Loaded, LoadedOptions, TagOptions } from '../../../cache/lifetime.ts'
import type { Resolved } from '../../../cache/resolve-options.ts'
import { readVariable } from '../../context/reads/variable-reads.ts'
import { hitForMissKey } from '../../policy/hit-for-miss.ts'
import type { StorableVerdict } from '../../policy/storage-policy.ts'
import { VerdictMemo } from '../../policy/verdict-memo.ts'
import { createTextResponse } from '../../stored/create-stored-response.ts'
import { plainHeaders } from '../../stored/heads/stored-headers.ts'
import type { StoredResponse } from '../../stored/stored-response.ts'
import type { CacheRequest, LoadReport, Stored } from '../cache-request.ts'
import type { Route } from '../route.ts'
import { type HandlerRun, hasReads } from './handler-run.ts'
import { failureOptions } from './loaded-response.ts'

export class PlainLoads {
  readonly #route: Route
  readonly #verdicts: VerdictMemo

  constructor(route: Route) {
    this.#route = route
    this.#verdicts = new VerdictMemo(route.policy, route.cache.now)
  }

  /**
   * The result of a load whose response is in the context. Returns `undefined` if the response needs the general way, which is
   * slower and has the same result. Nothing has been changed then.
   *
   * @param run the run of the handler, which was called without the client's conditions.
   * @param key the key that the load was started for.
   */
  loaded(request: CacheRequest, run: HandlerRun, key: string): Loaded<Stored> | undefined {
    const { c, outerHeaders, header } = request
    const { varyBy, policy, limits, heads, cache } = this.#route
    if (outerHeaders !== undefined || varyBy.length > 0 || policy.isTargetedByFunction) return undefined
    if (c.error !== undefined || key.length > MAX_KEY_LENGTH || hasReads(run)) return undefined
    const { res } = c
    const text = run.text?.of(res)
    // The middleware requestId may set its variable in a header of any name.
    if (text === undefined || readVariable(c, 'requestId') !== undefined) return undefined
    const { status, headers } = res
    const plain = plainHeaders(headers)
    if (plain === undefined) return undefined
    const isAuthorized = header('authorization') !== undefined
    const { verdict, cacheControl } = this.#verdicts.judge(
      isAuthorized,
      status,
      plain.sent,
      plain.internal,
      headers,
    )
    if (!verdict.store || verdict.privateHeaders.length > 0) return undefined
    const maxBytes = Math.min(limits.bufferBytes, limits.maxBodyBytes)
    const response = { status, headers: plain, cacheControl, text }
    const stored = createTextResponse(response, maxBytes, cache.now(), heads)
    return stored && this.#loaded(request, key, stored, verdict)
  }

  #loaded(
    request: CacheRequest,
    key: string,
    stored: StoredResponse,
    { lifetime, reusable, shareable }: StorableVerdict,
  ): Loaded<Stored> {
    const { hitForMiss, derivesTags, tagOf, timeouts } = this.#route
    const { resource, urlTags } = request
    if (reusable) hitForMiss.delete(hitForMissKey(request))
    else if (!shareable) hitForMiss.add(hitForMissKey(request))
    const { ttlMs, staleWhileRevalidateMs, staleIfErrorMs, keepStaleMs, mustRevalidate, ageMs, negative } =
      lifetime
    const ofVariants = key !== resource && !derivesTags ? [tagOf(resource)] : NO_TAGS
    const tags = [...lifetime.tags, ...urlTags, ...ofVariants]
    const { failed, noStaleFallback } = failureOptions(stored.status)
    // Written out, because a spread of the lifetime would cost more than the rest.
    const options: Resolved<LoadedOptions> & TagOptions = {
      ttlMs,
      staleWhileRevalidateMs,
      staleIfErrorMs,
      keepStaleMs,
      mustRevalidate,
      ageMs,
      negative,
      jitter: 0,
      keep: key,
      tags,
      derivesTags,
      share: shareable,
      failed,
      noStaleFallback,
      bytes: stored.bytes,
    }
    if (timeouts.failurePauseMs !== undefined) options.failurePauseMs = timeouts.failurePauseMs
    return loadedWithAllOptions<Stored>(stored, options, REPORT)
  }
}

const NO_TAGS: readonly string[] = []

const REPORT: LoadReport = {}
