/** Memory tier: entries by key, bounded in bytes and number. The least recently used entry is evicted first. */
import { anything, type OptionRules, validateOptions } from '../../options.ts'
import { deadFrom, type Entry } from '../entry.ts'
import type { AttachedCache, EvictionReason, MemoryStore } from '../store.ts'
import { createExpiry, type Expiring } from './expiry.ts'
import { createLru, type Linked, type Lru } from './eviction/lru.ts'

export interface MemoryStoreOptions {
  /** Space for entries, their keys and bookkeeping, in bytes. Default: 64 MiB. */
  maxBytes?: number
  /**
   * Maximum number of entries that are not negative. Negative entries have a separate limit, a tenth of it. Default:
   * unlimited.
   */
  maxEntries?: number
}

interface Node extends Expiring, Linked<Node> {
  readonly key: string
  readonly segment: Segment
  entry: Entry
  bytes: number
}

interface Segment {
  readonly order: Lru<Node>
  readonly maxBytes: number
  readonly maxEntries: number
  bytes: number
  entries: number
}

/**
 * Bytes of an entry besides value, key and tags: the node, its slots in map and heap, and the entry's fields. Measured on V8,
 * rounded up.
 */
const BOOKKEEPING_BYTES = 320

/** Bytes of a tag besides its characters: the string object and its slot in the array. */
const TAG_BYTES = 32

/** Share of the bytes that is reserved for negative entries. They cannot use more. */
const NEGATIVE_SHARE = 0.1

/**
 * A bounded store in this process's memory. Negative entries (`entry.negative`) have a tenth of the space to themselves, so
 * that requests for any number of unknown ids never evict an entry that exists.
 *
 * @throws {TypeError} for an unknown option; {RangeError} when a bound is not a positive whole number.
 */
export function memoryStore(options: MemoryStoreOptions = {}): MemoryStore {
  validateOptions('memoryStore', options, rules)
  const maxBytes = bound('maxBytes', options.maxBytes ?? 64 * 1024 * 1024)
  const maxEntries = options.maxEntries === undefined ? Infinity : bound('maxEntries', options.maxEntries)

  const nodes = new Map<string, Node>()
  const expiry = createExpiry<Node>()
  const negativeBytes = Math.floor(maxBytes * NEGATIVE_SHARE)
  const negative = segment(negativeBytes, Math.ceil(maxEntries * NEGATIVE_SHARE))
  const positive = segment(maxBytes - negativeBytes, maxEntries)
  const caches = new Set<AttachedCache>()

  function remove(node: Node): void {
    nodes.delete(node.key)
    expiry.remove(node)
    node.segment.order.remove(node)
    node.segment.bytes -= node.bytes
    node.segment.entries--
  }

  function evict(node: Node, reason: EvictionReason): void {
    remove(node)
    for (const cache of caches) if (node.key.startsWith(cache.prefix)) cache.onEviction(node.key, reason)
  }

  function clear(prefix: string): void {
    for (const node of nodes.values()) if (node.key.startsWith(prefix)) remove(node)
  }

  return {
    get(key) {
      const node = nodes.get(key)
      if (node === undefined) return undefined
      node.segment.order.use(node)
      return node.entry
    },
    peek: (key) => nodes.get(key)?.entry,
    set(key, entry) {
      const old = nodes.get(key)
      if (old !== undefined) remove(old)
      const room = entry.negative ? negative : positive
      const bytes = entry.bytes + tagBytes(entry.tags) + 2 * key.length + BOOKKEEPING_BYTES
      // Also rejects NaN, which would make the total NaN for ever.
      if (!(entry.bytes >= 0 && bytes <= room.maxBytes)) return false

      const node: Node = {
        key,
        entry,
        bytes,
        segment: room,
        deadFrom: deadFrom(entry),
        place: 0,
        newer: undefined,
        older: undefined,
      }
      nodes.set(key, node)
      expiry.add(node)
      room.order.add(node)
      room.bytes += bytes
      room.entries++
      while (room.bytes > room.maxBytes || room.entries > room.maxEntries) {
        const victim = room.order.oldest()
        if (victim === undefined) break
        evict(victim, 'capacity')
      }
      return true
    },
    delete(key) {
      const node = nodes.get(key)
      if (node !== undefined) remove(node)
      return node !== undefined
    },
    clear,
    sweep(now) {
      for (let node = expiry.due(now); node !== undefined; node = expiry.due(now)) evict(node, 'expired')
    },
    stats: () => ({ entries: nodes.size, bytes: positive.bytes + negative.bytes, maxBytes }),
    attach(cache) {
      for (const other of caches) requireApart(cache, other)
      caches.add(cache)
      return () => {
        if (caches.delete(cache)) clear(cache.prefix)
      }
    },
  }
}

const rules: OptionRules<MemoryStoreOptions> = { maxBytes: anything, maxEntries: anything } // bound() checks both

/** @throws {TypeError} when a key can belong to both caches. */
function requireApart(one: AttachedCache, other: AttachedCache): void {
  if (!one.prefix.startsWith(other.prefix) && !other.prefix.startsWith(one.prefix)) return
  throw new TypeError(
    `cache ${described(one)} and cache ${described(other)} would share keys in one memory store; set a different \`namespace\` for each`,
  )
}

function described({ name, prefix }: AttachedCache): string {
  return prefix === '' ? `${name} (no namespace)` : `${name} (namespace ${prefix.slice(0, -1)})`
}

function tagBytes(tags: readonly string[]): number {
  return tags.reduce((sum, tag) => sum + 2 * tag.length + TAG_BYTES, 0)
}

function segment(maxBytes: number, maxEntries: number): Segment {
  return { order: createLru<Node>(), maxBytes, maxEntries, bytes: 0, entries: 0 }
}

function bound(name: string, value: number): number {
  if (!Number.isSafeInteger(value) || value < 1) {
    throw new RangeError(`memoryStore: ${name} must be a positive whole number, got ${value}`)
  }
  return value
}
