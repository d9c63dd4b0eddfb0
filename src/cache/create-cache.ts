/** The read-through engine: memory, then the remote tier, then one load per key at a time; nothing old after a write. */
import { type Cache, type CacheOptions, MAX_KEY_LENGTH } from './cache.ts'
import { createClock } from './clock.ts'
import { createEntity } from './entity/create-entity.ts'
import type { CacheEvent } from './events.ts'
import { createInvalidations } from './invalidation/invalidations.ts'
import type { Invalidation } from './invalidation/marks.ts'
import { createCalls } from './loading/call-loader.ts'
import { createLoads } from './loading/load-coordinator.ts'
import { createReads } from './reading/reads.ts'
import { byTimers } from './schedule.ts'
import { createRemoteTier } from './tiers/remote-tier.ts'
import { createTiers } from './tiers/tiers.ts'
import { createChanges } from './writes.ts'

/**
 * A read-through cache over the tiers that are handed in.
 *
 * A load must not read its own key: it would wait for itself.
 *
 * @throws {TypeError} when `namespace` is empty or holds a colon; {RangeError} when `remoteTimeoutMs` is no positive number, or `jitter`
 *   not from 0 to below 1.
 * @example
 * const cache = createCache({ memory: memoryStore() })
 * const { value, outcome } = await cache.read('rates', () => fetchRates(), { ttlMs: 60_000, tags: ['rates'] })
 */
export function createCache(options: CacheOptions = {}): Cache {
  const { name = 'hitrate', namespace, memory, enabled = true, coalesce = true } = options
  const { invalidationBus, onEvent, remoteTimeoutMs = 50, jitter = 0.05, earlyRefresh = 0 } = options
  const { random = Math.random, schedule = byTimers } = options
  refuseUnusable({ name, namespace, remoteTimeoutMs, jitter })
  const prefix = namespace === undefined ? '' : `${namespace}:`
  const clock = createClock(options.now ?? (options.timer && Date.now))
  const { now } = clock
  const timer = options.timer ?? performance.now.bind(performance)
  const invalidations = createInvalidations()
  const remote =
    options.remote &&
    createRemoteTier({
      store: options.remote,
      prefix: `hitrate:${namespace ?? ''}:`, // also without one, so that no name of one is a name of another's
      timeoutMs: remoteTimeoutMs,
      now,
      timer,
      schedule,
      onOperation(operation, result, durationMs, error) {
        emit({ type: 'tier', cache: name, tier: 'remote', operation, result, durationMs, error })
      },
    })
  const tiers = createTiers({ name, prefix, memory, remote, invalidations, hear, now, jitter, random, emit })
  const loads = createLoads({ name, tiers, invalidations, coalesce, keyInStore, hear, now, schedule })
  const calls = createCalls({ name, timer, schedule, random, emit })
  const reads = createReads({
    name,
    enabled,
    tiers,
    loads,
    calls,
    invalidations,
    storeKey,
    hear,
    clock,
    timer,
    schedule,
    earlyRefresh,
    random,
    emit,
  })
  const changes = createChanges({
    name,
    enabled,
    tiers,
    invalidations,
    invalidationBus,
    storeKey,
    hear,
    forget,
    emit,
  })
  const entityNames = new Set<string>()
  let listenerErrors = 0

  memory?.watch(prefix, (_key, reason) => emit({ type: 'eviction', cache: name, tier: 'memory', reason }))

  function emit(event: CacheEvent): void {
    try {
      onEvent?.(event)
    } catch {
      listenerErrors++ // reported by stats(): telling the listener that it failed would fail again
    }
  }

  /** What other threads have invalidated holds from here on. Whatever answers or keeps comes after it. */
  function hear(): void {
    invalidationBus?.take(forgetHeard)
  }

  /** The thread that invalidated it tells the remote tier, and is counted for it. */
  function forgetHeard(mark: Invalidation): void {
    forget(mark)
    remote?.heard(mark)
  }

  /** True when memory had an entry under the key. */
  function forget(mark: Invalidation): boolean {
    if (mark === 'everything') loads.detachAll()
    else if ('key' in mark) loads.detach(mark.key)
    return tiers.forget(mark)
  }

  function keyInStore(key: string): string | undefined {
    if (typeof key !== 'string' || key.length === 0 || key.length > MAX_KEY_LENGTH) return undefined
    return prefix + key
  }

  function storeKey(key: string): string {
    const at = keyInStore(key)
    if (at !== undefined) return at
    throw new TypeError(`cache ${name}: a key must be a string of 1 to ${MAX_KEY_LENGTH} characters`)
  }

  const cache: Cache = {
    name,
    enabled,
    now,
    ...reads,
    ...changes,

    entity(options) {
      // Both would read from memory what the other has checked, or not.
      if (entityNames.has(options.name))
        throw new TypeError(`cache ${name}: there is an entity ${options.name} already`)
      const entity = createEntity(cache, options)
      entityNames.add(options.name)
      return entity
    },

    warn: (warning, about) => emit({ type: 'warning', cache: name, warning, ...about }),

    stats() {
      hear()
      memory?.sweep(now())
      const { entries, bytes, maxBytes } = memory?.stats() ?? { entries: 0, bytes: 0, maxBytes: 0 }
      return { entries, bytes, maxBytes, remoteUp: remote?.up, listenerErrors }
    },
  }
  return cache
}

type Checked = Required<Pick<CacheOptions, 'name' | 'remoteTimeoutMs' | 'jitter'>> & {
  namespace: string | undefined
}

function refuseUnusable({ name, namespace, remoteTimeoutMs, jitter }: Checked): void {
  if (!(remoteTimeoutMs > 0))
    throw new RangeError(`cache ${name}: remoteTimeoutMs must be a positive number, not ${remoteTimeoutMs}`)
  if (!(jitter >= 0 && jitter < 1))
    throw new RangeError(`cache ${name}: jitter must be from 0 to below 1, not ${jitter}`)
  if (namespace === '' || namespace?.includes(':')) {
    throw new TypeError(
      `cache ${name}: a namespace must not be empty or contain ":": ${JSON.stringify(namespace)}`,
    )
  }
}
