/** A namespace of the store: its operations as transactions on the file. */
import {
  attempt,
  type RemoteAnswer,
  type RemoteChange,
  type RemoteEntry,
  type RemoteHandlers,
  type RemoteLease,
  type RemoteNamespace,
  type RemoteNamespaceOptions,
  type RemoteRead,
  type StoreResult,
} from '../store.ts'
import { evict } from './eviction.ts'
import type { Connection } from './file/connection.ts'
import { isUnwritable } from './file/result-codes.ts'
import type { SharedFile } from './file/shared-file.ts'
import type { MessagePoll } from './message-poll.ts'
import { removeOldMessages } from './old-messages.ts'
import {
  beginWrite,
  clearNamespace,
  expireEverything,
  expireKey,
  expireTags,
  invalidateKey,
  invalidateTags,
  releaseLease,
  renewLease,
  type Scope,
  storeValue,
} from './operations.ts'
import { Reads } from './reads.ts'
import { runSteps, type Step } from './steps.ts'
import type { Tables } from './tables/schema.ts'
import { Patience } from './timing/patience.ts'
import { startSlice } from './timing/slice.ts'
import type { Timing } from './timing/timing.ts'

export interface SqliteNamespaceParts {
  readonly file: SharedFile
  readonly timing: Timing
  readonly poll: MessagePoll
  readonly maxBytes: number
  /** Returns another text at each call, in any process. */
  readonly unique: () => string
}

/** Part of the time limit of a call in which a lock of the file is waited for, and the least such time in ms. */
const PATIENCE = 0.8
const LEAST_PATIENCE_MS = 40

/** Largest value: in bytes, because the event loop waits for its copy, and as a part of the size of the file. */
const MAX_VALUE_BYTES = 8 * 1024 * 1024
const MAX_VALUE_PART = 1 / 8

/** Numbers of rows that a store removes at most: values whose lifetime has ended, and values at which the eviction looks. */
const ENDED_PER_STORE = 4
const EVICTED_PER_STORE = 64

/**
 * Number of tags of a namespace that the file has: at most one for each such part of its size. A long name takes a quarter of
 * it, so that most of the file is left to values.
 */
const MAX_TAGS = 100_000
const BYTES_PER_TAG = 2048

/** Number of old messages that are removed with each new one. */
const OLD_PER_MESSAGE = 4

/** Number of tags in a step. */
const TAGS_PER_STEP = 100

export class SqliteNamespace implements RemoteNamespace {
  readonly #parts: SqliteNamespaceParts
  readonly #options: RemoteNamespaceOptions
  readonly #patienceMs: number
  readonly #reads: Reads
  #handlers: RemoteHandlers | undefined

  constructor(parts: SqliteNamespaceParts, options: RemoteNamespaceOptions) {
    this.#parts = parts
    this.#options = options
    this.#patienceMs = Math.max(LEAST_PATIENCE_MS, PATIENCE * (options.timeoutMs ?? 0))
    this.#reads = new Reads({
      file: parts.file,
      timing: parts.timing,
      scope: () => this.#scope(),
      unique: parts.unique,
      patienceMs: this.#patienceMs,
      onHeld: (request, token) => this.#waitFor(request, token),
    })
  }

  read(requests: readonly RemoteRead[]): Promise<RemoteAnswer[]> {
    return attempt('SQLite', 'read values', () => this.#reads.read(requests))
  }

  store(entry: RemoteEntry): Promise<StoreResult> {
    const { maxBytes } = this.#parts
    return this.#write('store a value', (tables, connection) => {
      if (entry.bytes.length > Math.min(MAX_VALUE_BYTES, maxBytes * MAX_VALUE_PART)) {
        releaseLease(tables, this.#scope(), entry)
        return 'too-large'
      }
      const result = storeValue(tables, this.#scope(), entry)
      this.#makeRoom(connection)
      return result
    })
  }

  renew(lease: RemoteLease): Promise<boolean> {
    return this.#write('renew a lease', (tables) => renewLease(tables, this.#scope(), lease))
  }

  release(lease: RemoteLease): Promise<void> {
    return this.#write('release a lease', (tables) => releaseLease(tables, this.#scope(), lease))
  }

  startWrite(name: string, version: string, announcement?: string): Promise<string | undefined> {
    const lease = { name, version, token: this.#parts.unique() }
    return attempt('SQLite', 'start a write', () =>
      this.#orReplace(() =>
        this.#run((tables) => {
          const token = beginWrite(tables, this.#scope(), lease)
          this.#send(tables, announcement)
          return token
        }),
      ),
    )
  }

  invalidate({ keys = [], tags = [] }: RemoteChange, announcement?: string): Promise<void> {
    const steps: Step[] = [
      ...eachOf(keys, (tables, name) => invalidateKey(tables, this.#scope(), name)),
      ...inGroups(tags, (tables, names) => invalidateTags(tables, this.#scope(), names)),
      (tables) => this.#send(tables, announcement),
    ]
    return attempt('SQLite', 'invalidate values', () => this.#orReplace(() => this.#runSteps(steps)))
  }

  expire(change: RemoteChange, at: number, announcement?: string): Promise<void> {
    const { keys = [], tags = [], everything = false } = change
    const steps: Step[] = [
      ...eachOf(keys, (tables, name) => expireKey(tables, this.#scope(), name, at)),
      ...inGroups(tags, (tables, names) => expireTags(tables, this.#scope(), names, at)),
      (tables) => everything && expireEverything(tables, this.#scope(), at),
      (tables) => this.#send(tables, announcement),
    ]
    return attempt('SQLite', 'expire values', () => this.#runSteps(steps))
  }

  clear(announcement?: string): Promise<void> {
    return attempt('SQLite', 'clear a namespace', () =>
      this.#orReplace(() =>
        this.#run((tables) => {
          clearNamespace(tables, this.#scope())
          this.#send(tables, announcement)
        }),
      ),
    )
  }

  announce(announcement: string): Promise<void> {
    return this.#write('send a message', (tables) => this.#send(tables, announcement))
  }

  subscribe(handlers: RemoteHandlers): () => Promise<void> {
    this.#handlers = handlers
    const end = this.#parts.poll.subscribe(this.#options.namespace, handlers)
    return async () => {
      this.#handlers = undefined
      end()
    }
  }

  #scope(): Scope {
    const { namespace, leaseMs } = this.#options
    const { timing, maxBytes } = this.#parts
    const maxTags = Math.min(MAX_TAGS, Math.floor(maxBytes / BYTES_PER_TAG))
    return { namespace, leaseMs, now: timing.now(), maxTags }
  }

  #patience(): Patience {
    return new Patience(this.#parts.timing, this.#patienceMs)
  }

  #waitFor({ name, version }: RemoteRead, token: string): void {
    const handlers = this.#handlers
    const { namespace } = this.#options
    if (handlers === undefined) return
    this.#parts.poll.waits.add({ namespace, name, version, token, onEnd: () => handlers.onWake(name) })
  }

  #makeRoom(connection: Connection): void {
    const now = this.#parts.timing.now()
    const { entries } = connection.tables
    const isOver = startSlice(this.#parts.timing)
    for (const id of entries.ended(now, ENDED_PER_STORE)) {
      entries.remove(id)
      if (isOver()) break
    }
    const { maxBytes } = this.#parts
    if (connection.usedBytes > maxBytes)
      removeOldMessages(connection.tables, { now, isFull: true }, OLD_PER_MESSAGE)
    evict(connection, { maxBytes, looks: EVICTED_PER_STORE })
  }

  #send(tables: Tables, announcement: string | undefined): void {
    if (announcement === undefined) return
    const now = this.#parts.timing.now()
    tables.messages.add(this.#options.namespace, now, announcement)
    removeOldMessages(tables, { now, isFull: false }, OLD_PER_MESSAGE)
  }

  #write<T>(operation: string, work: Transaction<T>): Promise<T> {
    return attempt('SQLite', operation, () => this.#run(work))
  }

  #run<T>(work: Transaction<T>): Promise<T> {
    return this.#parts.file.run(this.#patience(), (connection) =>
      connection.write((tables) => work(tables, connection)),
    )
  }

  #runSteps(steps: readonly Step[]): Promise<void> {
    return runSteps(this.#parts.file, this.#parts.timing, this.#patience(), steps)
  }

  /**
   * Runs an invalidation. If the file cannot be written, because the disk is full or fails, all values are removed with the file.
   * Then the invalidation is repeated for its message, without which subscribers still see that the file is another one.
   */
  async #orReplace<T>(invalidate: () => Promise<T>): Promise<T | undefined> {
    try {
      return await invalidate()
    } catch (error) {
      if (!isUnwritable(error)) throw error
    }
    await this.#parts.file.replace()
    return invalidate().catch(() => undefined)
  }
}

type Transaction<T> = (tables: Tables, connection: Connection) => T

function eachOf(keys: readonly string[], change: (tables: Tables, name: string) => void): Step[] {
  return keys.map((name) => (tables) => change(tables, name))
}

function inGroups(
  tags: readonly string[],
  change: (tables: Tables, names: readonly string[]) => void,
): Step[] {
  const steps: Step[] = []
  for (let from = 0; from < tags.length; from += TAGS_PER_STEP) {
    const names = tags.slice(from, from + TAGS_PER_STEP)
    steps.push((tables) => change(tables, names))
  }
  return steps
}
