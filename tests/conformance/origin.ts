/** A Hono app behind `cached()` that answers what a row's step says, at the row's time, and notes what it is asked. */
import { type ExecutionContext, Hono } from 'hono'
import { createCache } from '../../src/cache/create-cache.ts'
import { cached } from '../../src/http/cached/cached.ts'
import { memoryStore } from '../../src/stores/memory/store.ts'
import { type Answer, type Fields, type RowOptions, START_MS } from './row.ts'

/** What the handler does from now on. */
export interface Plan extends Answer {
  /** It waits until so many clients have asked. */
  together: number
}

/** One question that reached the handler. */
export interface Ask {
  method: string
  fields: Record<string, string>
}

export interface Origin {
  fetch(request: Request, around?: ExecutionContext): Promise<Response>
  /** Lets seconds pass. */
  prepare(seconds: number, plan: Plan): void
  /** What the handler was asked since it was prepared, once all that goes on behind the answers has ended. */
  asked(): Promise<Ask[]>
}

/** @param coalesce false where no promise may be shared between requests: on Workers. */
export function createOrigin(options: RowOptions, { coalesce = true } = {}): Origin {
  const behind: Promise<unknown>[] = []
  const ownContext: ExecutionContext = {
    waitUntil: (work) => void behind.push(work),
    passThroughOnException() {},
    props: {},
  }
  let nowMs = START_MS
  let plan: Plan = { together: 1 }
  let requests: Request[] = []
  let arrived = 0
  let everyoneIsHere = Promise.withResolvers<void>()

  const cache = createCache({ memory: memoryStore(), now: () => nowMs, coalesce })
  const app = new Hono()
  app.onError((_, c) => c.text('failed', 500))
  app.all('*', cached({ cache, ...options }), async (c) => {
    requests.push(c.req.raw) // read later: its answer could be taken for one that depends on what is read here
    if (plan.together > 1) {
      await everyoneIsHere.promise
      await new Promise((resolve) => setTimeout(resolve, 0)) // the last of them has got to the cache then
    }
    if (plan.throws) throw new Error('as planned')
    return answer(plan)
  })

  return {
    async fetch(request, around = ownContext) {
      request.headers.has('host') // Bun forgets the fields that nobody has looked at when the request has ended
      const response = app.fetch(request, {}, around)
      if (++arrived === plan.together) everyoneIsHere.resolve()
      return response
    },
    prepare(seconds, next) {
      nowMs += seconds * 1000
      plan = next
      requests = []
      arrived = 0
      everyoneIsHere = Promise.withResolvers()
    },
    async asked() {
      while (behind.length > 0) await behind.shift()
      return requests.map(({ method, headers }) => ({ method, fields: Object.fromEntries(headers) }))
    },
  }
}

/** Statuses whose responses cannot have a body: making one throws. */
const BODILESS = [204, 205, 304]

function answer({ status = 200, fields = {}, body = '', breaksOff = false }: Plan): Response {
  const headers = headersOf(fields)
  if (BODILESS.includes(status)) return new Response(null, { status, headers })
  return new Response(breaksOff ? brokenStream(body) : body, { status, headers })
}

export function headersOf(fields: Fields): Headers {
  const headers = new Headers()
  for (const [name, lines] of Object.entries(fields)) {
    for (const line of [lines].flat()) headers.append(name, line)
  }
  return headers
}

function brokenStream(body: string): ReadableStream {
  let begun = false
  return new ReadableStream({
    pull(controller) {
      if (begun) return controller.error(new Error('broke off, as planned'))
      begun = true
      controller.enqueue(new TextEncoder().encode(body))
    },
  })
}
