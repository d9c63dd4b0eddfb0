/** Limits the time of a request to the upstream: until the header of its response, and between two pieces of its body. */
import type { Schedule } from '../../cache/timing/schedule.ts'
import type { Send, UpstreamRequest, UpstreamResponse } from './send.ts'
import { UpstreamError, upstreamError } from './upstream-error.ts'

export interface LimitedSendOptions {
  send: Send
  /** Time in ms. While the body of the request is sent, each piece of it starts the time anew. */
  timeoutMs: number
  schedule: Schedule
  /** Called when the body of a response fails. Its reader gets the same error. Default: nothing is. */
  onBodyFailure?: (error: UpstreamError, request: UpstreamRequest) => void
}

/** Returns a function that sends as `send` does, and rejects with an {@link UpstreamError}. */
export function limitedSend(options: LimitedSendOptions): Send {
  const { send, timeoutMs, onBodyFailure } = options

  return async function sendWithLimit(request: UpstreamRequest): Promise<UpstreamResponse> {
    const limit = new TimeLimit(options)
    const signal = AbortSignal.any([request.signal, limit.signal])
    try {
      limit.restart()
      const body = request.body && limit.ofRequest(request.body)
      const response = await Promise.race([send({ ...request, body, signal }), limit.exceeded])
      limit.end()
      const failed = (error: unknown) => {
        const failure = limit.signal.aborted ? lateBody(timeoutMs) : brokenBody(error)
        if (!request.signal.aborted) onBodyFailure?.(failure, request)
        return failure
      }
      return { ...response, body: response.body && limit.ofResponse(response.body, failed) }
    } catch (error) {
      limit.end()
      if (limit.signal.aborted) {
        throw new UpstreamError(504, `The upstream did not answer within ${seconds(timeoutMs)}`)
      }
      throw upstreamError(error)
    }
  }
}

/** A time limit that each piece of a body starts anew. */
class TimeLimit {
  readonly #controller = new AbortController()
  readonly #schedule: Schedule
  readonly #timeoutMs: number
  #cancel: (() => void) | undefined
  /** Rejects when the time is over. */
  readonly exceeded: Promise<never>

  constructor({ schedule, timeoutMs }: LimitedSendOptions) {
    this.#schedule = schedule
    this.#timeoutMs = timeoutMs
    this.exceeded = new Promise((_, reject) => {
      this.signal.addEventListener('abort', () => reject(this.signal.reason), { once: true })
    })
    this.exceeded.catch(() => {}) // nothing waits for it while a body is read
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  restart(): void {
    this.#cancel?.()
    this.#cancel = this.#schedule(() => this.#controller.abort(new Error('timeout')), this.#timeoutMs)
  }

  end(): void {
    this.#cancel?.()
    this.#cancel = undefined
  }

  /** Passes the body of a request on. The time counts while the upstream takes a piece, not while the client makes it. */
  ofRequest(body: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
    return passedOn(body, async (read) => {
      this.end()
      const piece = await read()
      this.restart()
      return piece
    })
  }

  /**
   * Passes the body of a response on. The time counts while the upstream makes a piece, not while the client reads it.
   *
   * @param failed returns the error for the reader.
   */
  ofResponse(
    body: ReadableStream<Uint8Array>,
    failed: (error: unknown) => Error,
  ): ReadableStream<Uint8Array> {
    return passedOn(body, async (read) => {
      this.restart()
      try {
        return await Promise.race([read(), this.exceeded])
      } catch (error) {
        throw failed(error)
      } finally {
        this.end()
      }
    })
  }
}

interface Piece {
  done: boolean
  value?: Uint8Array | undefined
}

/** A stream of the pieces of `body`, each read when the reader wants it. @param next calls `read` once. */
function passedOn(
  body: ReadableStream<Uint8Array>,
  next: (read: () => Promise<Piece>) => Promise<Piece>,
): ReadableStream<Uint8Array> {
  const reader = body.getReader()
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done, value } = await next(() => reader.read())
          if (done || value === undefined) controller.close()
          else controller.enqueue(value)
        } catch (error) {
          reader.cancel(error).catch(() => {}) // it may have failed already
          controller.error(error)
        }
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  )
}

function lateBody(timeoutMs: number): UpstreamError {
  return new UpstreamError(
    504,
    `The upstream sent nothing for ${seconds(timeoutMs)} in the middle of its response`,
  )
}

function brokenBody(cause: unknown): UpstreamError {
  return new UpstreamError(502, 'The upstream ended its response before the end', cause)
}

function seconds(ms: number): string {
  return ms % 1000 === 0 ? `${ms / 1000} s` : `${ms} ms`
}
