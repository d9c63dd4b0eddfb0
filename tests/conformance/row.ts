/** One clause of an RFC as a story in steps: what is asked, what the handler answers, what the client must see. Data only. */
import type { CachedOptions } from '../../src/http/cached/cached.ts'

/** One value, or one for each line of the field. */
export type Fields = Readonly<Record<string, string | readonly string[]>>

/** `null`: absent. */
export type Wanted = string | RegExp | null | { not: string }

export type WantedFields = Readonly<Record<string, Wanted>>

/** What can be told to another process. */
export type RowOptions = Omit<CachedOptions, 'cache' | 'keyGenerator'>

export interface Row {
  /** The section, then the clause. What is our own choice, beyond the RFC's text, says "(ours)". */
  name: string
  options?: RowOptions
  /** Told on Workers too. */
  essential?: true
  /** Why it is told in process only. */
  inProcessOnly?: string
  steps: readonly Step[]
}

export interface Step {
  /** Seconds that pass before. */
  after?: number
  /** Default `GET`. */
  method?: string
  /** Default {@link HOST}. */
  host?: string
  /** Default `/`. */
  path?: string
  /** The request's fields. */
  send?: Fields
  /** How many clients ask this at the same time. Default 1. */
  together?: number
  /** What the handler answers if it is asked. Default: as in the step before, with a body of its own. */
  handler?: Answer
  sees: Sees
  /**
   * Is the handler asked, before the answer or behind it, and with which fields? A number: how often. Default: once if the
   * client sees what the handler says in this step, else not at all.
   */
  asks?: boolean | number | 'either' | WantedFields
}

export interface Answer {
  /** Default 200. */
  status?: number
  fields?: Fields
  /** Default: the number of the step. */
  body?: string
  /** It throws, and `app.onError` answers 500. */
  throws?: boolean
  /** The body ends in the middle with an error. */
  breaksOff?: boolean
}

export interface Sees {
  /** The step whose answer it is, from 1 on: an earlier one is the cache's. Says status and body. */
  from?: number
  /** What the status is, or may be. Default that of `from`. */
  status?: number | readonly number[]
  /** Default that of `from`; none on a 304. */
  body?: string
  fields?: WantedFields
  /** Parameters of our own member of `Cache-Status`; `true` for one without a value. */
  cacheStatus?: Readonly<Record<string, Wanted | number | true>>
  /** How many of those who ask `together` are told that their answer is another's. */
  collapsed?: number
  /** The answer breaks off, or is a 500. */
  broken?: true
}

export const HOST = 'a.test'

/** When every row begins: Sunday, 22 November 2026, noon. */
export const START_MS = Date.UTC(2026, 10, 22, 12)

/** The preferred form of a date (RFC 9110 §5.6.7), in seconds from the row's begin. */
export function date(seconds: number): string {
  return new Date(START_MS + seconds * 1000).toUTCString()
}

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']

/** The oldest form: `Sunday, 22-Nov-26 12:00:00 GMT`. */
export function rfc850(seconds: number): string {
  const at = new Date(START_MS + seconds * 1000)
  const [, day, month, year = '', time] = at.toUTCString().split(' ')
  return `${DAYS[at.getUTCDay()]}, ${day}-${month}-${year.slice(2)} ${time} GMT`
}

/** The form of C's asctime(): `Sun Nov 22 12:00:00 2026`. */
export function asctime(seconds: number): string {
  const [weekday = '', day = '', month, year, time] = date(seconds).split(' ')
  return `${weekday.replace(',', '')} ${month} ${day.replace(/^0/, ' ')} ${time} ${year}`
}

/** The first client's answer also serves a second, some seconds later. */
export function reused(name: string, fields: Fields, more: More = {}): Row {
  const { after = 1, send, handler, sees, ...row } = more
  const asking = send === undefined ? {} : { send }
  return {
    name,
    ...row,
    steps: [
      { ...asking, handler: { ...handler, fields }, sees: { from: 1 } },
      { after, ...asking, sees: { from: 1, ...sees } },
    ],
  }
}

/** It does not: the handler is asked again. */
export function askedAgain(name: string, fields: Fields, more: More = {}): Row {
  return reused(name, fields, { ...more, sees: { from: 2, ...more.sees } })
}

export interface More extends Omit<Row, 'name' | 'steps'> {
  /** Seconds between the two. Default 1. */
  after?: number
  /** What both clients send. */
  send?: Fields
  /** Beside its fields. */
  handler?: Omit<Answer, 'fields'>
  /** What the second sees beside. */
  sees?: Sees
}
