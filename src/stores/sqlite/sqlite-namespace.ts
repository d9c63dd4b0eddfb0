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
import type { Connection } from './connection.ts'
import { evict } from './eviction.ts'
import type { MessagePoll } from './message-poll.ts'
import {
  beginWrite,
  clearNamespace,
  expiredTags,
  expireKey,
  findHolder,
  findValue,
  grantLease,
  type Held,
  invalidateKey,
  markTags,
  releaseLease,
  renewLease,
  type Scope,
  storeValue,
} from './operations.ts'
import { Patience } from './patience.ts'
import { isBusy, isUnwritable } from './result-codes.ts'
import type { SharedFile } from './shared-file.ts'
import { runSteps, type Step } from './steps.ts'
import type { Tables } from './tables/schema.ts'
import type { Timing } from './timing.ts'

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

/** Sizes of a slice of reads: the number of requests, and the bytes after which it ends. */
const MAX_READS = 64
const MAX_READ_BYTES = 2 * 1024 * 1024

/** Largest value: in bytes, because the event loop waits for its copy, and as a part of the size of the file. */
const MAX_VALUE_BYTES = 16 * 1024 * 1024
const MAX_VALUE_PART = 1 / 8

/** Numbers of rows that a store removes at most: values whose lifetime has ended, and values at which the eviction looks. */
const ENDED_PER_STORE = 4
const EVICTED_PER_STORE = 64

/** Messages are removed after this time in ms, or when this number of newer ones exists. */
const MESSAGE_MS = 60_000
const MAX_MESSAGES = 50_000
const OLD_PER_MESSAGE = 4

/** Number of tags in a step. */
const TAGS_PER_STEP = 100

export class SqliteNamespace implements RemoteNamespace {
  readonly #parts: SqliteNamespaceParts
  readonly #options: RemoteNamespaceOptions
  readonly #patienceMs: number
  #handlers: RemoteHandlers | undefined

  constructor(parts: SqliteNamespaceParts, options: RemoteNamespaceOptions) {
    this.#parts = parts
    this.#options = options
    this.#patienceMs = Math.max(LEAST_PATIENCE_MS, PATIENCE * (options.timeoutMs ?? 0))
  }

  read(requests: readonly RemoteRead[]): Promise<RemoteAnswer[]> {
    return attempt('SQLite', 'read values', async () => {
      const patience = this.#patience()
      const found: (RemoteAnswer | Held | undefined)[] = []
      while (found.length < requests.length) {
        if (found.length > 0) await this.#parts.timing.turn()
        const rest = requests.slice(found.length, found.length + MAX_READS)
        found.push(...(await this.#parts.file.run(patience, (connection) => this.#find(connection, rest))))
      }
      const missing = requests.filter((_, i) => found[i] === undefined)
      const granted = await this.#grant(missing, patience)
      return requests.map((request, i) => this.#answer(request, found[i] ?? granted.shift()))
    })
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
    return this.#write('start a write', (tables) => {
      const token = beginWrite(tables, this.#scope(), lease)
      this.#send(tables, announcement)
      return token
    })
  }

  invalidate({ keys = [], tags = [] }: RemoteChange, announcement?: string): Promise<void> {
    return this.#change('invalidate values', [
      ...keys.map(
        (name): Step =>
          (tables) =>
            invalidateKey(tables, this.#scope(), name),
      ),
      ...this.#marks(tags, undefined),
      (tables) => this.#send(tables, announcement),
    ])
  }

  expire(change: RemoteChange, at: number, announcement?: string): Promise<void> {
    const { keys = [], tags = [], everything = false } = change
    return this.#change('expire values', [
      ...keys.map(
        (name): Step =>
          (tables) =>
            expireKey(tables, this.#scope(), name, at),
      ),
      ...this.#marks(expiredTags(tags, everything), at),
      (tables) => this.#send(tables, announcement),
    ])
  }

  clear(announcement?: string): Promise<void> {
    return this.#change('clear a namespace', [
      (tables) => clearNamespace(tables, this.#scope()),
      (tables) => this.#send(tables, announcement),
    ])
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
    return { namespace, leaseMs, now: this.#parts.timing.now() }
  }

  #patience(): Patience {
    return new Patience(this.#parts.timing, this.#patienceMs)
  }

  /** Returns `undefined` for each lease that is to be granted. */
  #find(connection: Connection, requests: readonly RemoteRead[]): (RemoteAnswer | Held | undefined)[] {
    const [first] = requests
    // A transaction would be longer than a single statement.
    if (first !== undefined && requests.length === 1) return [this.#findOne(connection, first)]
    return connection.read(() => {
      const answers: (RemoteAnswer | Held | undefined)[] = []
      let bytes = 0
      for (const request of requests) {
        const answer = this.#findOne(connection, request)
        answers.push(answer)
        if (answer?.kind === 'value') bytes += answer.bytes.length
        if (bytes > MAX_READ_BYTES) break
      }
      return answers
    })
  }

  #findOne(connection: Connection, request: RemoteRead): RemoteAnswer | Held | undefined {
    const { tables } = connection
    const scope = this.#scope()
    const found = findValue(tables, scope, request)
    if (found !== undefined) {
      connection.visit(found.id)
      return found.answer
    }
    if (!request.lease) return { kind: 'absent' }
    const token = findHolder(tables, scope, request)
    return token === undefined ? undefined : { kind: 'busy', token }
  }

  async #grant(requests: readonly RemoteRead[], patience: Patience): Promise<(RemoteAnswer | Held)[]> {
    const answers: (RemoteAnswer | Held)[] = []
    try {
      while (answers.length < requests.length) {
        if (answers.length > 0) await this.#parts.timing.turn()
        const rest = requests.slice(answers.length, answers.length + MAX_READS)
        const slice = await this.#parts.file.run(patience, (connection) =>
          connection.write((tables) =>
            rest.map(
              (request) =>
                this.#findOne(connection, request) ??
                grantLease(tables, this.#scope(), request, this.#parts.unique()),
            ),
          ),
        )
        answers.push(...slice)
      }
    } catch (error) {
      if (!isBusy(error) && !isUnwritable(error)) throw error
      while (answers.length < requests.length) answers.push({ kind: 'refused' })
    }
    return answers
  }

  #answer({ name, version }: RemoteRead, found: RemoteAnswer | Held = { kind: 'refused' }): RemoteAnswer {
    if (!('token' in found) || found.kind !== 'busy') return found
    const handlers = this.#handlers
    const { namespace } = this.#options
    if (handlers !== undefined) {
      const onEnd = () => handlers.onWake(name)
      this.#parts.poll.waits.add({ namespace, name, version, token: found.token, onEnd })
    }
    return { kind: 'busy' }
  }

  #makeRoom(connection: Connection): void {
    const now = this.#parts.timing.now()
    connection.tables.entries.removeEnded(now, ENDED_PER_STORE)
    evict(connection, this.#parts.maxBytes, now, EVICTED_PER_STORE)
  }

  #send({ messages }: Tables, announcement: string | undefined): void {
    if (announcement === undefined) return
    const now = this.#parts.timing.now()
    messages.add(this.#options.namespace, now, announcement)
    messages.removeOld(OLD_PER_MESSAGE, now - MESSAGE_MS, MAX_MESSAGES)
  }

  #marks(tags: readonly string[], at: number | undefined): Step[] {
    const steps: Step[] = []
    for (let from = 0; from < tags.length; from += TAGS_PER_STEP) {
      const names = tags.slice(from, from + TAGS_PER_STEP)
      steps.push((tables) => markTags(tables, this.#scope(), names, at))
    }
    return steps
  }

  #write<T>(operation: string, work: (tables: Tables, connection: Connection) => T): Promise<T> {
    return attempt('SQLite', operation, () =>
      this.#parts.file.run(this.#patience(), (connection) =>
        connection.write((tables) => work(tables, connection)),
      ),
    )
  }

  #change(operation: string, steps: readonly Step[]): Promise<void> {
    return attempt('SQLite', operation, () =>
      runSteps(this.#parts.file, this.#parts.timing, this.#patience(), steps),
    )
  }
}
