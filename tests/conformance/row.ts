/** The data of one conformance row: requests in steps, with the handler's responses and the expected ones. */
import type { CachedOptions } from '../../src/http/cached/cached.ts'

/** A header value, or one for each line of the header. */
export type RowHeaders = Readonly<Record<string, string | readonly string[]>>

/** `null` means that the header must be absent. */
export type ExpectedValue = string | RegExp | null | { not: string }

export type ExpectedHeaders = Readonly<Record<string, ExpectedValue>>

/** Options that can be sent to another process. */
export type RowOptions = Omit<CachedOptions, 'cache' | 'keyGenerator'>

export interface Row {
  /** The section and the clause. A choice of hitrate that the RFC leaves open is marked "(own choice)". */
  name: string
  options?: RowOptions
  /** Run also on Workers. */
  essential?: true
  /** The reason why the row runs only in this process. */
  inProcessOnly?: string
  steps: readonly Step[]
}

export interface Step {
  /** Seconds that pass before the step. */
  after?: number
  /** Default `GET`. */
  method?: string
  /** Default {@link HOST}. */
  host?: string
  /** Default `/`. */
  path?: string
  /** Request headers. */
  send?: RowHeaders
  /** Number of clients that send the request at the same time. Default 1. */
  clients?: number
  /** The handler's response, if it is called. Default: that of the previous step, with the number of this step as its body. */
  handler?: HandlerResponse
  expect: Expectation
  /**
   * Whether the handler is called, in the foreground or in the background, and the headers of its request. A number: how often.
   * Default: once if the expected response is the handler's response of this step, otherwise never.
   */
  handlerCalls?: boolean | number | 'either' | ExpectedHeaders
}

export interface HandlerResponse {
  /** Default 200. */
  status?: number
  headers?: RowHeaders
  /** Default: the number of the step. */
  body?: string
  /** The handler throws, and `app.onError` responds with 500. */
  throws?: boolean
  /** Request headers that the handler reads by name. */
  reads?: readonly string[]
  /** The handler copies all request headers. */
  copiesHeaders?: boolean
  /** A request header from which middleware before the cache makes a variable that the handler reads. */
  readsVariableOf?: string
  /** The body is a stream, one byte at a time. */
  isStreamed?: boolean
  /** The body stream fails after its first chunk. */
  bodyFails?: boolean
}

/** The response that each client must get. */
export interface Expectation {
  /** Number of the step, from 1, whose handler's response it is. Sets the default status and body. */
  from?: number
  /** One status or several allowed ones. Default: that of `from`. */
  status?: number | readonly number[]
  /** Default: that of `from`; none for a 304. */
  body?: string
  headers?: ExpectedHeaders
  /** Parameters of hitrate's member of `Cache-Status`; `true` for a parameter without a value. */
  cacheStatus?: Readonly<Record<string, ExpectedValue | number | true>>
  /** Number of clients whose `Cache-Status` must contain `collapsed`. */
  collapsed?: number
  /** The body must fail, or the response be a 500. */
  fails?: true
}

export const HOST = 'a.test'

/** The time at the beginning of each row: Sunday, 22 November 2026, noon. */
export const START_MS = Date.UTC(2026, 10, 22, 12)

/** The preferred date format (RFC 9110 §5.6.7). @param seconds since the beginning of the row. */
export function date(seconds: number): string {
  return new Date(START_MS + seconds * 1000).toUTCString()
}

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']

/** The RFC 850 format: `Sunday, 22-Nov-26 12:00:00 GMT`. */
export function rfc850(seconds: number): string {
  const time = new Date(START_MS + seconds * 1000)
  const [, day, month, year = '', clock] = time.toUTCString().split(' ')
  return `${DAYS[time.getUTCDay()]}, ${day}-${month}-${year.slice(2)} ${clock} GMT`
}

/** The format of asctime() in C: `Sun Nov 22 12:00:00 2026`. */
export function asctime(seconds: number): string {
  const [weekday = '', day = '', month, year, time] = date(seconds).split(' ')
  return `${weekday.replace(',', '')} ${month} ${day.replace(/^0/, ' ')} ${time} ${year}`
}

/** A row in which the first response is reused for a second client. */
export function reused(name: string, headers: RowHeaders, more: ReuseOptions = {}): Row {
  const { after = 1, send, handler, expect, ...row } = more
  const request = send === undefined ? {} : { send }
  return {
    name,
    ...row,
    steps: [
      { ...request, handler: { ...handler, headers }, expect: { from: 1 } },
      { after, ...request, expect: { from: 1, ...expect } },
    ],
  }
}

/** A row in which the first response is not reused: the handler is called again. */
export function notReused(name: string, headers: RowHeaders, more: ReuseOptions = {}): Row {
  return reused(name, headers, { ...more, expect: { from: 2, ...more.expect } })
}

export interface ReuseOptions extends Omit<Row, 'name' | 'steps'> {
  /** Seconds between the two requests. Default 1. */
  after?: number
  /** Request headers of both clients. */
  send?: RowHeaders
  /** The handler's response apart from its headers. */
  handler?: Omit<HandlerResponse, 'headers'>
  /** Further expectations of the second response. */
  expect?: Expectation
}
