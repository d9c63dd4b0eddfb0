/** Calls a loader, for one key or for many: reports each call as an event, and retries where the caller allows it. */
import { described } from '../../options.ts'
import type { CacheCore } from '../core.ts'
import type { InternalReadOptions } from '../http-reads.ts'
import { Loaded, type LoadedOptions } from '../lifetime.ts'
import type { LoadContext, LoadMany } from '../read.ts'
import { afterFailure, waitUnlessAborted } from './retry.ts'

/** The result of a call, for one key. */
export type Called = CalledValue | CalledError

export interface CalledValue {
  ok: true
  value: unknown
  /** The options of the read, overridden by those that the load returned. */
  options: LoadedOptions
  /** True: a load for many keys returned no value for this one. */
  absent?: boolean
  /** Duration of the successful call, in ms. */
  loadMs: number
  /** See `loadedWithReport`. */
  report?: unknown
}

interface CalledError {
  ok: false
  error: unknown
}

/** The event's part of a call that failed. */
interface Failure {
  error: unknown
  /** The load will be called again after this time. */
  retryInMs?: number
}

type CallOptions = LoadedOptions & Pick<InternalReadOptions, 'retry' | 'about'>

/**
 * Calls the loader of one key, synchronously. Never rejects.
 *
 * @param key for error messages.
 */
export async function callLoader<T, Context extends LoadContext>(
  core: CacheCore,
  key: string,
  load: (context: Context) => T,
  options: CallOptions,
  context: Context,
): Promise<Called> {
  const called = await callWithRetries(core, context, options, {
    call: () => load(context),
    read: (returned) => resultOf(returned, options),
    failureOf: (result) => failureOf(core.name, key, result),
  })
  return called.ok ? { ...called.value, loadMs: called.loadMs } : called
}

/** Calls the loader of many keys, synchronously. Returns the result of each key. Never rejects. */
export async function callLoaderOfMany<T>(
  core: CacheCore,
  keys: readonly string[],
  loadMany: LoadMany<T>,
  options: CallOptions,
  context: LoadContext,
): Promise<(key: string) => Called> {
  const called = await callWithRetries(core, context, options, {
    call: () => loadMany(keys, context),
    read: (pairs) => {
      const values = mapOf(core.name, pairs)
      return (key: string) => resultOf(values.get(key), options)
    },
    failureOf: (resultFor) =>
      keys.some((key) => resultFor(key).options.failed) ? { error: undefined } : undefined,
    details: { keys: keys.length },
  })
  if (!called.ok) return () => called
  return (key) => {
    const result = called.value(key)
    return { ...result, absent: result.value === undefined, loadMs: called.loadMs }
  }
}

interface CallSteps<A, R> {
  call: () => A | Promise<A>
  /** Makes the result of the returned value. It may throw, which counts as a failed call. */
  read: (returned: A) => R
  /** A call that returned may have failed all the same. */
  failureOf: (result: R) => Failure | undefined
  /** For the events of one call for many keys. */
  details?: { keys: number }
}

async function callWithRetries<A, R>(
  core: CacheCore,
  { signal, background }: LoadContext,
  { retry, about }: CallOptions,
  { call, read, failureOf, details }: CallSteps<A, R>,
): Promise<{ ok: true; value: R; loadMs: number } | CalledError> {
  const { name, emit, timer, random, schedule } = core

  /** Returns the duration of the call. */
  function report(startedAt: number, failure: Failure | undefined): number {
    const durationMs = timer() - startedAt
    emit({
      type: 'load',
      cache: name,
      result: failure === undefined ? 'ok' : 'error',
      background,
      durationMs,
      error: undefined,
      ...failure,
      ...details,
      ...about,
    })
    return durationMs
  }

  for (let tries = 1; ; tries++) {
    const startedAt = timer()
    try {
      const value = read(await call())
      return { ok: true, value, loadMs: report(startedAt, failureOf(value)) }
    } catch (thrown) {
      const { error, pause } = afterFailure(signal.aborted ? undefined : retry, tries, thrown, random)
      report(startedAt, { error: thrown, ...pause })
      if (pause === undefined || !(await waitUnlessAborted(pause.retryInMs, signal, schedule))) {
        return { ok: false, error }
      }
    }
  }
}

type LoadResult = Pick<CalledValue, 'ok' | 'value' | 'options' | 'report'>

/** The options that a load returns override those of the read. */
function resultOf(returned: unknown, options: LoadedOptions): LoadResult {
  if (!(returned instanceof Loaded)) return { ok: true, value: returned, options }
  const { value, report } = returned
  const merged: LoadedOptions = { ...options, ...returned.options }
  // A `ttlMs` that the load returned is for this very value, also when the value is `null`.
  if (returned.options.ttlMs !== undefined && returned.options.nullTtlMs === undefined) {
    delete merged.nullTtlMs
  }
  return { ok: true, value, options: merged, report }
}

function failureOf(name: string, key: string, { value, options }: LoadResult): Failure | undefined {
  if (options.failed) return { error: undefined }
  if (value !== undefined || options.keep === false) return undefined
  const error = new TypeError(
    `cache ${name}: the load of ${described(key)} returned undefined, which is not stored; return null for a value that does not exist`,
  )
  return { error }
}

function mapOf<V>(name: string, pairs: Iterable<readonly [string, V]>): Map<string, V> {
  const isIterable = typeof pairs === 'object' && pairs !== null && Symbol.iterator in pairs
  const list = isIterable ? [...pairs] : undefined
  if (list?.every(Array.isArray)) return new Map(list)
  throw new TypeError(`cache ${name}: a load for many keys must return pairs of key and value, such as a Map`)
}
