/** The caches that use a memory store: which one an entry belongs to, and how many entries each has. */
import type { Entry } from '../entry.ts'
import type { AttachedCache, EvictionReason, ReadCounts } from '../store.ts'

interface Member {
  readonly cache: AttachedCache
  entries: number
}

export class AttachedCaches {
  readonly #members: Member[] = []

  /** @throws {TypeError} when a key can belong to two caches. */
  add(cache: AttachedCache): void {
    for (const other of this.#members) requireApart(cache, other.cache)
    this.#members.push({ cache, entries: 0 })
  }

  has(cache: AttachedCache): boolean {
    return this.#members.some((member) => member.cache === cache)
  }

  delete(cache: AttachedCache): void {
    const index = this.#members.findIndex((member) => member.cache === cache)
    if (index >= 0) this.#members.splice(index, 1)
  }

  added(key: string): void {
    const owner = this.#ownerOf(key)
    if (owner !== undefined) owner.entries++
  }

  replaced(key: string, old: Entry): void {
    this.#ownerOf(key)?.cache.onRemoval?.(old)
  }

  removed(key: string, entry: Entry): void {
    const owner = this.#ownerOf(key)
    if (owner === undefined) return
    owner.entries--
    owner.cache.onRemoval?.(entry)
  }

  evicted(key: string, reason: EvictionReason): void {
    this.#ownerOf(key)?.cache.onEviction(key, reason)
  }

  /** Returns the numbers of reads of all caches since the last call. */
  takeReads(): ReadCounts {
    const sum = { reads: 0, hits: 0 }
    for (const { cache } of this.#members) {
      const counts = cache.takeReads?.()
      sum.reads += counts?.reads ?? 0
      sum.hits += counts?.hits ?? 0
    }
    return sum
  }

  /** Returns true if all `entries` entries of the store have a key that begins with `prefix`. */
  ownAll(prefix: string, entries: number): boolean {
    if (prefix === '') return true
    return this.#members.find((member) => member.cache.prefix === prefix)?.entries === entries
  }

  /** All entries of the store were removed. */
  cleared(): void {
    for (const member of this.#members) {
      const hadEntries = member.entries > 0
      member.entries = 0
      if (hadEntries) member.cache.onClear?.()
    }
  }

  #ownerOf(key: string): Member | undefined {
    // By index: engines make an object for each step of an iterator, and this runs several times for each entry that is stored.
    for (let i = 0; i < this.#members.length; i++) {
      const member = this.#members[i] as Member // the index is below the length
      if (key.startsWith(member.cache.prefix)) return member
    }
    return undefined
  }
}

function requireApart(one: AttachedCache, other: AttachedCache): void {
  if (!one.prefix.startsWith(other.prefix) && !other.prefix.startsWith(one.prefix)) return
  throw new TypeError(
    `cache ${described(one)} and cache ${described(other)} would share keys in one memory store; set a different \`namespace\` for each`,
  )
}

function described({ name, prefix }: AttachedCache): string {
  return prefix === '' ? `${name} (no namespace)` : `${name} (namespace ${prefix.slice(0, -1)})`
}
