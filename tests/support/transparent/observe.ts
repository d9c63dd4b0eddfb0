/** Runs an app without `cached()` and with it, and records everything that a client sees. */
import { Hono, type MiddlewareHandler } from 'hono'
import { createCache } from '../../../src/cache/create-cache.ts'
import type { Schedule } from '../../../src/cache/timing/schedule.ts'
import { type CachedOptions, cached } from '../../../src/http/cached/cached.ts'
import { memoryStore } from '../../../src/stores/memory/store.ts'

export interface AppUnderTest {
  app: Hono
  /** `cached()`, or nothing. */
  cache: MiddlewareHandler[]
  /** Records a call of `onError`, `notFound` or a handler. The same calls are expected with `cached()` and without. */
  log(line: string): void
}

export interface TransparencyCase {
  name: string
  routes(test: AppUnderTest): void
  /** Default: `/x`. */
  path?: string
  request?: RequestInit
  /**
   * Hono itself behaves differently for a handler behind any middleware: the expected behaviour is that behind middleware
   * without effect. Default: the behaviour without middleware.
   */
  expected?: 'behind middleware'
  /** The reason why a response that the cache stores differs, also the first one. */
  differsWhenStored?: string
  /** The reason why a hit differs. */
  differsOnHit?: string
}

export interface Observation {
  status?: number
  statusText?: string | undefined
  /** Several cookies are separated by a line feed. */
  headers: Record<string, string>
  body?: string
  /** The value that the app threw. */
  threw?: string
  log: string[]
}

export type Mode = 'without' | 'not stored' | 'stored'

const OPTIONS: Record<Mode, Omit<CachedOptions, 'cache'> | undefined> = {
  without: undefined,
  'not stored': {},
  stored: { targetedControl: 'max-age=60' },
}

const noEffect: MiddlewareHandler = async (_, next) => {
  await next()
}

/** Runs no timer: on a busy machine, a body that is made at once would else count as slow, and be streamed. */
const never: Schedule = () => () => {}

/** The app of one case. With `not stored`, the cache has no lifetime; with `stored`, an option gives it one. */
export function appOf({ routes, expected }: TransparencyCase, mode: Mode) {
  const log: string[] = []
  const app = new Hono()
  const options = OPTIONS[mode]
  const cache = createCache({ memory: memoryStore(), schedule: never })
  const around = options === undefined ? [] : [cached({ cache, ...options })]
  if (options === undefined && expected !== undefined) around.push(noEffect)
  routes({ app, cache: around, log: (line) => void log.push(line) })
  return { app, log }
}

/** Sends the request of the case in process, and reads the response. */
export async function observe(
  { path = '/x', request }: TransparencyCase,
  { app, log }: ReturnType<typeof appOf>,
): Promise<Observation> {
  log.length = 0
  try {
    const response = await app.request(path, request)
    if (!(response instanceof Response))
      return { headers: {}, threw: `no response: ${response}`, log: [...log] }
    const body = response.type === 'error' ? response.type : await textOf(response)
    const { status, statusText } = response
    return { status, statusText, headers: headersOf(response), body, log: [...log] }
  } catch (error) {
    return { headers: {}, threw: String(error), log: [...log] }
  }
}

async function textOf(response: Response): Promise<string> {
  return Buffer.from(await response.arrayBuffer()).toString('latin1')
}

/** Runtimes infer `text/plain;charset=utf-8`, and Hono sets `text/plain; charset=UTF-8`. */
const sameType = (type: string) => type.replace(/; ?charset=utf-8$/i, '; charset=UTF-8')

function headersOf(response: Response): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const [name, value] of response.headers) {
    headers[name] = name in headers ? `${headers[name]}\n${value}` : value
  }
  const type = headers['content-type']
  if (type !== undefined) headers['content-type'] = sameType(type)
  return headers
}

/** Headers that `cached()` adds to a response that it stores, and headers of one connection, which it does not store. */
const DIFFERENT_WHEN_STORED = [
  'accept-ranges',
  'age',
  'content-length',
  'date',
  'etag',
  'trailer',
  'transfer-encoding',
]

/** Bun infers the type of a string when it sends the response, so in process some responses have none yet. */
const TYPE_IS_LATE = 'Bun' in globalThis

/** The parts of both observations that must be equal, each without the differences that the documentation lists. */
export function comparable(seen: Observation, plain: Observation, mode: Mode): [Observation, Observation] {
  const ignored = ['cache-status', 'accept-ranges', ...(mode === 'stored' ? DIFFERENT_WHEN_STORED : [])]
  if (TYPE_IS_LATE && !('content-type' in plain.headers && 'content-type' in seen.headers)) {
    ignored.push('content-type')
  }
  const [a, b] = [seen, plain].map(({ headers, ...rest }) => {
    const kept = Object.entries(headers).filter(([name]) => !ignored.includes(name))
    return { ...rest, headers: Object.fromEntries(kept) }
  }) as [Observation, Observation]
  // The cache itself answers conditions of a response that may be stored. Its 304 has more headers than that of etag().
  if (plain.status === 304) {
    a.headers = Object.fromEntries(Object.entries(a.headers).filter(([name]) => name in b.headers))
    a.statusText = b.statusText
  }
  if (mode === 'stored') a.statusText = b.statusText = '' // it is not stored, and HTTP/2 has none
  return [a, b]
}

/** Runs the function without the output of Hono's default error handler. */
export async function silently<T>(run: () => Promise<T>): Promise<T> {
  const { error } = console
  console.error = () => {}
  try {
    return await run()
  } finally {
    console.error = error
  }
}
