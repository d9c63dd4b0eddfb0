/** Fetches the data of the page again and again, slower while the server does not answer. */
import type { DashboardData } from '../data/dashboard-data.ts'

export interface FeedOptions {
  /** `since` is the time of the newest sample that the page has, epoch ms. Rejects if there is no usable answer. */
  readonly load: (since: number | undefined, signal: AbortSignal) => Promise<DashboardData>
  readonly onData: (data: DashboardData) => void
  /** Called after each failure. */
  readonly onFailure: (failure: Failure) => void
  /** Returns a function that cancels the timer. */
  readonly setTimer: (call: () => void, ms: number) => () => void
}

export interface Failure {
  readonly error: unknown
  readonly retryInMs: number
}

/** Time between an answer and the next request. */
export const EVERY_MS = 2000

/** The longest pause after failures. */
export const MAX_PAUSE_MS = 30_000

/** An answer that takes longer is a failure. */
export const TIMEOUT_MS = 10_000

export class Feed {
  readonly #options: FeedOptions
  #failures = 0
  #newest: number | undefined
  #running: AbortController | undefined
  #cancelTimer = () => {}

  constructor(options: FeedOptions) {
    this.#options = options
  }

  /** Fetches now, and then regularly. While a request runs, nothing happens. */
  start(): void {
    if (this.#running !== undefined) return
    this.#cancelTimer()
    void this.#fetch()
  }

  /** Ends the running request and the timer: for a page that nobody sees. */
  stop(): void {
    this.#cancelTimer()
    this.#running?.abort()
    this.#running = undefined
  }

  async #fetch(): Promise<void> {
    const { load, onData, onFailure, setTimer } = this.#options
    const running = new AbortController()
    this.#running = running
    const cancelTimeout = setTimer(() => running.abort(new Error('no answer in time')), TIMEOUT_MS)
    let pauseMs = EVERY_MS
    try {
      const data = await load(this.#newest, running.signal)
      if (this.#running !== running) return
      this.#failures = 0
      this.#newest = newestIn(data, this.#newest)
      onData(data)
    } catch (error) {
      if (this.#running !== running) return
      this.#failures++
      pauseMs = Math.min(MAX_PAUSE_MS, EVERY_MS * 2 ** (this.#failures - 1))
      onFailure({ error, retryInMs: pauseMs })
    } finally {
      cancelTimeout()
    }
    this.#running = undefined
    this.#cancelTimer = setTimer(() => void this.#fetch(), pauseMs)
  }
}

/** Time of the newest sample; `undefined` after the server's clock was set back, so that the next request gets all samples. */
function newestIn({ at, history }: DashboardData, before: number | undefined): number | undefined {
  const newest = history.samples.at(-1)?.at ?? before
  return newest !== undefined && newest > at ? undefined : newest
}
