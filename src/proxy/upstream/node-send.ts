/**
 * Sends requests by `node:http`. Not by `fetch`, which decodes bodies but leaves `Content-Encoding`, and which cannot be asked for the
 * bytes as they are.
 */
import * as http from 'node:http'
import * as https from 'node:https'
import { Readable } from 'node:stream'
import type { Send, UpstreamRequest, UpstreamResponse } from './send.ts'
import { UpstreamError } from './upstream-error.ts'

/** Idle connections that stay open for the next requests. */
const MAX_IDLE = 256

/** Creates a pool of connections, for the life of a thread. */
export function nodeConnections(): { send: Send; close(): void } {
  const options = { keepAlive: true, maxFreeSockets: MAX_IDLE, scheduling: 'lifo' as const }
  const agents = { 'http:': new http.Agent(options), 'https:': new https.Agent(options) }

  async function send(request: UpstreamRequest): Promise<UpstreamResponse> {
    for (;;) {
      try {
        return await sendOnce(request, agents)
      } catch (error) {
        // The upstream may close an idle connection at the moment when a request takes it.
        if (!(error instanceof StaleConnectionError) || request.signal.aborted) throw error
      }
    }
  }
  return {
    send,
    close() {
      for (const agent of Object.values(agents)) agent.destroy()
    },
  }
}

/** A connection that was idle has ended before the response. The request has no body and no effect, so it can be sent again. */
class StaleConnectionError extends Error {}

function sendOnce(
  request: UpstreamRequest,
  agents: { 'http:': http.Agent; 'https:': https.Agent },
): Promise<UpstreamResponse> {
  const { method, url, headers, body, signal } = request
  const { protocol, hostname, port } = new URL(url)
  const isTls = protocol === 'https:'
  const { promise, resolve, reject } = Promise.withResolvers<UpstreamResponse>()
  const outgoing = (isTls ? https : http).request({
    agent: isTls ? agents['https:'] : agents['http:'],
    host: hostname.replace(/^\[(.*)\]$/, '$1'),
    port: port === '' ? undefined : Number(port),
    path: pathOf(url),
    method,
    headers: headerObject(headers),
    signal,
  })
  outgoing.once('response', (incoming) => resolve(responseOf(incoming, method)))
  outgoing.once('upgrade', (_, socket) => {
    socket.destroy()
    reject(new UpstreamError(502, 'The upstream changed the protocol, which it was not asked for'))
  })
  outgoing.once('error', (error: NodeJS.ErrnoException) => {
    const isRepeatable = outgoing.reusedSocket && body === null && (method === 'GET' || method === 'HEAD')
    reject(isRepeatable && error.code === 'ECONNRESET' ? new StaleConnectionError() : error)
  })
  if (body === null) outgoing.end()
  else void writeBody(body, outgoing)
  return promise
}

/** Path and query as they are written in the URL, because `new URL` would change some characters. */
function pathOf(url: string): string {
  return url.slice(url.indexOf('/', url.indexOf('://') + 3))
}

function headerObject(headers: Headers): Record<string, string | string[]> {
  return Object.fromEntries(headers)
}

async function writeBody(body: ReadableStream<Uint8Array>, outgoing: http.ClientRequest): Promise<void> {
  try {
    for await (const chunk of body) {
      if (outgoing.destroyed) return
      if (!outgoing.write(chunk)) await drained(outgoing)
    }
    outgoing.end()
  } catch (error) {
    outgoing.destroy(error instanceof Error ? error : new Error('The body of the request failed'))
  }
}

function drained(outgoing: http.ClientRequest): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      outgoing.off('drain', done)
      outgoing.off('close', done)
      resolve()
    }
    outgoing.once('drain', done)
    outgoing.once('close', done)
  })
}

function responseOf(incoming: http.IncomingMessage, method: string): UpstreamResponse {
  const { statusCode: status = 0, rawHeaders } = incoming
  const headers = new Headers()
  for (let i = 0; i < rawHeaders.length; i += 2) headers.append(rawHeaders[i] ?? '', rawHeaders[i + 1] ?? '')
  if (method === 'HEAD' || status === 204 || status === 304) {
    incoming.resume()
    return { status, headers, body: null }
  }
  return { status, headers, body: Readable.toWeb(incoming) as ReadableStream<Uint8Array> }
}
