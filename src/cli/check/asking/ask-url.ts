/** Asks a URL a few times: through hitrate, and past it with other headers. */
import { type Answer, isEventStream, readAnswer } from './answer.ts'
import { describeFailure, type Failure } from './describe-failure.ts'

/** Sends a request and resolves to its response. */
export type Ask = (request: Request) => Response | Promise<Response>

export interface AskOptions {
  url: URL
  /** Headers of each request, with names in lower case. */
  headers: readonly (readonly [name: string, value: string])[]
  timeoutMs: number
  /** Asks the upstream itself. */
  fetch: Ask
  /** Makes a proxy with an empty cache. @param fetch asks the upstream. */
  openProxy: (fetch: Ask) => Ask
  /** The time, epoch ms. */
  now: () => number
}

export interface Answers {
  /** Through hitrate with an empty cache. */
  first: Answer
  /** Through the same hitrate, at once. */
  second: Answer
  /** Through hitrate with an empty cache, with a cookie. */
  withCookie: Answer | Failure
  /** The headers and the status that the upstream sent to hitrate at first. */
  upstream: { status: number; headers: Headers }
  /** Past hitrate, with the same headers as at first. */
  again: Answer | Failure
  /** The same request once more, which shows whether the response changes by itself. */
  control: Answer | Failure
  /** Past hitrate, with one other header each; its name is the key. */
  others: Readonly<Record<string, Answer | Failure>>
  /** Past hitrate, with the validators of the first response; `undefined` if it has none. */
  conditional: Answer | Failure | undefined
  /** Past hitrate; `undefined` for an event stream. */
  head: Answer | Failure | undefined
}

/** Values of headers that a response may depend on. They differ from what hitrate and `fetch` send by themselves. */
export const OTHER_HEADERS: Readonly<Record<string, string>> = {
  cookie: 'hitrate-check=1',
  'accept-language': 'ja, fr;q=0.9, de;q=0.8, es;q=0.7, en;q=0.1',
  'accept-encoding': 'identity',
}

/** Headers that each request has, unless the user gives others. */
const BASE_HEADERS = { accept: '*/*', 'accept-encoding': 'gzip, br' }

/** Ends with the failure of the first request, if that had no response. Later failures are parts of the result. */
export async function askUrl(options: AskOptions): Promise<Answers | Failure> {
  const { url, headers, timeoutMs, fetch, openProxy, now } = options
  const base = new Headers({ ...BASE_HEADERS, ...Object.fromEntries(headers) })
  const record = recordFirst(fetch)
  const proxy = openProxy(record.fetch)

  /** @param changes headers in place of the base's. */
  async function ask(
    send: Ask,
    changes: Record<string, string> = {},
    method = 'GET',
  ): Promise<Answer | Failure> {
    const sent = new Headers(base)
    for (const [name, value] of Object.entries(changes)) sent.set(name, value)
    const startedAt = now()
    try {
      const signal = AbortSignal.timeout(timeoutMs)
      const request = new Request(url.href, { method, headers: sent, redirect: 'manual', signal })
      return await untilAborted(answerOf(send, request, startedAt, now), signal)
    } catch (error) {
      return describeFailure(error, url, timeoutMs)
    }
  }

  const first = await ask(proxy)
  if (record.error !== undefined) return describeFailure(record.error, url, timeoutMs)
  if ('failure' in first) return first
  const second = await ask(proxy)
  if ('failure' in second) return second
  const upstream = record.response ?? { status: first.status, headers: first.headers }
  const condition = conditionOf(upstream.headers)
  const isEndless = isEventStream(upstream.headers)
  const others = Object.entries(OTHER_HEADERS)
  const [again, control, withCookie, conditional, head, ...withOthers] = await Promise.all([
    ask(fetch),
    ask(fetch),
    ask(openProxy(fetch), { cookie: OTHER_HEADERS.cookie ?? '' }),
    condition && ask(fetch, condition),
    isEndless ? undefined : ask(fetch, {}, 'HEAD'), // many such servers send no header before the first event
    ...others.map(([name, value]) => ask(fetch, { [name]: value })),
  ])
  return {
    ...{ first, second, upstream, again, control, withCookie, conditional, head },
    others: Object.fromEntries(withOthers.map((answer, i) => [others[i]?.[0], answer])),
  }
}

async function answerOf(send: Ask, request: Request, startedAt: number, now: () => number): Promise<Answer> {
  return readAnswer(await send(request), startedAt, now)
}

/** A proxy may keep its response back for longer than the signal of the request allows. */
function untilAborted<T>(result: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
    result.then(resolve, reject)
  })
}

interface FirstRecord {
  fetch: Ask
  response: { status: number; headers: Headers } | undefined
  /** The reason why the upstream gave no response. */
  error: unknown
}

/** Remembers what the upstream sent first, before the proxy changes it. */
function recordFirst(fetch: Ask): FirstRecord {
  const record: FirstRecord = {
    response: undefined,
    error: undefined,
    async fetch(request) {
      try {
        const response = await fetch(request)
        record.response ??= { status: response.status, headers: new Headers(response.headers) }
        return response
      } catch (error) {
        record.error ??= error
        throw error
      }
    },
  }
  return record
}

/** The condition that a cache sends to confirm its stored response (RFC 9111 §4.3.1). */
function conditionOf(headers: Headers): Record<string, string> | undefined {
  const etag = headers.get('etag')
  const modified = headers.get('last-modified')
  if (etag !== null) return { 'if-none-match': etag }
  return modified === null ? undefined : { 'if-modified-since': modified }
}
