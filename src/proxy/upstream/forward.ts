/** The handler behind the cache: sends a request to the upstream and makes the response of its answer. */
import type { Context } from 'hono'
import { upstreamHeaders } from '../headers/upstream-request.ts'
import { adaptResponseHeaders } from '../headers/upstream-response.ts'
import { isSilent } from '../lifetime/default-lifetime.ts'
import type { Send } from './send.ts'
import { UpstreamError } from './upstream-error.ts'

export interface ForwardOptions {
  /** URL of the upstream, whose path is put before the path of each request. */
  upstream: URL
  send: Send
  /** Address of the client, for `X-Forwarded-For`. */
  clientOf: (request: Request, env: unknown) => string | undefined
  trustForwarded: boolean
  stripCookies: boolean
  /** Name of this proxy in `Via`. */
  pseudonym: string
  /** `Hitrate-Cache-Control` of responses about which the upstream says nothing. `undefined` for none. */
  defaultControl: string | undefined
}

/**
 * Creates the handler. It uses all request headers at once and none by name, so the cache counts `Cookie` and `Authorization` as
 * read, and the response must name others in `Vary`.
 *
 * Not `proxy` of Hono, which removes `Content-Encoding` and `Accept-Encoding`: bodies would be stored and sent uncompressed.
 *
 * @returns a function that rejects with an {@link UpstreamError}.
 */
export function forward(options: ForwardOptions): (c: Context) => Promise<Response> {
  const { upstream, send, clientOf, trustForwarded, stripCookies, pseudonym, defaultControl } = options
  const base = upstream.origin + upstream.pathname.replace(/\/$/, '')

  return async function forwardToUpstream(c) {
    const { raw } = c.req
    const { url, method, signal } = raw
    const received = new Headers(raw.headers)
    const pathAt = url.indexOf('/', url.indexOf('://') + 3)
    const isRead = method === 'GET' || method === 'HEAD'
    const withoutCookies = stripCookies && isRead
    // The body of a GET stays here. With its length the upstream would take the next request of the connection for the body.
    if (isRead) received.delete('content-length')
    const response = await send({
      method,
      url: base + withoutFragment(pathAt < 0 ? '/' : url.slice(pathAt)),
      headers: upstreamHeaders(received, {
        client: {
          address: clientOf(raw, c.env),
          host: url.slice(url.indexOf('://') + 3, pathAt < 0 ? undefined : pathAt),
          protocol: url.startsWith('https:') ? 'https' : 'http',
        },
        trustForwarded,
        withoutCookies,
        pseudonym,
      }),
      body: isRead ? null : raw.body,
      signal,
    })
    const { status, headers } = response
    if (status < 200 || status > 599) {
      await response.body?.cancel()
      throw new UpstreamError(502, `The upstream sent the status ${status}, which is none of HTTP`)
    }
    adaptResponseHeaders(headers, { upstream, withoutCookies, pseudonym })
    const authorized = received.has('authorization')
    if (defaultControl !== undefined && isSilent({ method, authorized }, status, headers)) {
      headers.set('hitrate-cache-control', defaultControl)
    }
    if (!WITHOUT_BODY.has(status)) return new Response(response.body, { status, headers })
    await response.body?.cancel() // otherwise its connection would stay taken
    return new Response(null, { status, headers })
  }
}

/** Statuses for which `Response` accepts no body. */
const WITHOUT_BODY = new Set([204, 205, 304])

function withoutFragment(path: string): string {
  const at = path.indexOf('#')
  return at < 0 ? path : path.slice(0, at)
}
