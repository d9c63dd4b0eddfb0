/** The shared state of a cache for tests of single parts: a virtual clock, and a record of the events. */

import type { CacheCore } from '../../../src/cache/core.ts'
import type { CacheEvent } from '../../../src/cache/events.ts'
import { InvalidationLog } from '../../../src/cache/invalidation/invalidation-log.ts'
import { InvalidationSync } from '../../../src/cache/invalidation/invalidation-sync.ts'
import { createKeySpaces } from '../../../src/cache/key-spaces.ts'
import { createClock } from '../../../src/cache/timing/clock.ts'
import { SharedTerms } from '../../../src/cache/values/stored-entry.ts'
import { memoryStore } from '../../../src/stores/memory/store.ts'
import { flush, type VirtualClock, virtualClock } from '../test-cache.ts'

export interface TestCore {
  core: CacheCore
  clock: VirtualClock
  /** The events so far. */
  events: CacheEvent[]
  /** The operations of the remote tier since the last call: `get hit`. */
  operations(): string[]
  /** Lets time pass, in steps that are shorter than the time limit of a call, and runs the pending microtasks. */
  pass(ms: number): Promise<void>
}

export function testCore(overrides: Partial<CacheCore> = {}): TestCore {
  const clock = virtualClock(1_800_000_000_000)
  const events: CacheEvent[] = []
  const emit = (event: CacheEvent) => void events.push(event)
  let reported = 0
  const core: CacheCore = {
    name: 'test',
    enabled: true,
    prefix: '',
    memory: memoryStore(),
    maxBytes: 1_000_000,
    coalesce: true,
    jitter: 0,
    readDefaults: undefined,
    writeDefaults: undefined,
    earlyRefresh: 0,
    random: () => 0.5,
    clock: createClock(clock.now),
    now: clock.now,
    timer: clock.now,
    schedule: clock.schedule,
    deadlines: clock.schedule,
    background: clock.schedule,
    emit,
    emitTier: (tier, operation, result, details) =>
      emit({ type: 'tier', cache: 'test', tier, operation, result, ...details }),
    log: new InvalidationLog(),
    sync: new InvalidationSync('test', undefined, emit),
    keys: createKeySpaces('test', ''),
    terms: new SharedTerms(),
    ...overrides,
  }

  return {
    core,
    clock,
    events,
    operations() {
      const recent = events.slice(reported)
      reported = events.length
      return recent.flatMap((event) =>
        event.type === 'tier' && event.tier === 'remote' ? [`${event.operation} ${event.result}`] : [],
      )
    },
    pass: (ms) => passTime(clock, ms),
  }
}

/** Lets time pass, in steps that are shorter than the time limit of a call, and runs the pending microtasks after each. */
export async function passTime(clock: VirtualClock, ms: number): Promise<void> {
  await flush(100)
  for (let left = ms; left > 0; left -= 25) {
    clock.advance(Math.min(25, left))
    await flush(100)
  }
}
