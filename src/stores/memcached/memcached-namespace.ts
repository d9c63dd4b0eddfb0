/** A namespace of the store. All items of a name are on one server, the marks of the namespace and of tags on every server. */
import {
  attempt,
  type RemoteAnswer,
  type RemoteChange,
  type RemoteEntry,
  type RemoteLease,
  type RemoteNamespace,
  type RemoteRead,
  type StoreResult,
} from '../store.ts'
import { Changes } from './changes.ts'
import { ConnectionChangedError } from './client/connection-changed-error.ts'
import type { FailedServers } from './failed-servers.ts'
import { readCas } from './items/commands.ts'
import { ItemKeys } from './items/item-keys.ts'
import { type Lease, LeaseTokens, leaseOf } from './items/lease-token.ts'
import { secondsOf } from './items/lifetimes.ts'
import { Loads } from './loads.ts'
import { Reads } from './reads.ts'
import { SeenTags } from './seen-tags.ts'
import { type Server, Session } from './session.ts'
import { Writes } from './writes.ts'

/** The servers, and the server of each key. */
export interface Servers {
  readonly servers: readonly Server[]
  serverOf(key: string): Server
  close(): Promise<void>
}

export interface NamespaceOptions {
  readonly namespace: string
  readonly leaseMs: number
  readonly timeoutMs?: number | undefined
  readonly servers: Servers
  readonly failedServers: FailedServers
  /** Clock, in ms. */
  readonly now: () => number
}

/**
 * Part of the engine's time limit after which a server counts as late, if there are several: the answers of the others must be in
 * time.
 */
const PART_OF_LIMIT = 0.8

export class MemcachedNamespace implements RemoteNamespace {
  readonly readsTags = true
  readonly #servers: Servers
  readonly #failedServers: FailedServers
  readonly #now: () => number
  readonly #timeoutMs: number | undefined
  readonly #keys: ItemKeys
  readonly #reads: Reads
  readonly #loads: Loads
  readonly #writes: Writes
  readonly #changes: Changes

  constructor({ namespace, leaseMs, timeoutMs, servers, failedServers, now }: NamespaceOptions) {
    this.#servers = servers
    this.#failedServers = failedServers
    this.#now = now
    this.#timeoutMs = timeoutMs && timeoutMs * (servers.servers.length > 1 ? PART_OF_LIMIT : 1)
    this.#keys = new ItemKeys(namespace)
    const parts = {
      keys: this.#keys,
      tokens: new LeaseTokens(),
      seenTags: new SeenTags(),
      leaseSeconds: secondsOf(leaseMs),
    }
    this.#reads = new Reads(parts)
    this.#loads = new Loads(parts)
    this.#writes = new Writes(parts)
    this.#changes = new Changes(this.#keys)
  }

  read(requests: readonly RemoteRead[]): Promise<RemoteAnswer[]> {
    return run('read values', () => this.#read(requests))
  }

  store(entry: RemoteEntry): Promise<StoreResult> {
    return run('store a value', () =>
      this.#withLease<StoreResult>(entry, 'lost', (session, lease) =>
        lease.kind === 'write'
          ? this.#writes.store(session, entry, lease)
          : this.#loads.store(session, entry, lease),
      ),
    )
  }

  renew(lease: RemoteLease): Promise<boolean> {
    return run('renew a lease', () =>
      this.#withLease(lease, false, (session, parts) =>
        parts.kind === 'write'
          ? this.#writes.renew(session, lease, parts)
          : this.#loads.renew(session, lease, parts),
      ),
    )
  }

  release(lease: RemoteLease): Promise<void> {
    return run('release a lease', () =>
      this.#withLease(lease, undefined, (session, parts) =>
        parts.kind === 'write'
          ? this.#writes.release(session, lease, parts)
          : this.#loads.release(session, lease, parts),
      ),
    )
  }

  startWrite(
    name: string,
    version: string,
    _announcement?: string,
    tags: readonly string[] = [],
  ): Promise<string | undefined> {
    return run('start a write', () =>
      this.#writes.start(this.#session(this.#serverOf(name)), { name, version }, tags),
    )
  }

  invalidate({ keys = [], tags = [] }: RemoteChange): Promise<void> {
    return run('invalidate values', () =>
      this.#onEach(keys, tags.length > 0, (session, names) => this.#changes.invalidate(session, names, tags)),
    )
  }

  expire({ keys = [], tags = [], everything = false }: RemoteChange, at: number): Promise<void> {
    const shared = tags.map((tag) => this.#keys.tag(tag))
    if (everything) shared.push(this.#keys.namespace())
    return run('expire values', () =>
      this.#onEach(keys, shared.length > 0, (session, names) => {
        const marks = [...names.map((name) => this.#keys.name(name)), ...shared]
        return this.#changes.expire(session, marks, at)
      }),
    )
  }

  clear(): Promise<void> {
    return run('clear a namespace', () => this.#onEach([], true, (session) => this.#changes.clear(session)))
  }

  async #read(requests: readonly RemoteRead[]): Promise<RemoteAnswer[]> {
    const [only, ...others] = this.#servers.servers
    if (only !== undefined && others.length === 0)
      return await this.#reads.read(this.#session(only), requests)
    const groups = [
      ...this.#byServer(requests.map((request, i) => ({ name: request.name, item: { request, i } }))),
    ]
    const results = await Promise.allSettled(
      groups.map(([server, group]) => {
        const reading = this.#reads.read(
          this.#session(server),
          group.map(({ request }) => request),
        )
        return this.#failedServers.watch(server, reading)
      }),
    )
    // After rejections the engine makes no calls for a while, to no server.
    const failure = results.find((result) => result.status === 'rejected')
    if (failure !== undefined && this.#failedServers.areAll) throw failure.reason
    const answers: RemoteAnswer[] = []
    for (const [j, [, group]] of groups.entries()) {
      const result = results[j]
      for (const [k, { i }] of group.entries()) {
        const answer = result?.status === 'fulfilled' ? result.value[k] : undefined
        answers[i] = answer ?? {
          kind: 'failed',
          error: result?.status === 'rejected' ? result.reason : undefined,
        }
      }
    }
    return answers
  }

  /**
   * Runs an operation on a lease.
   *
   * @param ended result if the lease has ended
   */
  async #withLease<T>(
    { name, version, token }: RemoteLease,
    ended: T,
    operation: (session: Session, lease: Lease) => Promise<T>,
  ): Promise<T> {
    const server = this.#serverOf(name)
    const lease = leaseOf(token)
    if (lease === undefined) {
      // No such lease was granted, but the caller learns in any case if the server gives no answer.
      await this.#session(server).run([readCas(this.#keys.entry({ name, version }))])
      return ended
    }
    try {
      return await operation(this.#session(server, lease.connection), lease)
    } catch (error) {
      if (error instanceof ConnectionChangedError) return ended
      throw error
    }
  }

  /**
   * Runs a change on the servers of its names, or on all of them.
   *
   * @param everywhere true if the change concerns marks that every server has
   */
  async #onEach(
    names: readonly string[],
    everywhere: boolean,
    change: (session: Session, names: readonly string[]) => Promise<void>,
  ): Promise<void> {
    const groups = this.#byServer(names.map((name) => ({ name, item: name })))
    const servers = everywhere ? this.#servers.servers : [...groups.keys()]
    await Promise.all(servers.map((server) => change(this.#session(server), groups.get(server) ?? [])))
  }

  #byServer<T>(items: readonly { name: string; item: T }[]): Map<Server, T[]> {
    const groups = new Map<Server, T[]>()
    for (const { name, item } of items) {
      const server = this.#serverOf(name)
      const group = groups.get(server)
      if (group === undefined) groups.set(server, [item])
      else group.push(item)
    }
    return groups
  }

  #serverOf(name: string): Server {
    return this.#servers.serverOf(this.#keys.name(name))
  }

  #session(server: Server, connection?: number): Session {
    return new Session(server, { now: this.#now, timeoutMs: this.#timeoutMs }, connection)
  }
}

function run<T>(operation: string, call: () => Promise<T>): Promise<T> {
  return attempt('Memcached', operation, call)
}
