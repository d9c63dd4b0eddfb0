/** Makes a cache: connects memory, the remote tier, loads, reads and writes. */
import { CallbackErrors } from '../callback-errors.ts'
import {
  aBoolean,
  aFunction,
  aNumber,
  anObject,
  aString,
  milliseconds,
  type OptionRules,
  validateOptions,
  withMethods,
} from '../options.ts'
import { Audit } from './audit/audit.ts'
import { resolveAudit } from './audit/audit-options.ts'
import type { Cache, CacheOptions } from './cache.ts'
import type { CacheCore } from './core.ts'
import { createEntity } from './entity/create-entity.ts'
import type { CacheEvent } from './events.ts'
import { type CacheWithHttpReads, HTTP_READS } from './http-reads.ts'
import { InvalidationLog } from './invalidation/invalidation-log.ts'
import { InvalidationSync } from './invalidation/invalidation-sync.ts'
import { createKeySpaces } from './key-spaces.ts'
import { checkJitter, lifetimeRules } from './lifetime.ts'
import { LoadCoordinator } from './loading/load-coordinator.ts'
import { type ReadDefaults, readDefaultRules, validateRetry } from './read.ts'
import { createHttpReads } from './reading/create-http-reads.ts'
import { Lookups } from './reading/lookups.ts'
import { ReadCounter } from './reading/read-counter.ts'
import { Reads } from './reading/reads.ts'
import { pickOptions, resolveOptions } from './resolve-options.ts'
import { CONNECT, type SharedTier } from './shared-tier.ts'
import { MemoryTier } from './tiers/memory-tier.ts'
import { Tiers } from './tiers/tiers.ts'
import { TopReader, topCount } from './tiers/top-entries.ts'
import { createClock } from './timing/clock.ts'
import { byBackgroundTimers, byTimers } from './timing/schedule.ts'
import { sharedTimers } from './timing/shared-timers.ts'
import { SharedTerms } from './values/stored-entry.ts'
import { createWrapped, nameOf } from './wrap/create-wrapped.ts'
import { createWrites } from './writes.ts'

/**
 * Creates a read-through cache over the given tiers.
 *
 * @throws {TypeError} for an unknown option, a value of the wrong type, a `namespace` that is empty or contains a colon, or a
 *   memory store in which another cache has the same `namespace`, or one of the two has none; {RangeError} when
 *   `remoteTimeoutMs` is not positive, or `jitter` is not from 0 to below 1.
 * @example
 * const cache = createCache({ memory: memoryStore() })
 * const { value, outcome } = await cache.read('rates', () => fetchRates(), { ttlMs: 60_000, tags: ['rates'] })
 */
export function createCache(options: CacheOptions = {}): Cache {
  validateCacheOptions(options)
  const { memory } = options
  const { emit, failures } = createEmitter(options)

  const core = createCore(options, emit)
  const { name, enabled, now, sync } = core
  const counter = new ReadCounter(core)
  // Attached first, because it throws if another cache has the store: then nothing else must be open.
  const detach = memory?.attach({
    name,
    prefix: core.prefix,
    onEviction: (_key, reason) => emit({ type: 'eviction', cache: name, tier: 'memory', reason }),
    onRemoval: (entry) => core.log.release(entry),
    onClear: () => core.log.releaseAll(),
    takeReads: () => counter.take(),
  })
  const shared = options.remote?.[CONNECT](core, options)
  const memoryTier = new MemoryTier(core, shared?.memorySync)
  const tiers = new Tiers(core, memoryTier, shared?.remote)
  const loads = new LoadCoordinator(core, tiers)
  const audit = core.audit && new Audit(core, core.audit, tiers, loads.running)
  const lookups = new Lookups(core, memoryTier, counter, audit)
  const reads = new Reads(core, tiers, loads, lookups, counter, audit)
  sync.connect(loads.flights, memoryTier, shared?.remote.invalidations)
  const top = new TopReader(core, memoryTier)
  const unique = createUnique(name)
  // Runtimes without `await using` lack the symbol, unless the application has added it.
  const asyncDispose: typeof Symbol.asyncDispose = Symbol.asyncDispose ?? Symbol()

  async function close(): Promise<void> {
    memoryTier.close()
    detach?.()
    await shared?.close()
  }

  const cache: CacheWithHttpReads = {
    [HTTP_READS]: createHttpReads(core, tiers, lookups, reads),
    name,
    enabled,
    now,
    lookup: (key) => lookups.lookup(key),
    get: (key, getOptions) => reads.get(key, getOptions),
    getMany: (keys, getOptions) => reads.getMany(keys, getOptions),
    read: (key: string, load, readOptions) => reads.read(key, load, readOptions),
    readMany: (keys, loadMany, readOptions) => reads.readMany(keys, loadMany, readOptions),
    pass: (work, about) => reads.pass(work, about),
    peek: (key) => lookups.peek(key),
    has: (key) => lookups.has(key),
    keys: () => lookups.keys(),
    ...createWrites(core, tiers, core.keys.data, core.writeDefaults),

    entity: (entityOptions) =>
      unique('an entity', entityOptions.name, () => createEntity(cache, entityOptions)),
    wrap: (fn, wrapOptions) =>
      unique('a wrapped function', nameOf(fn, wrapOptions), () => createWrapped(cache, fn, wrapOptions)),
    warn: (warning, about, error) =>
      emit({ type: 'warning', cache: name, warning, ...(error === undefined ? {} : { error }), ...about }),

    stats(statsOptions = {}) {
      const count = topCount(statsOptions)
      sync.applyPending()
      memoryTier.sweep()
      const { up: remoteUp, busUp } = shared ?? {}
      const stored = { entries: 0, bytes: 0, maxBytes: 0, ...memory?.stats() }
      // A key that was written has a mark too. The bound is that of the store, so the sum stops there.
      const bytes = Math.min(
        stored.bytes + core.log.bytesOf(stored.entries),
        Math.max(stored.bytes, stored.maxBytes),
      )
      const found = count === undefined ? undefined : top.read(count)
      return { ...stored, bytes, remoteUp, busUp, listenerErrors: failures(), ...(found && { top: found }) }
    },

    close,
    [asyncDispose]: close,
  }
  return cache
}

interface Emitter {
  /** Passes the event to the listener. Never throws. */
  emit(event: CacheEvent): void
  /** Number of events for which the listener threw or rejected. */
  failures(): number
}

function createEmitter({ name = 'hitrate', onEvent }: CacheOptions): Emitter {
  const errors = new CallbackErrors(`cache ${name}`)
  let count = 0

  /** Counts the error for stats(), because an event would call the failing listener again. */
  function onFailure(error: unknown): void {
    count++
    errors.report(error, 'onEvent')
  }

  return {
    emit(event) {
      try {
        const result: unknown = onEvent?.(event)
        if (result instanceof Promise) result.catch(onFailure) // otherwise a rejection would end the process
      } catch (error) {
        onFailure(error)
      }
    },
    failures: () => count,
  }
}

/**
 * Returns a function that makes an entity or a wrapped function, whose name must be new: two with the same name would share keys,
 * so each would get values of the other.
 */
function createUnique(cache: string): <Made>(kind: string, name: string, make: () => Made) => Made {
  const kinds = new Map<string, string>()
  return (kind, name, make) => {
    const existing = kinds.get(name)
    if (existing !== undefined)
      throw new TypeError(`cache ${cache}: ${existing} named ${name} exists already`)
    const made = make()
    kinds.set(name, kind)
    return made
  }
}

/** Fills in the defaults of the options. */
function createCore(options: CacheOptions, emit: (event: CacheEvent) => void): CacheCore {
  const { name = 'hitrate', namespace } = options
  const readDefaults = pickOptions(resolveOptions('createCache', options), readDefaultRules)
  const prefix = namespace === undefined ? '' : `${namespace}:`
  const clock = createClock(options.now ?? (options.timer && Date.now), function onSetBack() {
    // Entries stored before would stay fresh for as much longer as the clock was set back.
    options.memory?.clear(prefix)
    emit({ type: 'tier', cache: name, tier: 'memory', operation: 'clear', result: 'ok' })
  })

  return {
    name,
    enabled: options.enabled ?? true,
    prefix,
    memory: options.memory,
    maxBytes: options.memory?.stats().maxBytes ?? 0,
    coalesce: options.coalesce ?? true,
    jitter: options.jitter ?? 0.05,
    readDefaults,
    writeDefaults: readDefaults && pickOptions(readDefaults, lifetimeRules),
    earlyRefresh: options.earlyRefresh ?? 0,
    audit: resolveAudit(name, options.audit),
    random: options.random ?? Math.random,
    clock,
    now: clock.now,
    timer: options.timer ?? performance.now.bind(performance),
    schedule: options.schedule ?? byTimers,
    // Without coalescing, the runtime may be one on which a timer ends with its request.
    deadlines: options.schedule ?? (options.coalesce === false ? byTimers : sharedTimers()),
    background: options.schedule ?? byBackgroundTimers,
    emit,
    emitTier(tier, operation, result, details) {
      const event = { type: 'tier', cache: name, tier, operation, result } as const
      emit(details === undefined ? event : { ...event, ...details })
    },
    log: new InvalidationLog(),
    sync: new InvalidationSync(name, options.invalidationBus, emit),
    keys: createKeySpaces(name, prefix),
    terms: new SharedTerms(),
  }
}

const cacheRules: OptionRules<CacheOptions> = {
  name: aString,
  namespace: {
    expected: 'a string that is not empty and contains no ":"',
    isValid: (namespace) => typeof namespace === 'string' && /^[^:]+$/.test(namespace),
  },
  memory: withMethods(
    'a memory store such as memoryStore()',
    'get',
    'peek',
    'set',
    'delete',
    'sweep',
    'attach',
  ),
  remote: {
    expected: 'a shared tier such as redisStore(), or sharedTier() of a store of your own',
    isValid: (remote) => typeof (remote as Partial<SharedTier> | null)?.[CONNECT] === 'function', // `remote` can be of any type
  },
  remoteTimeoutMs: milliseconds,
  leaseMs: milliseconds,
  maxUnsyncedMs: milliseconds,
  invalidationBus: withMethods('an invalidation bus such as sharedMemoryBus()', 'publish', 'take'),
  enabled: aBoolean,
  coalesce: aBoolean,
  jitter: aNumber,
  earlyRefresh: aNumber,
  audit: {
    expected: 'a number or an object',
    isValid: (audit) => aNumber.isValid(audit) || anObject.isValid(audit),
  },
  ...readDefaultRules,
  random: aFunction,
  now: aFunction,
  timer: aFunction,
  schedule: aFunction,
  onEvent: aFunction,
}

function validateCacheOptions(options: CacheOptions): void {
  validateOptions('createCache', options, cacheRules)
  const { name = 'hitrate', remoteTimeoutMs = 50, leaseMs = 1000, maxUnsyncedMs = 1000, jitter = 0 } = options
  for (const [option, value] of Object.entries({ remoteTimeoutMs, leaseMs, maxUnsyncedMs })) {
    if (value > 0) continue
    throw new RangeError(`cache ${name}: ${option} must be a positive number, got ${value}`)
  }
  if (leaseMs === Infinity) throw new RangeError(`cache ${name}: leaseMs must be finite, got Infinity`)
  checkJitter(name, jitter)
  validateRetry('createCache', options.retry)
  for (const option of Object.keys(readDefaultRules)) {
    // NaN, for example from an environment variable that is not set, would disable the cache.
    if (Number.isNaN(options[option as keyof ReadDefaults])) {
      throw new RangeError(`cache ${name}: ${option} must be a number, got NaN`)
    }
  }
}
