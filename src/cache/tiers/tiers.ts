/** Both tiers behind one face: what may be read from them after every invalidation, and what is kept in them. */
import type { Entry } from '../../stores/entry.ts'
import type { MemoryStore } from '../../stores/store.ts'
import { type Codec, jsonCodec } from '../codec.ts'
import type { CacheEvent } from '../events.ts'
import type { Invalidations } from '../invalidation/invalidations.ts'
import type { Invalidation } from '../invalidation/marks.ts'
import { entryOf, type LoadedOptions } from '../lifetime.ts'
import type { RemoteTier } from './remote-tier.ts'

export interface TiersOptions {
  /** The cache's, in events. */
  name: string
  /** Before every key. */
  prefix: string
  memory: MemoryStore | undefined
  remote: RemoteTier | undefined
  invalidations: Invalidations
  /** Brings in what other threads have invalidated. */
  hear: () => void
  /** Epoch ms. */
  now: () => number
  /** By up to which share lifetimes are cut short, where they do not say it themselves. */
  jitter: number
  /** From 0 to below 1. */
  random: () => number
  emit: (event: CacheEvent) => void
}

/** The age of a load: what was invalidated later is newer than what it brings. */
export interface Birth {
  /** Of this process's invalidations. */
  born: number
  /** Of the remote tier, for other processes. */
  loadedAt: number
}

/** What the remote tier came to. */
export type Fetched = { entry: Entry } | 'nothing' | 'failed'

export interface Tiers {
  readonly hasRemote: boolean
  birth(): Birth
  /** What memory has, if no invalidation has reached it. */
  entry(at: string): Entry | undefined
  /** As `entry`, without marking it as used. */
  peek(at: string): Entry | undefined
  /** What the remote tier has; memory has it then too. */
  fetch(at: string, codec: Codec | undefined): Promise<Fetched>
  /** Keeps what a load brought, unless it was invalidated meanwhile. `remotely` resolves when the remote tier knows. */
  keep(kept: Kept): { entry: Entry | undefined; remotely: Promise<void> | undefined }
  /**
   * May this entry answer in place of a load that failed? Not if it was invalidated since it was read.
   *
   * @param anyAge also when nothing but its reader allows it. Default false.
   */
  mayStandIn(at: string, entry: Entry, anyAge?: boolean): boolean
  /** Was one of these keys, or of these tags, invalidated after `born`? */
  isOutdated(keys: readonly string[], tags: readonly string[], born: number): boolean
  /** Ends what memory has, and what loads under way will bring. True when there was an entry under the key. */
  forget(mark: Invalidation): boolean
  /** Tells other processes. Never rejects. */
  invalidateRemotely(marks: readonly Invalidation[]): Promise<void>
}

export interface Kept {
  at: string
  value: unknown
  said: LoadedOptions
  /** The key in the store, where `said.keep` names another; `undefined` when that cannot be used. */
  target: string | undefined
  birth: Birth
  codec: Codec | undefined
  /** How long its load took, in ms. */
  loadMs?: number
}

export function createTiers(options: TiersOptions): Tiers {
  const { name, prefix, memory, remote, invalidations, hear, now, jitter, random, emit } = options

  function isDead({ tags, born }: Entry): boolean {
    return invalidations.hitTags(tags, born)
  }

  function isOutdated(keys: readonly string[], tags: readonly string[], born: number): boolean {
    return invalidations.hitTags(tags, born) || keys.some((key) => invalidations.hitKey(key, born))
  }

  function mayStandIn(at: string, entry: Entry, anyAge = false): boolean {
    const until = anyAge && !entry.mustRevalidate ? entry.keptUntil : entry.errorUntil
    if (now() >= Math.max(until, entry.errorUntil) || isDead(entry)) return false
    return memory?.peek(at) === entry || !invalidations.hitKey(at, entry.born) // it would have left with the mark
  }

  function keepInMemory(at: string, entry: Entry): boolean {
    if (memory === undefined) return false
    const fits = memory.set(at, entry)
    tellSet(fits ? 'ok' : 'refused')
    return fits
  }

  function tellSet(result: 'ok' | 'refused'): void {
    emit({ type: 'tier', cache: name, tier: 'memory', operation: 'set', result })
  }

  return {
    hasRemote: remote !== undefined,

    birth: () => ({ born: invalidations.sequence, loadedAt: remote?.stamp() ?? 0 }),

    entry(at) {
      const entry = memory?.get(at)
      if (entry === undefined || !isDead(entry)) return entry
      memory?.delete(at)
      return undefined
    },

    peek(at) {
      const entry = memory?.peek(at)
      return entry === undefined || isDead(entry) ? undefined : entry
    },

    async fetch(at, codec = jsonCodec) {
      if (remote === undefined) return 'nothing'
      const born = invalidations.sequence
      const got = await remote.get(at, codec)
      if (typeof got === 'string') return got
      const entry = { ...got.found, born }
      hear()
      memory?.sweep(now()) // first: who hears of an eviction may invalidate
      const isLatest = (memory?.peek(at)?.born ?? born) <= born
      // Invalidated while it was under way: for who asked before that it is still an answer, for memory it is not.
      if (isLatest && !isOutdated([at], entry.tags, born)) keepInMemory(at, entry)
      return { entry }
    },

    keep({ at, value, said, target, birth: { born, loadedAt }, codec = jsonCodec, loadMs }) {
      if (target === undefined) {
        tellSet('refused')
        return { entry: undefined, remotely: undefined }
      }
      hear()
      memory?.sweep(now()) // first: who hears of an eviction may invalidate
      const present = memory?.peek(target)
      // What a later load brought stays, and so does what can stand in for a failure.
      if (
        present !== undefined &&
        (present.born > born || (said.failed && !said.final && mayStandIn(target, present)))
      ) {
        return { entry: undefined, remotely: undefined }
      }
      const share = said.jitter ?? jitter
      if (!(share >= 0 && share < 1)) {
        throw new RangeError(`cache ${name}: jitter must be from 0 to below 1, not ${share}`)
      }
      const cut = share > 0 ? share * random() : 0
      const made = said.keep === false ? undefined : entryOf(value, said, now(), born, cut)
      const entry = made === undefined || loadMs === undefined ? made : { ...made, loadMs }
      if (entry === undefined) {
        // A newer answer that may not be kept ends the older one that was, unless it is only a failure, or about something else.
        if (said.failed || said.leave) return { entry, remotely: undefined }
        memory?.delete(target)
        invalidations.key(target) // an older load that is still under way must not bring its own back
        return { entry, remotely: remote?.delete(target, codec) }
      }
      // What was invalidated while the load ran must not come back with its result.
      if (isOutdated([at, target], entry.tags, born)) return { entry: undefined, remotely: undefined }
      const inMemory = keepInMemory(target, entry)
      const remotely = remote?.set(target, entry, codec, loadedAt)
      return { entry: inMemory || remotely !== undefined ? entry : undefined, remotely }
    },

    mayStandIn,
    isOutdated,

    forget(mark) {
      if (mark === 'everything') {
        invalidations.everything()
        memory?.clear(prefix)
        return false
      }
      if ('tag' in mark) {
        invalidations.tag(mark.tag)
        return false
      }
      invalidations.key(mark.key)
      return memory?.delete(mark.key) ?? false
    },

    async invalidateRemotely(marks) {
      await remote?.invalidate(marks)
    },
  }
}
