/** Calling a load: what it answers, for one key or for many; told as an event, and tried again where its caller says so. */
import type { CacheEvent } from '../events.ts'
import { Loaded, type LoadedOptions } from '../lifetime.ts'
import type { Load, LoadContext, LoadMany, ReadOptions, Retry } from '../read.ts'
import type { Schedule } from '../schedule.ts'

/** What a load came to, for one key. */
export type Called =
  | {
      ok: true
      value: unknown
      said: LoadedOptions
      /** A load for many keys gave this one no value. */
      absent: boolean
      /** How long the call took that brought it. */
      loadMs: number
    }
  | { ok: false; error: unknown }

export interface CallsOptions {
  /** The cache's, in events. */
  name: string
  /** Monotonic ms. */
  timer: () => number
  schedule: Schedule
  /** From 0 to below 1. */
  random: () => number
  emit: (event: CacheEvent) => void
}

/** Both call at once, and neither ever rejects. */
export interface Calls {
  /** @param at the key, for people. */
  one<T>(at: string, load: Load<T>, options: ReadOptions<T>, context: LoadContext): Promise<Called>
  many<T>(
    keys: readonly string[],
    loadMany: LoadMany<T>,
    options: ReadOptions<T>,
    context: LoadContext,
  ): Promise<(key: string) => Called>
}

/** How a call went that did not throw. */
type Verdict = { result: 'ok' | 'error'; error?: unknown }

export function createCalls({ name, timer, schedule, random, emit }: CallsOptions): Calls {
  /** @param read makes of what the load gave what its readers get; it may throw, as a load may. */
  async function tryOut<A, R extends { verdict: Verdict }>(
    call: () => A | Promise<A>,
    read: (answer: A) => R,
    { retry, about }: Pick<ReadOptions, 'retry' | 'about'>,
    { signal, background }: LoadContext,
    keys?: number,
  ): Promise<{ brought: R; loadMs: number } | { error: unknown }> {
    for (let tries = 1; ; tries++) {
      const startedAt = timer()
      const tell = ({ result, error }: Verdict, retryInMs?: number): number => {
        const durationMs = timer() - startedAt
        emit({
          type: 'load',
          cache: name,
          result,
          background,
          durationMs,
          error,
          ...(keys === undefined ? {} : { keys }),
          ...(retryInMs === undefined ? {} : { retryInMs }),
          ...about,
        })
        return durationMs
      }

      try {
        const brought = read(await call())
        return { brought, loadMs: tell(brought.verdict) }
      } catch (error) {
        const pauseMs = pauseAfter(tries, error, retry, signal)
        if (typeof pauseMs !== 'number') {
          tell({ result: 'error', error })
          return { error: pauseMs === undefined ? error : pauseMs.thrown }
        }
        tell({ result: 'error', error }, pauseMs)
        if (!(await passed(pauseMs, signal))) return { error }
      }
    }
  }

  /** How long to wait before the next try, in ms; `undefined`: there is none. */
  function pauseAfter(tries: number, error: unknown, retry: Retry | undefined, signal: AbortSignal) {
    if (retry === undefined || !(tries < retry.attempts) || signal.aborted) return undefined
    try {
      if (!retry.retryable(error)) return undefined
    } catch (thrown) {
      return { thrown } // the caller's own mistake: its readers get to know
    }
    const { baseMs = 100, maxMs = 5000 } = retry
    return random() * Math.min(maxMs, baseMs * 2 ** (tries - 1))
  }

  /** True after so many ms, false as soon as the signal fires. */
  function passed(ms: number, signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      if (signal.aborted) return resolve(false) // by who heard of the load
      const stop = () => {
        callOff()
        resolve(false)
      }
      const callOff = schedule(() => {
        signal.removeEventListener('abort', stop)
        resolve(true)
      }, ms)
      signal.addEventListener('abort', stop, { once: true })
    })
  }

  return {
    async one(at, load, options, context) {
      const called = await tryOut(
        () => load(context),
        (answer) => {
          const said = saidOf(answer, options)
          const value: unknown = answer instanceof Loaded ? answer.value : answer
          return { value, said, verdict: verdictOf(name, at, value, said) }
        },
        options,
        context,
      )
      if ('error' in called) return { ok: false, error: called.error }
      const { value, said } = called.brought
      return { ok: true, value, said, absent: false, loadMs: called.loadMs }
    },

    async many(keys, loadMany, options, context) {
      const called = await tryOut(
        () => loadMany(keys, context),
        (pairs) => {
          const given = mapOf(name, pairs)
          const failed = keys.some((key) => saidOf(given.get(key), options).failed)
          return { given, verdict: { result: failed ? 'error' : 'ok' } as const }
        },
        options,
        context,
        keys.length,
      )
      if ('error' in called) return () => ({ ok: false, error: called.error })
      const { loadMs } = called
      const { given } = called.brought
      return (key) => {
        const answer = given.get(key)
        const value: unknown = answer instanceof Loaded ? answer.value : answer
        return { ok: true, value, said: saidOf(answer, options), absent: value === undefined, loadMs }
      }
    },
  }
}

/** What the load says wins over what the read says. */
function saidOf(answer: unknown, options: LoadedOptions): LoadedOptions {
  if (!(answer instanceof Loaded)) return options
  const said: LoadedOptions = { ...options, ...answer.options }
  // Its lifetime is for this very value, also when that is `null`.
  if (answer.options.ttlMs !== undefined && answer.options.nullTtlMs === undefined) delete said.nullTtlMs
  return said
}

function verdictOf(name: string, at: string, value: unknown, { failed, keep }: LoadedOptions): Verdict {
  if (failed) return { result: 'error' }
  if (value !== undefined || keep === false) return { result: 'ok' }
  const key = JSON.stringify(at.length > 100 ? `${at.slice(0, 100)}...` : at)
  const error = new TypeError(
    `cache ${name}: the load of ${key} gave undefined, which is not kept; what does not exist is null`,
  )
  return { result: 'error', error }
}

function mapOf<V>(name: string, pairs: Iterable<readonly [string, V]>): Map<string, V> {
  const given = new Map<string, V>()
  for (const pair of isIterable(pairs) ? pairs : [undefined]) {
    if (!Array.isArray(pair))
      throw new TypeError(`cache ${name}: a load for many keys must give pairs of key and value, say a Map`)
    given.set(pair[0], pair[1])
  }
  return given
}

function isIterable(what: unknown): boolean {
  return typeof what === 'object' && what !== null && Symbol.iterator in what
}
