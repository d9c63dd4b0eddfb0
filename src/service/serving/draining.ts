/** Graceful shutdown: wraps a `fetch`, makes its responses ask clients to disconnect, and waits for the last request to end. */
import type { Hono } from 'hono'

export interface Draining {
  /** The wrapped `fetch`. */
  fetch: Hono['fetch']
  /** True after `begin()`. */
  readonly hasBegun: boolean
  /** After this call every response has `Connection: close`, including responses to requests that are in progress. */
  begin(): void
  /** Resolves when no request is in progress. */
  whenIdle(): Promise<void>
}

export function createDraining(fetch: Hono['fetch']): Draining {
  let isClosing = false
  let inFlight = 0
  let idleListeners: (() => void)[] = []

  function requestEnded(): void {
    inFlight--
    if (inFlight > 0) return
    for (const resolve of idleListeners) resolve()
    idleListeners = []
  }

  async function track(pending: Promise<Response>): Promise<Response> {
    inFlight++
    try {
      const response = await pending
      return isClosing ? withConnectionClose(response) : response
    } finally {
      requestEnded()
    }
  }

  return {
    fetch(request, env, context) {
      const response = fetch(request, env, context)
      if (response instanceof Promise) return track(response)
      // Not counted in `inFlight`, because the request has already ended.
      return isClosing ? withConnectionClose(response) : response
    },
    get hasBegun() {
      return isClosing
    },
    begin() {
      isClosing = true
    },
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
