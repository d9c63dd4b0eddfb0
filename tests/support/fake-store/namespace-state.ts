/** Entries, leases and tags of one namespace in the fake store, as a server keeps them for all processes. */
import type {
  RemoteAnswer,
  RemoteChange,
  RemoteEntry,
  RemoteLease,
  RemoteRead,
} from '../../../src/stores/store.ts'

/** A stored value. Tests may change its fields. */
export interface FakeEntry {
  bytes: Uint8Array<ArrayBuffer>
  id: string
  tags: readonly string[]
  /** Epoch and sequence number of the namespace when the load of the value took its lease. */
  epoch: number
  sequence: number
  /** End of the lifetime, on the server's clock. */
  until: number
  expiredAt: number | undefined
}

interface Lease {
  token: string
  epoch: number
  sequence: number
  until: number
  isWrite: boolean
  expiredAt: number | undefined
}

/** Invalidated and expired tags, with the sequence number of the change. A new table has a new epoch. */
interface TagTable {
  readonly epoch: number
  sequence: number
  readonly invalidated: Map<string, number>
  readonly expired: Map<string, { sequence: number; at: number }>
}

export interface NamespaceStateOptions {
  namespace: string
  /** The entries of all namespaces. */
  entries: Map<string, FakeEntry>
  /** Clock of the server, epoch ms. */
  now: () => number
  /** Returns a number that was never returned before. */
  unique: () => number
  /** Called when a lease of this name has ended. */
  onLeaseEnd: (name: string) => void
  hasLeases: boolean
}

/** Returns the key of a stored value. No part contains a space, so two values never have the same key. */
export function entryKey(namespace: string, name: string, version: string): string {
  return `${namespace} ${name} ${version}`
}

/** Stands for all tags in the table. No name of a tag is empty. */
const EVERYTHING = ''

export class NamespaceState {
  readonly #options: NamespaceStateOptions
  readonly #leases = new Map<string, Lease>()
  /** End of the time in which no write of a name stores its value, because two writes overlapped. */
  readonly #conflicts = new Map<string, number>()
  #table: TagTable | undefined

  constructor(options: NamespaceStateOptions) {
    this.#options = options
  }

  answer(request: RemoteRead, leaseMs: number, grantsLeases: boolean): RemoteAnswer {
    const key = this.#keyOf(request)
    const entry = this.#live(key)
    if (entry !== undefined && request.not !== '*' && request.not !== entry.id) return this.#value(entry)
    if (!request.lease) return { kind: 'absent' }
    if (!grantsLeases) return { kind: 'refused' }
    const running = this.#leases.get(key)
    const isHeld = running !== undefined && running.until > this.#options.now()
    if (isHeld && request.not !== '*' && this.#options.hasLeases) return { kind: 'busy' }
    const token = this.#grant(key, leaseMs, false)
    return { kind: 'lease', token, takenOver: running !== undefined && !isHeld && this.#options.hasLeases }
  }

  store(entry: RemoteEntry): 'stored' | 'lost' {
    const lease = this.#leaseToStore(entry)
    if (lease === undefined) return 'lost'
    this.#leases.delete(this.#keyOf(entry))
    const isValid = this.#isValid(lease, entry.tags)
    if (isValid) {
      this.#options.entries.set(this.#keyOf(entry), {
        bytes: entry.bytes.slice(),
        id: entry.token,
        tags: [...entry.tags],
        epoch: lease.epoch,
        sequence: lease.sequence,
        until: this.#options.now() + entry.ttlMs,
        expiredAt: lease.expiredAt,
      })
    }
    this.#options.onLeaseEnd(entry.name)
    return isValid ? 'stored' : 'lost'
  }

  renew(lease: RemoteLease, leaseMs: number): boolean {
    const held = this.#held(lease)
    if (held === undefined) return false
    held.until = this.#options.now() + leaseMs
    return true
  }

  release(lease: RemoteLease): void {
    if (this.#held(lease) === undefined) return
    this.#leases.delete(this.#keyOf(lease))
    this.#options.onLeaseEnd(lease.name)
  }

  startWrite(name: string, version: string, leaseMs: number): string | undefined {
    const now = this.#options.now()
    const running = this.#keysOf(this.#leases, name).map((key) => this.#leases.get(key))
    const overlaps = running.some((lease) => lease?.isWrite && lease.until > now)
    const isDisputed = (this.#conflicts.get(name) ?? 0) > now
    this.#invalidateKey(name)
    if (!overlaps && !isDisputed) return this.#grant(this.#keyOf({ name, version }), leaseMs, true)
    // A third write may overlap with these two although neither has a token any more.
    this.#conflicts.set(name, now + leaseMs)
    return undefined
  }

  /** @param canWrite false on a full server, which only removes: the whole table in place of a tag. */
  invalidate({ keys = [], tags = [] }: RemoteChange, canWrite: boolean): void {
    for (const name of keys) this.#invalidateKey(name)
    if (tags.length === 0) return
    if (canWrite) {
      const table = this.#openTable()
      table.sequence++
      for (const tag of tags) table.invalidated.set(tag, table.sequence)
    } else this.#table = undefined
  }

  expire({ keys = [], tags = [], everything = false }: RemoteChange, at: number): void {
    for (const name of keys) {
      for (const states of [this.#options.entries, this.#leases]) {
        for (const key of this.#keysOf(states, name)) {
          const state = states.get(key)
          if (state !== undefined) state.expiredAt = Math.min(at, state.expiredAt ?? at)
        }
      }
    }
    if (tags.length === 0 && !everything) return
    const table = this.#openTable()
    table.sequence++
    for (const tag of everything ? [EVERYTHING] : tags)
      table.expired.set(tag, { sequence: table.sequence, at })
  }

  clear(): void {
    const names = new Set([...this.#leases.keys()].map((key) => key.split(' ')[1] ?? ''))
    this.lose()
    for (const key of [...this.#options.entries.keys()]) {
      if (key.startsWith(`${this.#options.namespace} `)) this.#options.entries.delete(key)
    }
    for (const name of names) this.#options.onLeaseEnd(name)
  }

  /** Loses the table of tags, as a server that evicts its key. */
  loseTable(): void {
    this.#table = undefined
  }

  /** Loses everything but the entries, without a message. */
  lose(): void {
    this.#table = undefined
    this.#leases.clear()
    this.#conflicts.clear()
  }

  #grant(key: string, leaseMs: number, isWrite: boolean): string {
    const { epoch, sequence } = this.#openTable()
    const token = `t${this.#options.unique()}`
    const until = this.#options.now() + leaseMs
    this.#leases.set(key, { token, epoch, sequence, until, isWrite, expiredAt: undefined })
    return token
  }

  /** Returns the lease with which a value is stored. A store without leases takes every value as if its load began now. */
  #leaseToStore(entry: RemoteEntry): Lease | undefined {
    if (this.#options.hasLeases) return this.#held(entry)
    const { epoch, sequence } = this.#openTable()
    return { token: entry.token, epoch, sequence, until: 0, isWrite: false, expiredAt: undefined }
  }

  #held(lease: RemoteLease): Lease | undefined {
    const held = this.#leases.get(this.#keyOf(lease))
    return held?.token === lease.token && held.until > this.#options.now() ? held : undefined
  }

  #live(key: string): FakeEntry | undefined {
    const entry = this.#options.entries.get(key)
    if (entry === undefined) return undefined
    return entry.until > this.#options.now() && this.#isValid(entry, entry.tags) ? entry : undefined
  }

  /** A value or lease is valid if the table still has every invalidation since its load began, and none of its tags is in it. */
  #isValid({ epoch, sequence }: FakeEntry | Lease, tags: readonly string[]): boolean {
    const table = this.#table
    if (table?.epoch !== epoch) return false
    return tags.every((tag) => (table.invalidated.get(tag) ?? 0) <= sequence)
  }

  #value(entry: FakeEntry): RemoteAnswer {
    const times = [EVERYTHING, ...entry.tags]
      .map((tag) => this.#table?.expired.get(tag))
      .filter((expired) => expired !== undefined && expired.sequence > entry.sequence)
      .map((expired) => expired?.at)
    const known = [entry.expiredAt, ...times].filter((at) => at !== undefined)
    const expiredAt = known.length > 0 ? { expiredAt: Math.min(...known) } : {}
    return { kind: 'value', bytes: entry.bytes.slice(), id: entry.id, ...expiredAt }
  }

  #invalidateKey(name: string): void {
    for (const key of this.#keysOf(this.#options.entries, name)) this.#options.entries.delete(key)
    const ended = this.#keysOf(this.#leases, name)
    for (const key of ended) this.#leases.delete(key)
    if (ended.length > 0) this.#options.onLeaseEnd(name)
  }

  #openTable(): TagTable {
    this.#table ??= {
      epoch: this.#options.unique(),
      sequence: 0,
      invalidated: new Map(),
      expired: new Map(),
    }
    return this.#table
  }

  #keyOf({ name, version }: { name: string; version: string }): string {
    return entryKey(this.#options.namespace, name, version)
  }

  /** The keys of a name in all versions. */
  #keysOf(states: Map<string, unknown>, name: string): string[] {
    const prefix = entryKey(this.#options.namespace, name, '')
    return [...states.keys()].filter((key) => key.startsWith(prefix))
  }
}
