/** Calls a loader, for one key or for many: reports each call as an event, and retries where the caller allows it. */
import type { CacheCore } from '../core.ts'
import type { InternalReadOptions } from '../http-reads.ts'
import { Loaded, type LoadedOptions } from '../lifetime.ts'
import type { LoadContext, LoadMany } from '../read.ts'
import { pauseBeforeRetry, waitUnlessAborted } from './retry.ts'

/** The result of a call, for one key. */
export type Called =
  | {
      ok: true
      value: unknown
      /** The options of the read, overridden by those that the load returned. */
      options: LoadedOptions
      /** A load for many keys returned no value for this one. */
      absent: boolean
      /** Duration of the successful call, in ms. */
      loadMs: number
      /** See `loadedWithReport`. */
      report: unknown
    }
  | { ok: false; error: unknown }

/** The event's part of a call that returned. */
interface Verdict {
  result: 'ok' | 'error'
  error?: unknown
}

type CallOptions = LoadedOptions & Pick<InternalReadOptions, 'retry' | 'about'>

/** Both methods call the loader synchronously, and neither rejects. */
export class LoaderCalls {
  readonly #core: CacheCore

  constructor(core: CacheCore) {
    this.#core = core
  }

  /** @param key for error messages. */
  async one<T, Context extends LoadContext>(
    key: string,
    load: (context: Context) => T,
    options: CallOptions,
    context: Context,
  ): Promise<Called> {
    const { name } = this.#core
    const called = await this.#callWithRetries(
      () => load(context),
      (returned: unknown) => {
        const result = resultOf(returned, options)
        return { ...result, verdict: verdictOf(name, key, result) }
      },
      options,
      context,
    )
    if ('error' in called) return { ok: false, error: called.error }
    const { value, options: merged, report } = called.result
    return { ok: true, value, options: merged, absent: false, loadMs: called.loadMs, report }
  }

  async many<T>(
    keys: readonly string[],
    loadMany: LoadMany<T>,
    options: CallOptions,
    context: LoadContext,
  ): Promise<(key: string) => Called> {
    const { name } = this.#core
    const called = await this.#callWithRetries(
      () => loadMany(keys, context),
      (pairs) => {
        const byKey = mapOf(name, pairs)
        const failed = keys.some((key) => resultOf(byKey.get(key), options).options.failed)
        return { byKey, verdict: { result: failed ? 'error' : 'ok' } as const }
      },
      options,
      context,
      keys.length,
    )
    if ('error' in called) return () => ({ ok: false, error: called.error })
    const { loadMs } = called
    const { byKey } = called.result
    return (key) => {
      const result = resultOf(byKey.get(key), options)
      return { ok: true, ...result, absent: result.value === undefined, loadMs }
    }
  }

  /** @param read turns the returned value into the result; it may throw, which counts as a failed call. */
  async #callWithRetries<A, R extends { verdict: Verdict }>(
    call: () => A | Promise<A>,
    read: (returned: A) => R,
    { retry, about }: CallOptions,
    { signal, background }: LoadContext,
    keys?: number,
  ): Promise<{ result: R; loadMs: number } | { error: unknown }> {
    const { timer, random, schedule } = this.#core
    for (let tries = 1; ; tries++) {
      const startedAt = timer()
      const report = (verdict: Verdict, retryInMs?: number) =>
        this.#emitLoad({ verdict, background, durationMs: timer() - startedAt, keys, retryInMs, about })
      try {
        const result = read(await call())
        return { result, loadMs: report(result.verdict) }
      } catch (error) {
        const pause = signal.aborted ? undefined : pauseBeforeRetry(retry, tries, error, random)
        if (pause === undefined || 'thrown' in pause) {
          report({ result: 'error', error })
          return { error: pause === undefined ? error : pause.thrown }
        }
        report({ result: 'error', error }, pause.ms)
        if (!(await waitUnlessAborted(pause.ms, signal, schedule))) return { error }
      }
    }
  }

  /** Returns the duration. */
  #emitLoad({ verdict, background, durationMs, keys, retryInMs, about }: LoadReport): number {
    this.#core.emit({
      type: 'load',
      cache: this.#core.name,
      result: verdict.result,
      background,
      durationMs,
      error: verdict.error,
      ...(keys === undefined ? {} : { keys }),
      ...(retryInMs === undefined ? {} : { retryInMs }),
      ...about,
    })
    return durationMs
  }
}

interface LoadReport {
  about: InternalReadOptions['about'] | undefined
  verdict: Verdict
  background: boolean
  durationMs: number
  keys: number | undefined
  retryInMs: number | undefined
}

interface LoadResult {
  value: unknown
  options: LoadedOptions
  report: unknown
}

/** The options that a load returns override those of the read. */
function resultOf(returned: unknown, options: LoadedOptions): LoadResult {
  if (!(returned instanceof Loaded)) return { value: returned, options, report: undefined }
  const { value, report } = returned
  const merged: LoadedOptions = { ...options, ...returned.options }
  // A `ttlMs` that the load returned is for this very value, also when the value is `null`.
  if (returned.options.ttlMs !== undefined && returned.options.nullTtlMs === undefined) {
    delete merged.nullTtlMs
  }
  return { value, options: merged, report }
}

function verdictOf(name: string, key: string, { value, options }: LoadResult): Verdict {
  if (options.failed) return { result: 'error' }
  if (value !== undefined || options.keep === false) return { result: 'ok' }
  const shown = JSON.stringify(key.length > 100 ? `${key.slice(0, 100)}...` : key)
  const error = new TypeError(
    `cache ${name}: the load of ${shown} returned undefined, which is not stored; return null for a value that does not exist`,
  )
  return { result: 'error', error }
}

function mapOf<V>(name: string, pairs: Iterable<readonly [string, V]>): Map<string, V> {
  const byKey = new Map<string, V>()
  for (const pair of isIterable(pairs) ? pairs : [undefined]) {
    if (!Array.isArray(pair))
      throw new TypeError(
        `cache ${name}: a load for many keys must return pairs of key and value, such as a Map`,
      )
    byKey.set(pair[0], pair[1])
  }
  return byKey
}

function isIterable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Symbol.iterator in value
}
