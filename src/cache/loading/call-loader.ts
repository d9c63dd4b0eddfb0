/** Calls a loader, for one key or for many: reports each call as an event, and retries where the caller allows it. */
import { described } from '../../options.ts'
import type { CacheCore } from '../core.ts'
import type { About } from '../events.ts'
import type { InternalLoad, InternalReadOptions } from '../http-reads.ts'
import { Loaded, type LoadedOptions, type TagOptions } from '../lifetime.ts'
import type { LoadContext, LoadMany } from '../read.ts'
import { type Resolved, resolveOptions } from '../resolve-options.ts'
import { requireReusable } from '../values/one-shot.ts'
import { afterFailure, waitUnlessAborted } from './retry.ts'

/** The result of a call, for one key. */
export type Called = CalledValue | CalledError

export interface CalledValue {
  ok: true
  value: unknown
  /** Options of the read. Options that the load returned override them. */
  options: Resolved<LoadedOptions> & TagOptions
  /** True if a load for many keys returned no value for this key. */
  absent?: boolean
  /** Duration of the successful call, in ms. */
  loadMs: number
  /** Report of an HTTP load; see `loadedWithReport`. */
  report?: unknown
}

interface CalledError {
  ok: false
  error: unknown
}

/** Fields of the `load` event of a failed call. */
export interface Failure {
  error: unknown
  /** Pause in ms before the loader is called again. */
  retryInMs?: number
}

type CallOptions = Resolved<LoadedOptions> &
  TagOptions &
  Pick<InternalReadOptions, 'retry' | 'about' | 'strategy'>

/**
 * Calls the loader of one key. The first call starts synchronously. Never rejects.
 *
 * @param key the key, for error messages.
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
    read: (returned) => resultOf(core.name, key, returned, options),
    failureOf: ({ value, options }) => failureOfResult(core.name, key, value, options),
  })
  return called.ok ? { ...called.value, loadMs: called.loadMs } : called
}

/**
 * Calls the loader of many keys. The first call starts synchronously. Resolves to a function that returns the result of a key.
 * Never rejects.
 */
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
      const results = new Map(keys.map((key) => [key, resultOf(core.name, key, values.get(key), options)]))
      return (key: string) => results.get(key) as LoadResult // called with keys of the call only
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
  /** Converts the returned value to a result. If it throws, the call has failed. */
  read: (returned: A) => R
  /** Returns the failure of a call that did not throw, for example of a value marked as `failed`. */
  failureOf: (result: R) => Failure | undefined
  /** Additional fields of the `load` events of a call for many keys. */
  details?: { keys: number }
}

async function callWithRetries<A, R>(
  core: CacheCore,
  { signal, background }: LoadContext,
  { retry, about }: CallOptions,
  { call, read, failureOf, details }: CallSteps<A, R>,
): Promise<{ ok: true; value: R; loadMs: number } | CalledError> {
  const { timer, random, schedule } = core

  const event = { background, about, details }
  for (let tries = 1; ; tries++) {
    const startedAt = timer()
    try {
      const value = read(await call())
      const failure = failureOf(value)
      const loadMs = timer() - startedAt
      reportLoad(core, event, loadMs, failure)
      return { ok: true, value, loadMs }
    } catch (thrown) {
      const { error, pause } = afterFailure(signal.aborted ? undefined : retry, tries, thrown, random)
      reportLoad(core, event, timer() - startedAt, { error: thrown, ...pause })
      if (pause === undefined || !(await waitUnlessAborted(pause.retryInMs, signal, schedule))) {
        return { ok: false, error }
      }
    }
  }
}

/** The fields of a `load` event that are known before the call. */
interface LoadEvent {
  background: boolean
  about: About | undefined
  /** Additional fields of a call for many keys. */
  details?: { keys: number } | undefined
}

/** Emits the `load` event of a call that has ended. */
export function reportLoad(
  { name: cache, emit }: CacheCore,
  { background, about, details }: LoadEvent,
  durationMs: number,
  failure: Failure | undefined,
): void {
  const type = 'load'
  // Copied by name, because a spread would cost more than the rest.
  if (failure === undefined && details === undefined) {
    const error = undefined
    if (about === undefined) emit({ type, cache, result: 'ok', background, durationMs, error })
    else {
      const { method, route } = about
      emit({ type, cache, result: 'ok', background, durationMs, error, method, route })
    }
    return
  }
  const result = failure === undefined ? 'ok' : 'error'
  emit({ type, cache, result, background, durationMs, error: undefined, ...failure, ...details, ...about })
}

/** A returned value with its options. */
export type LoadResult = Pick<CalledValue, 'ok' | 'value' | 'options' | 'report'>

/**
 * Separates a returned value from its options, which override those of the read.
 *
 * @throws {TypeError} when the value is to be stored and only one reader could read it.
 */
export function resultOf(cache: string, key: string, returned: unknown, options: CallOptions): LoadResult {
  const result = separated(returned, options)
  if (options.strategy !== 'bypass' && result.options.keep !== false) {
    requireReusable(cache, 'the value loaded for', key, result.value)
  }
  return result
}

function separated(returned: unknown, options: Resolved<LoadedOptions>): LoadResult {
  if (!(returned instanceof Loaded)) return { ok: true, value: returned, options }
  const { value, report, isComplete } = returned
  const resolved = isComplete ? returned.options : resolveOptions('loaded', returned.options, options)
  return { ok: true, value, options: resolved, report }
}

/** Returns the failure of a call that did not throw. @param key the key, for the error message. */
export function failureOfResult(
  name: string,
  key: string,
  value: unknown,
  options: LoadedOptions,
): Failure | undefined {
  if (options.failed) return { error: undefined }
  if (value !== undefined || options.keep === false) return undefined
  const error = new TypeError(
    `cache ${name}: the load of ${described(key)} returned undefined, which is not stored; return null for a value that does not exist`,
  )
  return { error }
}

/** Returns a loader that loads one key by a call of a loader of many. A key without a value has the value `undefined`. */
export function loadOneOf<T>(name: string, loadMany: LoadMany<T>): InternalLoad<T> {
  return async (context) => {
    const values = mapOf(name, await loadMany([context.key], context))
    const value = values.get(context.key)
    return value === undefined ? new Loaded(undefined as T, { keep: false }) : value // such a key does not exist: no failure
  }
}

function mapOf<V>(name: string, pairs: Iterable<readonly [string, V]>): Map<string, V> {
  const isIterable = typeof pairs === 'object' && pairs !== null && Symbol.iterator in pairs
  const list = isIterable ? [...pairs] : undefined
  if (list?.every(Array.isArray)) return new Map(list)
  throw new TypeError(`cache ${name}: a load for many keys must return pairs of key and value, such as a Map`)
}
