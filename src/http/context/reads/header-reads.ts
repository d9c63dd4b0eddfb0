/** Records which request headers the code behind the cache reads. */
import type { HonoRequest } from 'hono'
import { RECORDER, rawRequest } from './raw-request.ts'
import {
  original,
  propertiesOfHeaders,
  propertiesOfRaw,
  type ReadRecorder,
  type Recorded,
  recordRequest,
  replaceProperties,
} from './recorded-properties.ts'

/** The reads of the request headers between the start and the end of one watch. */
export interface HeaderReads {
  /** Headers that were read by name, in lower case. */
  readonly names: ReadonlySet<string>
  /** True if all headers may have been read. */
  readonly all: boolean
  /** Ends the watch. */
  stop(): void
}

/** A property of the raw request. This read is not recorded, because the cache makes it. */
export function rawProperty<Name extends 'headers' | 'signal'>(req: HonoRequest, name: Name): Request[Name] {
  const raw = rawRequest(req)
  return RECORDER in raw ? original(raw, name) : raw[name]
}

/**
 * Calls `run` before code first takes the raw request from `req`.
 *
 * @returns false if code may have taken it already. `run` is not called then.
 */
export function beforeTaken(req: HonoRequest, run: () => void): boolean {
  if (RECORDER in req || RECORDER in rawRequest(req)) return false
  new Recorder(req).beforeTaken = run
  return true
}

/**
 * Returns a function that reads the signal of the raw request as it is now. On Node, the first read of a signal creates a
 * controller, so it is not read in advance.
 */
export function rawSignal(req: HonoRequest): () => AbortSignal {
  const raw = rawRequest(req)
  return () => (RECORDER in raw ? original(raw, 'signal') : raw.signal)
}

/**
 * Records the reads of the request's headers until `stop` is called. Reads by name are those of `c.req.header(name)`,
 * `c.req.raw.headers.get(name)` and `has(name)`. Any other use of `c.req.raw` may copy all headers: native code takes them from
 * the object without a call that could be recorded, for example in `fetch(c.req.raw)`.
 *
 * @param signal replaces `c.req.raw.signal` during the watch.
 * @param onRead called when a header is read for the first time.
 */
export function watchHeaderReads(
  req: HonoRequest,
  signal?: () => AbortSignal,
  onRead?: () => void,
): HeaderReads {
  const recorder = (req as { [RECORDER]?: Recorder })[RECORDER] ?? new Recorder(req)
  return recorder.watch(signal, onRead)
}

class Watch implements HeaderReads {
  #names: Set<string> | undefined
  all = false
  readonly signal: (() => AbortSignal) | undefined
  readonly #recorder: Recorder
  readonly #onRead: (() => void) | undefined

  constructor(recorder: Recorder, signal: (() => AbortSignal) | undefined, onRead: (() => void) | undefined) {
    this.#recorder = recorder
    this.#onRead = onRead
    this.signal = signal
  }

  get names(): ReadonlySet<string> {
    return this.#names ?? NO_NAMES
  }

  add(name: string): void {
    this.#names ??= new Set()
    if (this.#names.has(name)) return
    this.#names.add(name)
    this.#onRead?.()
  }

  addAll(): void {
    if (this.all) return
    this.all = true
    this.#onRead?.()
  }

  stop(): void {
    this.#recorder.end(this)
  }
}

const NO_WATCHES: readonly Watch[] = []

const NO_NAMES: ReadonlySet<string> = new Set()

/**
 * Replaces the properties that lead to the headers, on the objects themselves: those of the raw request when code first takes it.
 * They stay replaced after the last watch, because deleting them would make the objects slow.
 */
class Recorder implements ReadRecorder {
  raw: Request
  /** The watches in progress; nested caches have one each. */
  #watches: readonly Watch[] = NO_WATCHES
  outer: ReadRecorder | undefined
  /** Called before code first takes the raw request. */
  beforeTaken: (() => void) | undefined
  /**
   * The raw request or its headers, from the read of the property that holds it until the read of one of its own recorded
   * properties. Code that uses it otherwise, or later, may copy all headers.
   */
  #open: object | undefined
  #isPaused = false

  constructor(req: HonoRequest) {
    this.raw = req.raw
    recordRequest(req, this)
  }

  watch(signal: (() => AbortSignal) | undefined, onRead: (() => void) | undefined): Watch {
    this.#close()
    this.#findOuter()
    const watch = new Watch(this, signal, onRead)
    this.#watches = [...this.#watches, watch]
    return watch
  }

  end(watch: Watch): void {
    this.#close()
    const watches = this.#watches
    const isOnly = watches.length === 1 && watches[0] === watch
    this.#watches = isOnly ? NO_WATCHES : watches.filter((one) => one !== watch)
  }

  paused<T>(call: () => T): T {
    const isPaused = this.#isPaused
    this.#isPaused = true
    try {
      return call()
    } finally {
      this.#isPaused = isPaused
    }
  }

  readAll(): void {
    if (!this.#isPaused) for (const watch of this.#watches) watch.addAll()
  }

  readByName(name: string): void {
    if (this.#isPaused) return
    for (const watch of this.#watches) watch.add(name.toLowerCase())
    this.outer?.readByName(name)
  }

  takeRaw(): Request {
    if (!this.#isPaused) {
      this.beforeTaken?.()
      this.beforeTaken = undefined
      this.#close()
      this.#attach()
      this.#open = this.raw
    }
    return this.raw
  }

  replaceRaw(raw: Request): void {
    this.raw = raw
  }

  step(owner: object, next?: object): void {
    if (this.#isPaused) return
    if (this.#open !== owner) this.readAll() // the owner was taken before, so code has it in a variable
    this.#open = next
  }

  signal(): AbortSignal | undefined {
    return this.#watches.findLast(({ signal }) => signal !== undefined)?.signal?.() ?? this.outer?.signal()
  }

  #close(): void {
    if (this.#open !== undefined) this.readAll()
    this.#open = undefined
  }

  #findOuter(): void {
    const previous = (this.raw as Partial<Recorded<Request>>)[RECORDER]
    if (previous !== undefined && previous !== this && previous.outer !== this) this.outer = previous
  }

  #attach(): void {
    const raw = this.raw as Partial<Recorded<Request>>
    if (raw[RECORDER] === this) return
    this.#findOuter()
    const headers = RECORDER in raw ? original<Headers>(raw, 'headers') : this.raw.headers
    replaceProperties(headers, propertiesOfHeaders, this)
    replaceProperties(this.raw, propertiesOfRaw, this)
  }
}
