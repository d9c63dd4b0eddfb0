/** Middleware that reports the route, the status, the duration and the sizes of each request. */
import type { Context, MiddlewareHandler, Next } from 'hono'
import { CallbackErrors, type OnCallbackError } from '../../callback-errors.ts'
import { aBoolean, aFunction, type OptionRules, requireOptions, validateOptions } from '../../options.ts'
import { setResponse } from '../context/context-response.ts'
import { setsNoHeaders } from '../context/sets-no-headers.ts'
import { type SyncHit, trySyncAnswer } from '../context/sync-answer.ts'
import { purgeOf } from '../endpoints/purge-request.ts'
import { createStopwatch } from '../stopwatch.ts'
import type { MeasuredEnd } from './request-ending.ts'
import { RequestWatch } from './request-watch.ts'
import { sampledTraceOf } from './trace-context.ts'

export type { MeasuredEnd } from './request-ending.ts'

export interface MeasuredOptions {
  /** Called when a request arrives. */
  onStart?: () => void
  /**
   * Called when the request has ended: when its response exists or, if the body is a stream, when its last byte has been passed on
   * or the client has gone.
   */
  onEnd: (end: MeasuredEnd) => void
  /**
   * Called in place of `onStart` and `onEnd` for a hit that `cached` returns at once: no other request can see it in progress.
   * Default: both are called.
   */
  onHit?: (end: MeasuredEnd) => void
  /**
   * Returns true for a request that is not reported, such as one of a health check. The response is not
   * known yet. If it throws or returns a promise, the request is reported. Default: every request is reported.
   */
  skip?: (c: Context) => boolean
  /** Monotonic clock in ms. Default: `performance.now`, and for such a hit the two readings that the cache makes. */
  timer?: () => number
  /** If true, a body that is a stream is observed to its end. If false, its request ends when the response exists. Default: true. */
  streams?: boolean
  /**
   * Returns facts about a request for `onEnd`, when its response exists. The result must not refer to the response, which would then
   * be kept until its stream has been read. Default: none.
   */
  details?: (c: Context) => unknown
  /** If true, the header `traceparent` is read, and `onEnd` gets the `trace`. Default: false. */
  trace?: boolean
  /**
   * Called with the first error of each callback: one that it throws, or with which its promise rejects. `callback` is `onStart`,
   * `onEnd`, `onHit`, `details`, `skip` or `timer`. No such error reaches the request. Default: writes one line to `console.error`.
   */
  onError?: OnCallbackError
}

const RULES: OptionRules<MeasuredOptions> = {
  onStart: aFunction,
  onEnd: aFunction,
  onHit: aFunction,
  skip: aFunction,
  timer: aFunction,
  streams: aBoolean,
  details: aFunction,
  trace: aBoolean,
  onError: aFunction,
}

/**
 * Creates the middleware. A request that carries a purge to a cache is not reported, since no client sent it.
 *
 * Nothing that it does changes a response: errors of the callbacks go to `onError`.
 *
 * @throws {TypeError} when `onEnd` is missing, or an option is unknown or has the wrong type.
 * @example
 * app.use(measured({ onEnd: ({ route, status }) => requests.with({ route, status: String(status) }).inc() }))
 */
export function measured(options: MeasuredOptions): MiddlewareHandler {
  validateOptions('measured', options, RULES)
  requireOptions('measured', options, RULES, ['onEnd'])
  const { skip, timer, streams = true, trace: readsTrace = false } = options
  const errors = new CallbackErrors('measured', options.onError)
  const onStart = options.onStart && errors.guard('onStart', options.onStart)
  const onEnd = errors.guard('onEnd', options.onEnd)
  const onHit = options.onHit && errors.guard('onHit', options.onHit)
  const details = options.details && detailsReader(options.details, errors)
  const { start, elapsedMs } = createStopwatch(timer, errors)
  const watch = new RequestWatch({ streams, readsTrace, details, reporter: { elapsedMs, onEnd }, errors })

  /** Returns the response of a synchronous hit directly, without a promise. */
  function measured(c: Context, next: Next): Response | Promise<void> {
    if (purgeOf(c) !== undefined || (skip !== undefined && isSkipped(c, skip))) return next()
    const lookedUpAt = timer === undefined ? 0 : start()
    const hit = trySyncAnswer(c, c.req.matchedRoutes, measured)
    if (hit === undefined) {
      const startedAt = timer === undefined ? start() : lookedUpAt
      onStart?.()
      return watch.run(c, next, startedAt)
    }
    const durationMs = timer === undefined ? hit.durationMs : elapsedMs(lookedUpAt)
    const end = endOfHit(c, hit, durationMs, readsTrace)
    if (details !== undefined) {
      setResponse(c, hit.response)
      end.details = details(c)
    }
    reportHit(end)
    return hit.response
  }

  function isSkipped(c: Context, skip: (c: Context) => boolean): boolean {
    try {
      const result: unknown = skip(c)
      if (!(result instanceof Promise)) return Boolean(result)
      errors.watch(result, 'skip')
      throw new TypeError('skip must return a boolean, got a promise')
    } catch (error) {
      errors.report(error, 'skip')
      return false
    }
  }

  function reportHit(end: MeasuredEnd): void {
    if (onHit === undefined) {
      onStart?.()
      onEnd(end)
    } else onHit(end)
  }

  return setsNoHeaders(measured) as MiddlewareHandler // Hono accepts a synchronous result, but the type allows only promises
}

/** Calls the option `details`. Its errors are reported, and the request then has no details. */
function detailsReader(details: (c: Context) => unknown, errors: CallbackErrors): (c: Context) => unknown {
  return (c) => {
    try {
      return details(c)
    } catch (error) {
      errors.report(error, 'details')
      return undefined
    }
  }
}

function endOfHit(
  c: Context,
  { response, route, bytes }: SyncHit,
  durationMs: number,
  readsTrace: boolean,
): MeasuredEnd {
  const { raw, method } = c.req
  const trace = readsTrace ? sampledTraceOf(raw.headers.get('traceparent')) : undefined
  return {
    method,
    route,
    status: response.status,
    durationMs,
    isAborted: false,
    bytes,
    requestBytes: undefined,
    trace,
  }
}
