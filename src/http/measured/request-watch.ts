/** Watches the requests that middleware or a handler answers, until the end of their responses. */
import type { Context, Next } from 'hono'
import type { CallbackErrors } from '../../callback-errors.ts'
import { setResponse } from '../context/context-response.ts'
import { routeOf } from '../context/route-of.ts'
import { parseLength } from '../fields/range.ts'
import { isClientGone } from './client-gone.ts'
import type { MadeBody } from './made-bodies.ts'
import { observedStream } from './observed-stream.ts'
import { type EndReporter, RequestEnding } from './request-ending.ts'
import { ResponseBodies } from './response-bodies.ts'
import { sampledTraceOf } from './trace-context.ts'

export interface RequestWatchOptions {
  /** True if bodies that are streams are observed to their end. */
  streams: boolean
  /** True if the header `traceparent` is read. */
  readsTrace: boolean
  /** Returns facts about a request whose response exists. Must not throw. */
  details?: ((c: Context) => unknown) | undefined
  reporter: EndReporter
  errors: CallbackErrors
}

export class RequestWatch {
  readonly #options: RequestWatchOptions
  readonly #bodies = new ResponseBodies()
  /** Ends the requests whose stream is neither read nor cancelled, because other middleware has replaced the response. */
  readonly #unread =
    typeof FinalizationRegistry === 'undefined'
      ? undefined
      : new FinalizationRegistry<RequestEnding>((ending) => ending.end(undefined, false))

  constructor(options: RequestWatchOptions) {
    this.#options = options
  }

  async run(c: Context, next: Next, startedAt: number): Promise<void> {
    const made = this.#bodies.start(c)
    try {
      await next()
    } catch (error) {
      // Without an error handler in the app, the error reaches the server, which responds with 500.
      this.#endingOf(c, 500, startedAt).end(undefined, isClientGone(c))
      throw error
    }
    const ending = this.#endingOf(c, statusOf(c), startedAt)
    try {
      this.#watchBody(c, made, ending)
    } catch (error) {
      ending.end(undefined, false)
      this.#options.errors.report(error, 'onEnd')
    }
  }

  #watchBody(c: Context, made: MadeBody, ending: RequestEnding): void {
    if (isClientGone(c) || !hasResponse(c)) {
      ending.end(undefined, isClientGone(c))
      return
    }
    const body = this.#bodies.of(c, c.res, made)
    // The response of an error handler is often a copy, whose stream has its text at once. Another stream would lose its length.
    const isObserved = this.#options.streams && c.error === undefined
    if (body.stream === undefined || !isObserved || body.stream.locked) {
      ending.end(body.bytes, false)
      return
    }
    const observed = observedStream(body.stream, (how, bytes) =>
      ending.end(bytes, how === 'cancelled' && isClientGone(c)),
    )
    setResponse(c, body.withStream(observed))
    this.#unread?.register(observed, ending)
  }

  #endingOf(c: Context, status: number, startedAt: number): RequestEnding {
    const { method, raw } = c.req
    const { readsTrace, details, reporter } = this.#options
    const facts = {
      method,
      route: routeOf(c),
      requestBytes: WITHOUT_BODY.has(method) ? undefined : parseLength(raw.headers.get('content-length')),
      trace: readsTrace ? sampledTraceOf(raw.headers.get('traceparent')) : undefined,
      ...(details === undefined ? undefined : { details: details(c) }),
    }
    return new RequestEnding(facts, status, startedAt, reporter)
  }
}

/** Methods whose requests have no body, so that their headers need not be read. */
const WITHOUT_BODY = new Set(['GET', 'HEAD', 'OPTIONS'])

/** The status that the client gets. Without a response Hono or the server fails. */
function statusOf(c: Context): number {
  return hasResponse(c) ? c.res.status : 500
}

/** False if no handler has answered, or one has returned something else. Reading `c.res` before that would make a response. */
function hasResponse(c: Context): boolean {
  return c.finalized && typeof (c.res as Partial<Response> | undefined)?.status === 'number'
}
