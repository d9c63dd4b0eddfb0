/** A Hono app behind `cached()` whose handler responds as the row's step defines, at the row's time, and records its requests. */
import { type Context, type ExecutionContext, Hono, type MiddlewareHandler } from 'hono'
import { createCache } from '../../src/cache/create-cache.ts'
import { cached } from '../../src/http/cached/cached.ts'
import { rawProperty } from '../../src/http/context/reads/header-reads.ts'
import { setsNoHeaders } from '../../src/http/context/sets-no-headers.ts'
import { memoryStore } from '../../src/stores/memory/store.ts'
import { type HandlerResponse, type RowHeaders, type RowOptions, START_MS } from './row.ts'

/** The handler's response from now on. */
export interface HandlerPlan extends HandlerResponse {
  /** The handler waits until this number of clients have sent their request. */
  clients: number
}

/** A request that reached the handler. */
export interface HandlerRequest {
  method: string
  headers: Record<string, string>
}

export interface Origin {
  fetch(request: Request, context?: ExecutionContext): Promise<Response>
  /** Advances the clock and sets the plan. */
  prepare(seconds: number, plan: HandlerPlan): void
  /** Requests to the handler since `prepare`. Waits for background work first. */
  handlerRequests(): Promise<HandlerRequest[]>
}

export interface OriginOptions {
  /** False on Workers, where requests must not share promises. Default: true. */
  coalesce?: boolean
  /** True if the handler is an argument of `cached()`. Default: false. */
  ownsHandler?: boolean
  /** Puts another cache than `cached()` before the app, with the clock of the row. Default: `cached()`. */
  cacheAround?: (fetch: Fetch, now: () => number) => Fetch
}

type Fetch = (request: Request) => Promise<Response>

export function createOrigin(
  options: RowOptions,
  { coalesce = true, ownsHandler = false, cacheAround }: OriginOptions = {},
): Origin {
  const background: Promise<unknown>[] = []
  const defaultContext: ExecutionContext = {
    waitUntil: (work) => void background.push(work),
    passThroughOnException() {},
    props: {},
  }
  let nowMs = START_MS
  let plan: HandlerPlan = { clients: 1 }
  let requests: { method: string; headers: Headers }[] = []
  let arrived = 0
  let allArrived = Promise.withResolvers<void>()

  const cache = createCache({ memory: memoryStore(), now: () => nowMs, coalesce })
  const app = new Hono()
  app.onError((_, c) => c.text('failed', 500))
  app.use(
    setsNoHeaders<MiddlewareHandler>(async (c, next) => {
      if (plan.readsVariableOf !== undefined)
        c.set('variable' as never, c.req.header(plan.readsVariableOf) as never)
      await next()
    }),
  )

  async function handle(c: Context): Promise<Response> {
    // Read past the cache, which records the reads of the handler.
    requests.push({ method: c.req.method, headers: rawProperty(c.req, 'headers') })
    for (const name of plan.reads ?? []) c.req.header(name)
    if (plan.copiesHeaders) new Headers(c.req.raw.headers)
    if (plan.readsVariableOf !== undefined) c.get('variable' as never)
    if (plan.clients > 1) {
      await allArrived.promise
      await new Promise((resolve) => setTimeout(resolve, 0)) // until the last request has reached the cache
    }
    if (plan.throws) throw new Error('thrown as planned')
    return createResponse(plan)
  }

  const appFetch: Fetch = async (request) => app.fetch(request, {}, defaultContext)
  const otherCache = cacheAround?.(appFetch, () => nowMs)
  if (otherCache !== undefined) app.all('*', handle)
  else if (ownsHandler) app.all('*', cached({ cache, ...options }, handle))
  else app.all('*', cached({ cache, ...options }), handle)

  return {
    async fetch(request, context = defaultContext) {
      request.headers.has('host') // Bun drops headers that were not read before the request ended
      const response = otherCache?.(request) ?? app.fetch(request, {}, context)
      if (++arrived === plan.clients) allArrived.resolve()
      return response
    },
    prepare(seconds, next) {
      nowMs += seconds * 1000
      plan = next
      requests = []
      arrived = 0
      allArrived = Promise.withResolvers()
    },
    async handlerRequests() {
      while (background.length > 0) await background.shift()
      return requests.map(({ method, headers }) => ({ method, headers: Object.fromEntries(headers) }))
    },
  }
}

/** Statuses without a body; `new Response` throws if one is given. */
const BODILESS = [204, 205, 304]

function createResponse(plan: HandlerPlan): Response {
  const { status = 200, headers = {}, body = '', bodyFails, isStreamed } = plan
  const init = { status, headers: toHeaders(headers) }
  if (BODILESS.includes(status)) return new Response(null, init)
  if (isStreamed) return new Response(streamOf(body), init)
  return new Response(bodyFails ? failingStream(body) : body, init)
}

function streamOf(body: string): ReadableStream {
  const bytes = new TextEncoder().encode(body)
  let position = 0
  return new ReadableStream({
    pull(controller) {
      if (position === bytes.length) return controller.close()
      controller.enqueue(bytes.slice(position, ++position))
    },
  })
}

export function toHeaders(rowHeaders: RowHeaders): Headers {
  const headers = new Headers()
  for (const [name, lines] of Object.entries(rowHeaders)) {
    for (const line of [lines].flat()) headers.append(name, line)
  }
  return headers
}

function failingStream(body: string): ReadableStream {
  let hasSentBody = false
  return new ReadableStream({
    pull(controller) {
      if (hasSentBody) return controller.error(new Error('failed as planned'))
      hasSentBody = true
      controller.enqueue(new TextEncoder().encode(body))
    },
  })
}
