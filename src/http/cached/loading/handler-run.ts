/** The run of the handler behind `cached()`: records the parts of the request that it reads. */
import type { Context } from 'hono'
import type { MadeText } from '../../context/made-text.ts'
import { type HeaderReads, watchHeaderReads } from '../../context/reads/header-reads.ts'
import { type VariableListener, watchVariables } from '../../context/reads/variable-reads.ts'

/** The parts of the request that the handler has read. */
export interface HandlerReads {
  readonly headers: HeaderReads
  /** Names of variables that middleware before the cache may have set, each with true if it was set. */
  readonly variables: ReadonlyMap<string, boolean>
}

/** True if the response may depend on a part of the request that was read. */
export function hasReads({ headers, variables }: HandlerReads): boolean {
  return headers.names.size > 0 || headers.all || variables.size > 0
}

export interface RunOptions {
  /** Replaces the signal of the request. */
  signal?: () => AbortSignal
  /** Records the texts of which the handler makes responses. */
  text?: MadeText | undefined
  /** The raw request to restore at the end. */
  received?: Request
}

/** The run begins with the construction, and must be ended by `end`. */
export class HandlerRun implements HandlerReads, VariableListener {
  readonly headers: HeaderReads
  /** The text of which the handler has made a response; `undefined` if no texts are recorded. */
  readonly text: MadeText | undefined
  readonly #c: Context
  readonly #received: Request | undefined
  /** Names of the variables that the handler has set itself. */
  #own: Set<string> | undefined
  #variables: Map<string, boolean> | undefined
  /** True until the end of the run. */
  #isRunning = true
  /** Gets the variables that are read after the run. */
  #later: ((name: string, isSet: boolean) => void) | undefined

  constructor(c: Context, { signal, text, received }: RunOptions = {}) {
    this.#c = c
    this.text = text
    this.#received = received
    watchVariables(c, this)
    this.headers = watchHeaderReads(c.req, signal)
  }

  get variables(): ReadonlyMap<string, boolean> {
    return this.#variables ?? NO_VARIABLES
  }

  onRead(name: string, isSet: boolean): void {
    if (this.#own?.has(name)) return
    if (this.#later !== undefined) this.#later(name, isSet)
    else if (this.#isRunning) this.#addVariable(name, isSet)
  }

  onSet(name: string): void {
    this.#own ??= new Set()
    this.#own.add(name)
  }

  #addVariable(name: string, isSet: boolean): void {
    this.#variables ??= new Map()
    this.#variables.set(name, isSet)
  }

  end(): void {
    this.headers.stop()
    this.#isRunning = false
    this.#later = undefined
    this.text?.stop()
    if (this.#received !== undefined) this.#c.req.raw = this.#received
  }

  /**
   * Records the reads of code of the handler that runs later: the code that makes the body.
   *
   * @param onRead called with the reads so far when something is read for the first time.
   */
  async during<T>(
    call: () => Promise<T>,
    onRead?: (reads: HandlerReads) => void,
  ): Promise<{ result: T; reads: HandlerReads }> {
    const variables = new Map<string, boolean>()
    const onNew = onRead && (() => onRead(reads))
    const headers = watchHeaderReads(this.#c.req, undefined, onNew)
    const reads: HandlerReads = { headers, variables }
    this.#later = (name, isSet) => {
      const isNew = !variables.has(name)
      variables.set(name, isSet)
      if (isNew) onNew?.()
    }
    try {
      return { result: await call(), reads }
    } finally {
      headers.stop()
      this.#later = undefined
    }
  }
}

const NO_VARIABLES: ReadonlyMap<string, boolean> = new Map()

/** Records the reads of `call`: of headers, and of variables that it has not set itself. */
export async function recordReads(c: Context, call: () => Promise<unknown>): Promise<HandlerReads> {
  const run = new HandlerRun(c)
  try {
    await call()
  } finally {
    run.end()
  }
  return run
}
