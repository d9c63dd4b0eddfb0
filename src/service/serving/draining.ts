/** Ends a service gently: its answers ask their clients to leave, and it knows when the last one has been given. */
import type { Hono } from 'hono'

export interface Draining {
  fetch: Hono['fetch']
  /** From now on every answer, also to requests received before, closes its connection. */
  begin(): void
  /** Resolves when no request is being answered. */
  idle(): Promise<void>
}

export function draining(fetch: Hono['fetch']): Draining {
  let closing = false
  let inFlight = 0
  let waiting: (() => void)[] = []

  function ended(): void {
    inFlight--
    if (inFlight > 0) return
    for (const resolve of waiting) resolve()
    waiting = []
  }

  async function waitFor(answer: Promise<Response>): Promise<Response> {
    inFlight++
    try {
      const response = await answer
      return closing ? closed(response) : response
    } finally {
      ended()
    }
  }

  return {
    fetch(request, env, context) {
      const answer = fetch(request, env, context)
      if (answer instanceof Promise) return waitFor(answer)
      return closing ? closed(answer) : answer // it was never in flight
    },
    begin() {
      closing = true
    },
    idle() {
      return inFlight === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))
    },
  }
}

function closed(response: Response): Response {
  const headers = new Headers(response.headers)
  headers.set('connection', 'close')
  return new Response(response.body, { status: response.status, headers })
}
