/** Lets connections end by themselves: while draining, every answer asks its client to open a new one elsewhere. */
import type { Hono } from 'hono'

export interface Draining {
  fetch: Hono['fetch']
  /** From now on every answer, also to requests received before, closes its connection. */
  begin(): void
}

export function draining(fetch: Hono['fetch']): Draining {
  let closing = false

  return {
    async fetch(...request) {
      const response = await fetch(...request)
      return closing ? closed(response) : response
    },
    begin() {
      closing = true
    },
  }
}

function closed(response: Response): Response {
  const headers = new Headers(response.headers)
  headers.set('connection', 'close')
  return new Response(response.body, { status: response.status, headers })
}
