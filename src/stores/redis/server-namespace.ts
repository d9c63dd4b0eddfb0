/** A namespace on a single server: every operation is one round trip. */
import type { RemoteAnswer, RemoteChange, RemoteEntry, RemoteLease, RemoteRead } from '../store.ts'
import type { RedisConnection } from './clients/redis-connection.ts'
import { expiredTags } from './expired-tags.ts'
import type { RedisNames } from './names.ts'
import type { NamespaceOperations } from './namespace-operations.ts'
import { answerOf } from './replies.ts'
import type { Script, ScriptRunner } from './script-runner.ts'
import {
  expireScript,
  readScript,
  releaseScript,
  renewScript,
  startWriteScript,
  storeScript,
} from './scripts/entry-scripts.ts'
import { tableParts } from './scripts/prelude.ts'
import { tagsScript } from './scripts/table-scripts.ts'
import { sliced } from './sliced.ts'
import { textOf } from './value-text.ts'

/** Numbers of keys and tags in one call, so that no call occupies the server for long. */
const MAX_READS = 256
const MAX_KEYS = 500
const MAX_TAGS = 2000

const read: Script = { body: readScript(tableParts) }
const store: Script = { body: storeScript(tableParts) }
const renew: Script = { body: renewScript }
const release: Script = { body: releaseScript }
const startWrite: Script = { body: startWriteScript(tableParts) }
const expire: Script = { body: expireScript }
const mark: Script = { body: tagsScript }

export interface NamespaceParts {
  readonly connection: RedisConnection
  readonly scripts: ScriptRunner
  readonly names: RedisNames
  readonly leaseMs: number
  /** Returns another text at each call. */
  readonly unique: () => string
}

export class ServerNamespace implements NamespaceOperations {
  readonly #connection: RedisConnection
  readonly #scripts: ScriptRunner
  readonly #names: RedisNames
  readonly #leaseMs: string
  readonly #unique: () => string

  constructor({ connection, scripts, names, leaseMs, unique }: NamespaceParts) {
    this.#connection = connection
    this.#scripts = scripts
    this.#names = names
    this.#leaseMs = `${leaseMs}`
    this.#unique = unique
  }

  async read(requests: readonly RemoteRead[], waiter: string): Promise<RemoteAnswer[]> {
    if (requests.length <= MAX_READS) return await this.#readSlice(requests, waiter)
    const slices = await Promise.all(
      sliced(requests, MAX_READS).map((slice) => this.#readSlice(slice, waiter)),
    )
    return slices.flat()
  }

  async #readSlice(requests: readonly RemoteRead[], waiter: string): Promise<RemoteAnswer[]> {
    const replies = await this.#run(read, namesOf(requests), this.#readArgs(requests, waiter))
    return requests.map((_, i) => answerOf(replies[2 * i], replies[2 * i + 1]))
  }

  #readArgs(requests: readonly RemoteRead[], waiter: string): string[] {
    const args = [this.#leaseMs, waiter]
    for (const { version, not, lease } of requests) args.push(version, not ?? '', lease ? 'lease' : '')
    return args
  }

  async store({ name, version, token, bytes, tags, ttlMs }: RemoteEntry): Promise<'stored' | 'lost'> {
    const text = textOf(bytes)
    const args = [token, version, text, tags.join(' '), `${ttlMs}`, this.#names.wake, name, '-']
    const [result] = await this.#run(store, [name], args)
    return result === 'stored' ? 'stored' : 'lost'
  }

  async renew({ name, version, token }: RemoteLease): Promise<boolean> {
    const [result] = await this.#run(renew, [name], [token, version, this.#leaseMs])
    return result === 'renewed'
  }

  async release({ name, version, token }: RemoteLease): Promise<void> {
    await this.#run(release, [name], [token, version, this.#names.wake, name])
  }

  async startWrite(name: string, version: string, announcement?: string): Promise<string | undefined> {
    const publish = announcement === undefined ? ['', ''] : [this.#names.bus, announcement]
    const args = [version, this.#leaseMs, this.#names.wake, name, ...publish]
    const [result, token] = await this.#run(startWrite, [name], args)
    return result === 'lease' ? String(token) : undefined
  }

  /** A connection that keeps the order of commands needs no wait between them, so all are sent in one tick. */
  async invalidate({ keys = [], tags = [] }: RemoteChange, announcement?: string): Promise<void> {
    const { command, isOrdered } = this.#commands()
    const isLast = isOrdered && tags.length > 0 && tags.length <= MAX_TAGS
    const changes: Promise<unknown>[] = sliced(keys, MAX_KEYS).map((slice) =>
      command(['DEL', ...slice.map(this.#names.entry)]),
    )
    changes.push(...this.#mark(tags, '', isLast ? announcement : undefined))
    if (!isOrdered || (tags.length > 0 && !isLast)) await Promise.all(changes.splice(0))
    if (announcement !== undefined && !isLast) changes.push(this.announce(announcement))
    await Promise.all(changes)
  }

  async expire(change: RemoteChange, at: number, announcement?: string): Promise<void> {
    const time = `${Math.round(at)}`
    await Promise.all([
      ...sliced(change.keys ?? [], MAX_KEYS).map((slice) => this.#run(expire, slice, [time, '', ''])),
      ...this.#mark(expiredTags(change), time, undefined),
    ])
    if (announcement !== undefined) await this.announce(announcement)
  }

  async clear(announcement?: string): Promise<void> {
    const { command, isOrdered } = this.#commands()
    const cleared = command(['DEL', ...this.#names.table])
    if (!isOrdered) await cleared
    await Promise.all([cleared, announcement === undefined ? undefined : this.announce(announcement)])
  }

  async announce(announcement: string): Promise<void> {
    await this.#connection.command(['PUBLISH', this.#names.bus, announcement])
  }

  #mark(tags: readonly string[], at: string, announcement: string | undefined): Promise<unknown>[] {
    const publish = announcement === undefined ? ['', ''] : [this.#names.bus, announcement]
    return sliced(tags, MAX_TAGS).map((slice) => this.#run(mark, [], [at, ...publish, ...slice]))
  }

  #commands() {
    const connection = this.#connection
    return {
      isOrdered: connection.isOrdered,
      // Async, so that a client that throws at once does not leave other calls unhandled.
      command: async (args: readonly string[]) => connection.command(args),
    }
  }

  #run(script: Script, names: readonly string[], args: readonly string[]): Promise<readonly unknown[]> {
    const keys = [...this.#names.table, ...names.map(this.#names.entry)]
    return this.#scripts.run(script, keys, [this.#unique(), '', ...args])
  }
}

function namesOf(requests: readonly RemoteRead[]): string[] {
  return requests.map(({ name }) => name)
}
