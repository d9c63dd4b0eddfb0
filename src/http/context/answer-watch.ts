/**
 * Detects that a request was answered while its load was still running: by middleware around the cache, such as a timeout, or by
 * the cache itself at a time limit. The handler goes on in the same context, so its late response is kept apart from the answer.
 */
import type { Context } from 'hono'
import type { StatusCode } from 'hono/utils/http-status'
import { AsyncContext } from '../../node-builtins.ts'
import { markAsBackground } from './background-refresh.ts'
import { headersSetBefore, resetContext } from './context-response.ts'
import { whenResponseTaken } from './response-taken.ts'

/** The watches of the code that is running, the innermost first. */
interface Scope {
  watch: AnswerWatch
  outer: Scope | undefined
}

type Scopes = InstanceType<NonNullable<typeof AsyncContext<Scope>>>

/** False if the response has been sent by outer middleware whose answer could not be detected. */
export function maySend({ res }: Context): boolean {
  return AsyncContext !== undefined || !res.bodyUsed
}

/** Creates the watches of one `cached()`. */
export class AnswerWatches {
  readonly #scopes: Scopes | undefined = AsyncContext && new AsyncContext()

  /**
   * @param hasOuter true if middleware around the cache may answer the request. Where {@link AsyncContext} is missing, such an
   *   answer is not detected.
   */
  start(c: Context, hasOuter: boolean): AnswerWatch {
    return new AnswerWatch(c, this.#scopes, hasOuter && this.#scopes !== undefined)
  }
}

export class AnswerWatch {
  readonly #c: Context
  readonly #scopes: Scopes | undefined
  /** `lost`: the code behind the cache has used the context before Hono took the answer, so its own response is incomplete. */
  #state: 'open' | 'answered' | 'taken' | 'lost' = 'open'
  #load: 'none' | 'running' | 'ended' = 'none'
  #isClosed = false

  constructor(c: Context, scopes: Scopes | undefined, hasOuter: boolean) {
    this.#c = c
    this.#scopes = scopes
    if (hasOuter) this.#watchOuter()
  }

  #watchOuter(): void {
    const onSet = (value: unknown): void => {
      if (!this.#isClosed && !this.#isInside()) this.#onAnswer(value)
    }
    interceptSets(this.#c, 'res', onSet)
    interceptSets(this.#c, 'error', onSet)
  }

  /** True once the request has an answer that does not come from its load. */
  get isAnswered(): boolean {
    return this.#state !== 'open'
  }

  /** True if Hono has taken the answer, so that the response in the context is the handler's, and complete. */
  get isTaken(): boolean {
    return this.#state === 'taken'
  }

  /** True if the request has called the handler. */
  get hasCalled(): boolean {
    return this.#load !== 'none'
  }

  /** Runs the read of the request. Responses that are set in `work` are no answers of outer middleware. */
  run<T>(work: () => T): T {
    return this.#scopes === undefined
      ? work()
      : this.#scopes.run({ watch: this, outer: this.#scopes.getStore() }, work)
  }

  /** Must be called before the handler runs. */
  startLoad(): void {
    this.#load = 'running'
  }

  endLoad(): void {
    this.#load = 'ended'
  }

  /**
   * Answers the request by itself. The load goes on, and the context is reset for it as soon as Hono has taken the answer.
   *
   * @param respond sets the response.
   */
  answer(respond: () => void): void {
    this.#onAnswer(undefined, respond)
  }

  /**
   * @param answer the response or the error that outer middleware sets.
   * @param respond sets the response, unless outer middleware does.
   */
  #onAnswer(answer: unknown, respond: () => void = () => {}): void {
    this.#state = 'answered'
    this.close()
    const c = this.#c
    const set = this.#load === 'running' ? c.body(null) : undefined // the handler may have set headers and a status
    respond()
    if (set === undefined) return
    const { status, headers } = set
    // A status that the answer has too was set by one of the two. Another status would change the handler's response.
    if (answer instanceof Response && answer.status === status && status !== 200) this.#state = 'lost'

    const onUse = (): void => {
      if (this.#state === 'answered' && this.#isInside(true)) this.#state = 'lost'
    }
    const { header } = c
    c.header = (...parameters: Parameters<Context['header']>) => {
      onUse()
      header(...parameters)
    }
    void whenResponseTaken(c, onUse).then(() => {
      c.header = header
      if (this.#load !== 'running') return
      // Hono drops the response of a handler if the context has one already.
      resetContext(c)
      for (const name of headersSetBefore(c).keys()) c.header(name, undefined)
      for (const [name, value] of headers) c.header(name, value, { append: true })
      c.status(status as StatusCode) // it comes from the context
      c.error = undefined
      markAsBackground(c)
      if (this.#state === 'answered') this.#state = 'taken'
    })
  }

  /** Ends the watch. */
  close(): void {
    this.#isClosed = true
  }

  /** @param unknown the result where it cannot be known. */
  #isInside(unknown = false): boolean {
    if (this.#scopes === undefined) return unknown
    for (let scope = this.#scopes.getStore(); scope !== undefined; scope = scope.outer) {
      if (scope.watch === this) return true
    }
    return false
  }
}

/**
 * Calls `onSet` before the property is set. The property stays replaced, because restoring it would make the context slow. An
 * outer cache may have replaced it before.
 */
function interceptSets(c: Context, name: 'res' | 'error', onSet: (value: unknown) => void): void {
  const own = Object.getOwnPropertyDescriptor(c, name)
  const { get, set } = own ?? Object.getOwnPropertyDescriptor(Object.getPrototypeOf(c), name) ?? {}
  let value: unknown = own?.value
  Object.defineProperty(c, name, {
    configurable: true,
    enumerable: own !== undefined,
    get: () => (get === undefined ? value : get.call(c)),
    set(next: unknown) {
      onSet(next)
      value = next
      set?.call(c, next)
    },
  })
}
