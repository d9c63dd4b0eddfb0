/** Audits of hits: calls the handler once more, as a background refresh does, and compares its response with the stored one. */
import type { InternalLoadContext } from '../../../cache/http-reads.ts'
import { aBoolean, requireValid } from '../../../options.ts'
import { readyForBackgroundRun } from '../../context/background-refresh.ts'
import { cancelBody, restoreHeaders } from '../../context/context-response.ts'
import type { MadeTexts } from '../../context/made-text.ts'
import { NoResponseError } from '../../context/no-response.ts'
import { isResponseWatched } from '../../context/response-taken.ts'
import { parseLength } from '../../fields/range.ts'
import { byteSource } from '../../stored/byte-source.ts'
import { joinChunks } from '../../stored/chunk-window.ts'
import type { BodyLimits } from '../../stored/read-body.ts'
import type { StoredParts, StoredResponse } from '../../stored/stored-response.ts'
import type { CacheRequest } from '../cache-request.ts'
import type { Route } from '../route.ts'
import { startCall } from './call-handler.ts'
import { judgeDependencies } from './dependencies.ts'
import type { HandlerRun } from './handler-run.ts'
import { judgeResponse } from './judge-response.ts'
import { ABOUT_THE_CLIENT } from './loaded-response.ts'
import type { RouteWarnings } from './route-warnings.ts'

/** Headers that are part of what a client sees. Those of the message, such as `Date`, differ each time. */
const COMPARED_HEADERS = ['content-type', 'content-language', 'location']

/** A complete body; `undefined` if it is larger than the cache stores. */
type CompleteBody = Uint8Array<ArrayBuffer> | null | undefined

export class ResponseAudits {
  readonly #route: Route
  readonly #warnings: RouteWarnings
  readonly #texts: MadeTexts

  constructor(route: Route, warnings: RouteWarnings, texts: MadeTexts) {
    this.#route = route
    this.#warnings = warnings
    this.#texts = texts
  }

  /**
   * Resolves to true if the handler's response equals the stored one, and to `undefined` if it is for this client only. Rejects if
   * the handler failed.
   *
   * @param taken settles when Hono has taken the response of this request.
   */
  async isSame(
    request: CacheRequest,
    stored: StoredResponse,
    context: InternalLoadContext,
    taken: Promise<void> | undefined,
  ): Promise<boolean | undefined> {
    const { c } = request
    await readyForBackgroundRun(c, taken)
    const call = startCall({ ...request, shared: true }, 'for everyone', context, this.#texts)
    try {
      await call.handler()
    } finally {
      call.run.end()
    }
    if (!c.finalized) throw new NoResponseError()
    if (isResponseWatched(c)) await null // an inner cache mistakes reads of `finalized` and `res` in one turn for Hono's
    restoreHeaders(c, this.#route.originals)
    try {
      return await this.#compare(request, stored, call.run, context.signal)
    } finally {
      cancelBody(c.res.body)
    }
  }

  async #compare(
    request: CacheRequest,
    stored: StoredResponse,
    run: HandlerRun,
    signal: AbortSignal,
  ): Promise<boolean | undefined> {
    const { c } = request
    if (c.error !== undefined) throw c.error
    const { status, headers } = c.res
    if (status >= 500 && stored.status < 500) throw new Error(`cached: the handler responded with ${status}`)
    const verdict = judgeResponse(this.#route, this.#warnings, request)
    // A refused response is for this client, or must not be stored. So it cannot be compared with the stored one.
    if (!('handlerDirectives' in verdict) || ABOUT_THE_CLIENT.includes(status)) return undefined
    const { result: body, reads } = await run.during(() => completeBody(c.res, this.#route.limits, signal))
    for (const read of [run, reads]) {
      const response = { headers, directives: verdict.handlerDirectives, reads: read }
      const { reason } = await judgeDependencies(this.#route, request, response)
      if (reason !== undefined) return undefined
    }
    return this.#areSame(stored.parts(), c.res, body)
  }

  async #areSame(
    stored: StoredParts<string | Uint8Array<ArrayBuffer> | null>,
    { status, headers }: Response,
    body: CompleteBody,
  ): Promise<boolean | undefined> {
    if (body === undefined) return false // larger than any stored body
    const { audit } = this.#route
    if (audit) {
      const isSame = await audit(new Response(stored.body, stored), new Response(body, { status, headers }))
      requireValid('cached: the result of audit', isSame, aBoolean)
      return isSame
    }
    const isOtherCoding = (stored.headers['content-encoding'] ?? null) !== headers.get('content-encoding')
    if (isOtherCoding) return undefined
    if (status !== stored.status || !areEqual(bytesOf(stored.body), bytesOf(body))) return false
    return COMPARED_HEADERS.every((name) => {
      const [one, other] = [stored.headers[name], headers.get(name)]
      return one === undefined || other === null || one === other // some runtimes add a type when the body is taken
    })
  }
}

/** Reads a body to its end. Cancels it when the audit ends by its limit, because a body may never end. */
async function completeBody(
  { body, headers }: Response,
  { maxBodyBytes }: BodyLimits,
  signal: AbortSignal,
): Promise<CompleteBody> {
  signal.throwIfAborted()
  if (body === null) return null
  if ((parseLength(headers.get('content-length')) ?? 0) > maxBodyBytes) return undefined
  const source = byteSource(body)
  const cancel = () => void source.cancel().catch(() => {}) // a failed body needs no cancelling
  signal.addEventListener('abort', cancel)
  try {
    const chunks: Uint8Array[] = []
    let length = 0
    for (;;) {
      const { done, value } = await source.read()
      signal.throwIfAborted()
      if (done) return joinChunks(chunks, length)
      if (value === undefined) continue
      length += value.byteLength
      chunks.push(value)
      if (length > maxBodyBytes) {
        cancel()
        return undefined
      }
    }
  } finally {
    signal.removeEventListener('abort', cancel)
  }
}

function bytesOf(body: string | Uint8Array<ArrayBuffer> | null): Uint8Array<ArrayBuffer> {
  return typeof body === 'string' ? new TextEncoder().encode(body) : (body ?? new Uint8Array())
}

function areEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.byteLength === b.byteLength && a.every((byte, i) => byte === b[i])
}
