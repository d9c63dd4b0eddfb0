/** Requests to an app in process. On Node they can go through the listener of @hono/node-server, as in a real server. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import type { Hono } from 'hono'

/**
 * `native`: `app.fetch` of a native `Request`, whose response is read. `served`: through the listener of @hono/node-server, which
 * brings its own `Request` and `Response`; only the socket is missing.
 */
export type Transport = 'native' | 'served'

/** The last response, as far as a benchmark checks it. */
export interface Received {
  status: number
  /** Value of a header, by its name in lower case. */
  header(name: string): string | undefined
}

export type Get = (path: string) => Promise<Received>

/**
 * Must be called before the app creates a response: for `served`, it replaces the global `Request` and `Response`.
 * @param appOf called once
 */
export function transportTo(appOf: () => Hono, transport: Transport): Get {
  return transport === 'served' ? throughListener(appOf) : throughFetch(appOf())
}

function throughFetch(app: Hono): Get {
  return async function get(path) {
    const response = await app.fetch(new Request(`http://localhost${path}`))
    await response.text()
    return { status: response.status, header: (name) => response.headers.get(name) ?? undefined }
  }
}

function throughListener(appOf: () => Hono): Get {
  let app: Hono | undefined
  const listener = getRequestListener((request, env) => app?.fetch(request, env))
  app = appOf()
  return async function get(path) {
    const outgoing = new Outgoing()
    // The listener uses only the members that the two classes have.
    await listener(new Incoming(path) as unknown as IncomingMessage, outgoing as unknown as ServerResponse)
    return outgoing
  }
}

/** A GET as node:http parses it. */
class Incoming {
  readonly method = 'GET'
  readonly url: string
  readonly headers = { host: 'localhost' }
  readonly rawHeaders = ['Host', 'localhost']
  readonly errored = null

  constructor(url: string) {
    this.url = url
  }
}

/** A response of node:http that is not sent. */
class Outgoing implements Received {
  status = 0
  readonly writable = true
  readonly destroyed = false
  #headers: Record<string, unknown> = {}
  #hasEnded = false

  writeHead(status: number, headers: Record<string, unknown> = {}): void {
    this.status = status
    this.#headers = headers
  }

  write(): boolean {
    return true
  }

  end(): void {
    this.#hasEnded = true
  }

  on(): void {}

  off(): void {}

  flushHeaders(): void {}

  header(name: string): string | undefined {
    if (!this.#hasEnded) throw new Error('the response has not ended')
    const entry = Object.entries(this.#headers).find(([key]) => key.toLowerCase() === name)
    return entry === undefined ? undefined : String(entry[1])
  }
}
