/** Calls the handler behind `cached()`, with or without the client's conditions. */
import type { Context, Next } from 'hono'
import { forceContentType } from '../../context/context-response.ts'
import type { MadeText, MadeTexts } from '../../context/made-text.ts'
import {
  type HeaderReads,
  rawProperty,
  rawSignal,
  watchHeaderReads,
} from '../../context/reads/header-reads.ts'
import { rawRequest } from '../../context/reads/raw-request.ts'
import { type VariableListener, watchVariables } from '../../context/reads/variable-reads.ts'

/** The parts of the request that the handler has read. */
export interface HandlerReads {
  readonly headers: HeaderReads
  /** Names of variables that middleware before the cache may have set, each with true if it was set. */
  readonly variables: ReadonlyMap<string, boolean>
  /** The text of which the handler has made a response; `undefined` if its body must be read. */
  readonly text: MadeText | undefined
  /**
   * Records the reads of code of the handler that runs later: the code that makes the body.
   *
   * @param onRead called with the reads so far when something is read for the first time.
   */
  during<T>(
    call: () => Promise<T>,
    onRead?: (reads: HandlerReads) => void,
  ): Promise<{ result: T; reads: HandlerReads }>
}

/** True if the response may depend on a part of the request that was read. */
export function hasReads({ headers, variables }: HandlerReads): boolean {
  return headers.names.size > 0 || headers.all || variables.size > 0
}

/** Request headers that apply to one client's response only. The handler does not get them for a response that may be shared. */
const CLIENT_HEADERS = [
  'if-none-match',
  'if-modified-since',
  'if-match',
  'if-unmodified-since',
  'if-range',
  'range',
]

/**
 * Calls the handler for a response that may answer other requests too. Removes the client's conditions, and does not abort the
 * handler when the client disconnects.
 *
 * @param texts records the texts of which the handler makes responses.
 * @param signal replaces the signal of the request. On Node, `fetch(request)` does not read the property, so it still aborts when
 *   the client disconnects.
 * @param conditionalHeaders conditions of the cache itself, to revalidate the stored response.
 */
export function callUnconditionally(
  c: Context,
  next: Next,
  texts: MadeTexts,
  signal: AbortSignal,
  conditionalHeaders?: Readonly<Record<string, string>>,
): Promise<HandlerReads> {
  const raw = rawRequest(c.req)
  const received = rawProperty(c.req, 'headers')
  // The method of the prototype, because a recorder may have replaced the object's own.
  const { has } = Object.getPrototypeOf(received) as Headers
  const isPlain = raw.method === 'GET' && !CLIENT_HEADERS.some((name) => has.call(received, name))
  if (isPlain && conditionalHeaders === undefined) return callHandler(c, next, texts, () => signal)
  const headers = new Headers(received)
  for (const name of CLIENT_HEADERS) headers.delete(name)
  for (const name in conditionalHeaders) headers.set(name, conditionalHeaders[name] ?? '')
  return callWith(c, getRequest(raw, headers, signal), () => callHandler(c, next, texts))
}

/**
 * Calls the handler with the client's conditions, for a response that is not shared.
 *
 * @param signal aborts the handler, as a disconnect of the client does.
 */
export function callAsReceived(c: Context, next: Next, signal: AbortSignal): Promise<HandlerReads> {
  const client = rawSignal(c.req)
  return callHandler(c, next, undefined, () => AbortSignal.any([client(), signal]))
}

/** Calls the handler with another raw request. */
async function callWith<T>(c: Context, request: Request, call: () => Promise<T>): Promise<T> {
  const raw = rawRequest(c.req)
  c.req.raw = request
  try {
    return await call()
  } finally {
    c.req.raw = raw
  }
}

/**
 * Creates the request from its parts: the constructor of `Request` rejects the request object of `@hono/node-server`, unless
 * that package has replaced the global `Request`. On Workers, `cf` holds the properties of the client's connection.
 */
function getRequest(raw: Request, headers: Headers, signal: AbortSignal): Request {
  const { url, redirect } = raw
  const properties = 'cf' in raw ? { cf: raw.cf } : {}
  return new Request(url, { method: 'GET', headers, redirect, signal, ...properties })
}

/**
 * Calls the handler with the request in the context.
 *
 * @param texts records the texts of which the handler makes responses. Default: they are not recorded.
 * @param signal replaces the signal of the request.
 */
export function callHandler(
  c: Context,
  next: Next,
  texts?: MadeTexts,
  signal?: () => AbortSignal,
): Promise<HandlerReads> {
  forceContentType(c)
  return new Recording(c).call(next, signal, texts?.start(c))
}

/** Records the reads of `call`: of headers, and of variables that it has not set itself. */
export function recordReads(c: Context, call: () => Promise<unknown>): Promise<HandlerReads> {
  return new Recording(c).call(call)
}

/** The recording of one handler: of its run, and of the code that makes the body later. */
class Recording implements VariableListener {
  readonly #c: Context
  /** Names of the variables that the handler has set itself. */
  readonly #own = new Set<string>()
  /** The part that is running. */
  #part: Part | undefined

  constructor(c: Context) {
    this.#c = c
    watchVariables(c, this)
  }

  onRead(name: string, isSet: boolean): void {
    if (!this.#own.has(name)) this.#part?.addVariable(name, isSet)
  }

  onSet(name: string): void {
    this.#own.add(name)
  }

  async call(call: () => Promise<unknown>, signal?: () => AbortSignal, text?: MadeText): Promise<Part> {
    const part = this.#start(signal, undefined, text)
    try {
      await call()
      return part
    } finally {
      this.#end(part)
      text?.stop()
    }
  }

  async during<T>(
    call: () => Promise<T>,
    onRead?: (reads: HandlerReads) => void,
  ): Promise<{ result: T; reads: HandlerReads }> {
    const part = this.#start(undefined, onRead)
    try {
      return { result: await call(), reads: part }
    } finally {
      this.#end(part)
    }
  }

  #start(
    signal: (() => AbortSignal) | undefined,
    onRead?: (reads: HandlerReads) => void,
    text?: MadeText,
  ): Part {
    const part = new Part(this, text, onRead)
    part.headers = watchHeaderReads(this.#c.req, signal, onRead && (() => onRead(part)))
    this.#part = part
    return part
  }

  #end(part: Part): void {
    part.headers.stop()
    this.#part = undefined
  }
}

/** One part of a recording. */
class Part implements HandlerReads {
  headers!: HeaderReads
  readonly variables = new Map<string, boolean>()
  readonly text: MadeText | undefined
  readonly #recording: Recording
  readonly #onRead: ((reads: HandlerReads) => void) | undefined

  constructor(
    recording: Recording,
    text: MadeText | undefined,
    onRead: ((reads: HandlerReads) => void) | undefined,
  ) {
    this.#recording = recording
    this.text = text
    this.#onRead = onRead
  }

  addVariable(name: string, isSet: boolean): void {
    const isNew = !this.variables.has(name)
    this.variables.set(name, isSet)
    if (isNew) this.#onRead?.(this)
  }

  during<T>(call: () => Promise<T>, onRead?: (reads: HandlerReads) => void) {
    return this.#recording.during(call, onRead)
  }
}
