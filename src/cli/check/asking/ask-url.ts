/** Asks a URL a few times: through hitrate, and past it with other headers. */
import type { Send } from '../../../proxy/upstream/send.ts'
import { version } from '../../../version.ts'
import { type Answer, isEventStream, readAnswer } from './answer.ts'
import { describeFailure, type Failure } from './describe-failure.ts'
import { ownStatus } from './own-cache-status.ts'

export interface AskOptions {
  url: URL
  /** Headers of each request, with names in lower case. */
  headers: readonly (readonly [name: string, value: string])[]
  timeoutMs: number
  /** Asks the upstream itself. */
  send: Send
  /** Makes a proxy with an empty cache. @param send asks the upstream. */
  openProxy: (send: Send) => Send
  /** The time, epoch ms. */
  now: () => number
}

export interface Answers {
  /** Through hitrate with an empty cache. */
  first: Answer
  /** Through the same hitrate, after the body of the first. */
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

/** Values of headers that a response may depend on. The requests without them have no cookie, no language and no coding. */
const OTHER_HEADERS: Readonly<Record<string, string>> = {
  cookie: 'hitrate-check=1',
  'accept-language': 'ja, fr;q=0.9, de;q=0.8, es;q=0.7, en;q=0.1',
  'accept-encoding': 'gzip, br',
}

/** Headers that each request has, unless the user gives others. */
const BASE_HEADERS = {
  accept: '*/*',
  'accept-encoding': 'identity',
  'user-agent': `hitrate/${version} (check)`,
}

/** Ends with the failure of the first request, if that had no response. Later failures are parts of the result. */
export async function askUrl(options: AskOptions): Promise<Answers | Failure> {
  const { url, headers, timeoutMs, send, openProxy, now } = options
  const base = requestHeaders(headers)
  const record = recordFirst(send)
  const proxy = openProxy(record.send)

  /** @param changes headers in place of the base's. */
  async function ask(
    to: Send,
    changes: Record<string, string> = {},
    method = 'GET',
  ): Promise<Answer | Failure> {
    const sent = new Headers(base)
    for (const [name, value] of Object.entries(changes)) sent.set(name, value)
    const startedAt = now()
    try {
      const signal = AbortSignal.timeout(timeoutMs)
      const response = to({ method, url: url.href, headers: sent, body: null, signal })
      return await untilAborted(
        response.then((one) => readAnswer(one, startedAt, now)),
        signal,
      )
    } catch (error) {
      return describeFailure(error, url, timeoutMs)
    }
  }

  const first = await ask(proxy)
  if (record.error !== undefined) return describeFailure(record.error, url, timeoutMs)
  if ('failure' in first) return first
  let second = await ask(proxy)
  // A body that came in pieces is stored just after its last piece: this request may still have shared the first one.
  if (!('failure' in second) && ownStatus(second.headers).collapsed) second = await ask(proxy)
  if ('failure' in second) return second
  const upstream = record.response ?? { status: first.status, headers: first.headers }
  const condition = conditionOf(upstream.headers)
  const isEndless = isEventStream(upstream.headers)
  const others = Object.entries(OTHER_HEADERS)
  const [again, control, withCookie, conditional, head, ...withOthers] = await Promise.all([
    ask(send),
    ask(send),
    ask(openProxy(send), { cookie: OTHER_HEADERS.cookie ?? '' }),
    condition && ask(send, condition),
    isEndless ? undefined : ask(send, {}, 'HEAD'), // many such servers send no header before the first event
    ...others.map(([name, value]) => ask(send, { [name]: value })),
  ])
  return {
    ...{ first, second, upstream, again, control, withCookie, conditional, head },
    others: Object.fromEntries(withOthers.map((answer, i) => [others[i]?.[0], answer])),
  }
}

/** The user's headers, and the {@link BASE_HEADERS} that the user does not give. */
function requestHeaders(given: AskOptions['headers']): Headers {
  const headers = new Headers()
  for (const [name, value] of given) headers.append(name, value)
  for (const [name, value] of Object.entries(BASE_HEADERS)) if (!headers.has(name)) headers.set(name, value)
  return headers
}

/** A proxy may keep its response back for longer than the signal of the request allows. */
function untilAborted<T>(result: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
    result.then(resolve, reject)
  })
}

interface FirstRecord {
  send: Send
  response: { status: number; headers: Headers } | undefined
  /** The reason why the upstream gave no response. */
  error: unknown
}

/** Remembers what the upstream sent first, before the proxy changes it. */
function recordFirst(send: Send): FirstRecord {
  const record: FirstRecord = {
    response: undefined,
    error: undefined,
    async send(request) {
      try {
        const response = await send(request)
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
