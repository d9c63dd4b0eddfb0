/** The proxy: its middleware and its routes, in the order in which a request passes them. */
import { type Context, Hono } from 'hono'
import { HTTPException } from 'hono/http-exception'
import type { StatusCode } from 'hono/utils/http-status'
import { cached } from '../http/cached/cached.ts'
import { problem, titledProblem } from '../http/endpoints/problem.ts'
import { fetchThrough } from '../http/front/front.ts'
import { FrontHits } from '../http/front/front-hits.ts'
import { measured } from '../http/measured/measured.ts'
import type { Instruments } from '../instruments/create-instruments.ts'
import {
  type AnsweredRequest,
  answeredHit,
  answeredRequest,
  type ClientOf,
  detailsOf,
  keepClient,
} from '../process/requests/answered-request.ts'
import { TRUSTED_FIELDS } from './headers/forwarding.ts'
import { staleIfError } from './lifetime/stale-if-error.ts'
import { OWN_PATH, type OwnRoutesOptions, ownRoutes } from './own-routes.ts'
import type { ProxyConfig } from './proxy-config.ts'
import { refusedRequests } from './refused-requests.ts'
import { forward } from './upstream/forward.ts'
import type { Send } from './upstream/send.ts'
import { UpstreamError } from './upstream/upstream-error.ts'

/** The parts that the proxy is made of. */
export interface ProxyParts extends Omit<OwnRoutesOptions, 'fetch' | 'upstream'> {
  config: Pick<
    ProxyConfig,
    'upstream' | 'ttlMs' | 'staleIfErrorMs' | 'stripCookies' | 'trustForwarded' | 'maxBodyBytes' | 'pseudonym'
  >
  instruments: Pick<Instruments, 'onRequestStart' | 'onRequestEnd' | 'onRequest'>
  /** Sends requests to the upstream. Rejects with an {@link UpstreamError}. */
  send: Send
  clientOf: ClientOf
  /** Called at the end of every request. Default: nothing is. */
  onRequest?: ((request: AnsweredRequest) => void) | undefined
  /** Called for each failure of the upstream, and for each error of the proxy itself. */
  onError: (error: unknown, context: Record<string, string>) => void
}

/** The app behind its front. */
export interface Proxy {
  fetch: Hono['fetch']
  /** The hits that the front serves, for servers that send them without a `Request` and a `Response`. */
  hits: FrontHits
}

export function createProxy(parts: ProxyParts): Proxy {
  const { cache, instruments, config, clientOf, onRequest, onError } = parts
  const app = new Hono()
  const hits = new FrontHits('createProxy', {
    cache,
    onRequest(end) {
      instruments.onRequest(end)
      onRequest?.(answeredHit({ ...end, hitHeaders: undefined }))
    },
    onError: (error, callback) => onError(error, { callback }),
  })
  const peer = (request: Request, env: unknown) => ({ remoteAddress: clientOf(request, env) })
  const fetch = fetchThrough(hits, app.fetch, onRequest === undefined ? {} : { peer })

  if (onRequest !== undefined) app.use(keepClient(clientOf))
  app.use(
    measured({
      onStart: instruments.onRequestStart,
      ...(onRequest === undefined ? {} : { details: detailsOf }),
      onEnd(end) {
        instruments.onRequestEnd(end)
        onRequest?.(answeredRequest(end))
      },
      onError: (error, callback) => onError(error, { callback }),
    }),
  )
  app.route(OWN_PATH, ownRoutes({ ...parts, fetch, upstream: new URL(config.upstream).origin }))
  app.use(refusedRequests(config.pseudonym))
  app.all('*', cachedUpstream(parts))
  app.onError((error, c) => errorResponse(error, c, onError))
  return { fetch, hits }
}

/** The cache with the upstream behind it. */
function cachedUpstream({ cache, config, send, clientOf, onError }: ProxyParts) {
  const { ttlMs, staleIfErrorMs, stripCookies, trustForwarded, maxBodyBytes, pseudonym } = config
  const staleSeconds = secondsOf(staleIfErrorMs)
  const stale = staleSeconds === undefined ? '' : `, stale-if-error=${staleSeconds}`
  const toUpstream = forward({
    ...{ send, clientOf, trustForwarded, stripCookies, pseudonym },
    upstream: new URL(config.upstream),
    defaultControl: ttlMs === undefined ? undefined : `max-age=${secondsOf(ttlMs)}${stale}`,
  })

  async function reported(c: Context): Promise<Response> {
    try {
      return await toUpstream(c)
    } catch (error) {
      if (error instanceof UpstreamError) onError(error, { method: c.req.method })
      throw error
    }
  }
  return cached(
    {
      cache,
      front: true,
      maxBodyBytes,
      hardTimeoutMs: Number.POSITIVE_INFINITY, // `send` has its own limit, with a better answer
      ...(staleSeconds === undefined ? {} : { targetedControl: staleIfError(staleSeconds) }),
      ...(stripCookies ? { ignoredHeaders: ['cookie'] } : {}),
      ...(trustForwarded ? { vary: TRUSTED_FIELDS } : {}),
    },
    reported,
  )
}

function secondsOf(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : Math.round(ms / 1000)
}

function errorResponse(error: Error, c: Context, onError: ProxyParts['onError']): Response {
  const { body, status, headers } = problemFor(error, c, onError)
  // c.newResponse adds the headers that middleware has already set, for example Cache-Status.
  return c.newResponse(body, status as StatusCode, Object.fromEntries(headers))
}

function problemFor(error: Error, c: Context, onError: ProxyParts['onError']): Response {
  const noStore = { 'cache-control': 'no-store' }
  if (error instanceof UpstreamError) {
    const title = error.status === 504 ? 'Gateway Timeout' : 'Bad Gateway'
    return titledProblem(error.status, title, error.message, undefined, noStore)
  }
  if (error instanceof HTTPException && error.status < 500) return problem(error.status, error.message)
  onError(error, { method: c.req.method })
  return problem(500, 'Internal server error', { headers: noStore })
}
