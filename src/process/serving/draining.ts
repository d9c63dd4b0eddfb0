/** Graceful shutdown: wraps a `fetch`, holds its responses while the listener closes, and waits for the last request to end. */
import type { Hono } from 'hono'

export interface Draining {
  /** The wrapped `fetch`. */
  fetch: Hono['fetch']
  /** True after `begin()`. */
  readonly hasBegun: boolean
  /** Number of requests since `begin()`. */
  readonly received: number
  /**
   * After this call every response has `Connection: close`, including responses to requests that are in progress, and no response
   * is returned before `release()`.
   */
  begin(): void
  /** Returns the held responses, and further ones without delay. */
  release(): void
  /** Resolves when no request is in progress. */
  whenIdle(): Promise<void>
}

export function createDraining(fetch: Hono['fetch']): Draining {
  const released = Promise.withResolvers<void>()
  let isClosing = false
  let received = 0
  let inFlight = 0
  let idleListeners: (() => void)[] = []

  function requestEnded(): void {
    inFlight--
    if (inFlight > 0) return
    for (const resolve of idleListeners) resolve()
    idleListeners = []
  }

  async function track(pending: Response | Promise<Response>): Promise<Response> {
    inFlight++
    try {
      const response = await pending
      if (!isClosing) return response
      await released.promise
      return withConnectionClose(response)
    } finally {
      requestEnded()
    }
  }

  return {
    fetch(request, env, context) {
      if (isClosing) received++
      const response = fetch(request, env, context)
      // A response without a promise is not counted in `inFlight`, because its request has already ended.
      return isClosing || response instanceof Promise ? track(response) : response
    },
    get hasBegun() {
      return isClosing
    },
    get received() {
      return received
    },
    begin() {
      isClosing = true
    },
    release: released.resolve,
    whenIdle() {
      return inFlight === 0 ? Promise.resolve() : new Promise((resolve) => idleListeners.push(resolve))
    },
  }
}

function withConnectionClose(response: Response): Response {
  const headers = new Headers(response.headers)
  headers.set('connection', 'close')
  return new Response(response.body, { status: response.status, headers })
}
