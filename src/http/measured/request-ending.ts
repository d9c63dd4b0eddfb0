/**
 * The one report of a request. It refers to neither the request nor the response: a stream that nobody reads is collected, and its
 * request then ends.
 */
import type { Trace } from './trace-context.ts'

export interface MeasuredEnd {
  method: string
  /** The route's pattern; `/*` if no route matched. */
  route: string
  /** The status of the response; 499 if the client has gone before the end of the response, as in nginx. */
  status: number
  durationMs: number
  /** True if the client has gone before the end of the response. */
  isAborted: boolean
  /** Bytes of the response body. `undefined` if the size is not known. */
  bytes: number | undefined
  /** `Content-Length` of the request. `undefined` without one. */
  requestBytes: number | undefined
  /** The trace of the request, if the option `trace` is set, and the header is valid and its trace sampled. */
  trace: Trace | undefined
  /** The result of the option `details`; absent without the option. */
  details?: unknown
}

export interface EndReporter {
  elapsedMs(startedAt: number): number
  /** Must not throw. */
  onEnd(end: MeasuredEnd): void
}

/** The client has closed the connection before the end of the response. */
const CLIENT_CLOSED_REQUEST = 499

export class RequestEnding {
  readonly #facts: Pick<MeasuredEnd, 'method' | 'route' | 'requestBytes' | 'trace' | 'details'>
  readonly #status: number
  readonly #startedAt: number
  #reporter: EndReporter | undefined

  /** @param status of the response. */
  constructor(
    facts: Pick<MeasuredEnd, 'method' | 'route' | 'requestBytes' | 'trace' | 'details'>,
    status: number,
    startedAt: number,
    reporter: EndReporter,
  ) {
    this.#facts = facts
    this.#status = status
    this.#startedAt = startedAt
    this.#reporter = reporter
  }

  /** Reports the request. Further calls do nothing. */
  end(bytes: number | undefined, isAborted: boolean): void {
    const reporter = this.#reporter
    if (reporter === undefined) return
    this.#reporter = undefined
    const { method, route, requestBytes, trace } = this.#facts
    const details = 'details' in this.#facts ? { details: this.#facts.details } : undefined
    const durationMs = reporter.elapsedMs(this.#startedAt)
    const status = isAborted ? CLIENT_CLOSED_REQUEST : this.#status
    reporter.onEnd({ method, route, status, durationMs, isAborted, bytes, requestBytes, trace, ...details })
  }
}
