/** A remote store in memory with leases, tags and messages: records its operations, and can be down, silent or delayed. */

import { connectRemote } from '../../src/cache/remote/connect-remote.ts'
import { CONNECT, type SharedTier } from '../../src/cache/shared-tier.ts'
import {
  attempt,
  type RemoteEntry,
  type RemoteHandlers,
  type RemoteNamespace,
  type RemoteStore,
  type StoreCapabilities,
  type StoreResult,
} from '../../src/stores/store.ts'
import { FakeBus } from './fake-store/fake-bus.ts'
import { type FakeEntry, NamespaceState } from './fake-store/namespace-state.ts'

export type { FakeEntry } from './fake-store/namespace-state.ts'
export { entryKey } from './fake-store/namespace-state.ts'

export type RemoteOperation =
  | 'read'
  | 'store'
  | 'renew'
  | 'release'
  | 'startWrite'
  | 'invalidate'
  | 'expire'
  | 'clear'
  | 'announce'
  | 'ping'

/** Several caches that use one fake store share its entries, leases and messages, like processes that share a server. */
export interface FakeRemoteStore extends Omit<RemoteStore, 'close'>, SharedTier {
  /** The stored values by {@link entryKey}, for tests to read and change. */
  readonly entries: Map<string, FakeEntry>
  /** The operations since the start, in order. */
  readonly operations: RemoteOperation[]
  /**
   * `down`: every operation rejects. `silent`: every operation stays pending. `read-only`: as a full server, which returns values,
   * removes, and sends messages, but grants no lease and stores nothing.
   */
  mode: 'up' | 'down' | 'silent' | 'read-only'
  /** Number of open subscriptions. */
  readonly subscribers: number
  /** Delivers waiting messages, of all subscribers or of one by its place in the order of subscription; at most `limit` each. */
  deliver(subscriber?: number, limit?: number): void
  /** Disconnects all subscribers or one. Their messages are lost until `connect`. */
  disconnect(subscriber?: number): void
  connect(subscriber?: number): void
  /** Loses the invalidated tags of every namespace, but no entry. */
  evictTable(): void
  /** Loses everything, without a message. */
  flushAll(): void
}

export interface FakeRemoteStoreOptions {
  /** Runs before an operation reads or writes the entries: it rejects with an error thrown here, or waits for the promise. */
  before?: (operation: RemoteOperation) => void | Promise<void>
  /** Runs after an operation has read or written the entries, and delays its result. */
  after?: (operation: RemoteOperation) => void | Promise<void>
  /** Clock of the server, epoch ms. Default: `Date.now`. */
  now?: () => number
  /** Default: leases and consistent. Without leases every reader gets a lease, and every value is stored. */
  capabilities?: Partial<StoreCapabilities>
  /** False for a store without `announce` and `subscribe`. Default: true. */
  messages?: boolean
  /** `manual`: messages wait for `deliver()`. Default: `at once`, inside the operation that sends them. */
  delivery?: 'at once' | 'manual'
  /** False if subscriptions wait for `connect()`. Default: true, within `subscribe`. */
  connected?: boolean
  /** Size of the largest value in bytes. Default: unlimited. */
  maxBytes?: number
}

export function fakeRemoteStore(options: FakeRemoteStoreOptions = {}): FakeRemoteStore {
  const { now = Date.now, messages = true, delivery = 'at once', connected = true } = options
  const { maxBytes = Infinity } = options
  const capabilities = { leases: true, consistent: true, ...options.capabilities }
  const entries = new Map<string, FakeEntry>()
  const states = new Map<string, NamespaceState>()
  const bus = new FakeBus(delivery === 'manual')
  let count = 0

  function stateOf(namespace: string): NamespaceState {
    const state =
      states.get(namespace) ??
      new NamespaceState({
        namespace,
        entries,
        now,
        unique: () => ++count,
        onLeaseEnd: (name) => bus.send(namespace, (handlers) => handlers.onWake(name)),
        hasLeases: capabilities.leases,
      })
    states.set(namespace, state)
    return state
  }

  function send(namespace: string, announcement: string): void {
    bus.send(namespace, (handlers) => handlers.onAnnouncement(announcement))
  }

  function perform<T>(operation: RemoteOperation, work: () => T, needsMemory = false): Promise<T> {
    fake.operations.push(operation)
    return attempt('Fake', operation, async () => {
      if (fake.mode === 'down') throw new Error('connection refused')
      if (fake.mode === 'silent') return new Promise<T>(() => {})
      if (fake.mode === 'read-only' && needsMemory) throw new Error('out of memory')
      await options.before?.(operation)
      const result = work()
      await options.after?.(operation)
      return result
    })
  }

  const fake: FakeRemoteStore = {
    name: 'fake',
    capabilities,
    entries,
    operations: [],
    mode: 'up',
    get subscribers() {
      return bus.size
    },
    open({ namespace, leaseMs }) {
      const state = stateOf(namespace)
      return {
        ...operationsOn(state, leaseMs, perform, {
          canWrite: () => fake.mode !== 'read-only',
          accepts: (bytes) => bytes.length <= maxBytes,
          send: (announcement) => send(namespace, announcement),
        }),
        ...(messages && {
          announce: (announcement: string) => perform('announce', () => send(namespace, announcement)),
          subscribe: (handlers: RemoteHandlers) => bus.subscribe(namespace, handlers, connected),
        }),
      }
    },
    ping: () => perform('ping', () => {}),
    close: async () => {},
    [CONNECT]: (core, cacheOptions) => connectRemote(core, fake, cacheOptions),
    deliver: (subscriber, limit) => bus.deliver(subscriber, limit),
    disconnect: (subscriber) => bus.setConnected(false, subscriber),
    connect: (subscriber) => bus.setConnected(true, subscriber),
    evictTable: () => {
      for (const state of states.values()) state.loseTable()
    },
    flushAll: () => {
      entries.clear()
      for (const state of states.values()) state.lose()
    },
  }
  return fake
}

/** @param needsMemory true if a full server refuses the operation. */
type Perform = <T>(operation: RemoteOperation, work: () => T, needsMemory?: boolean) => Promise<T>

interface Server {
  canWrite(): boolean
  accepts(bytes: Uint8Array): boolean
  send(announcement: string): void
}

function operationsOn(
  state: NamespaceState,
  leaseMs: number,
  perform: Perform,
  { canWrite, accepts, send }: Server,
): RemoteNamespace {
  function change(announcement: string | undefined, work: () => void): () => void {
    return () => {
      work()
      if (announcement !== undefined) send(announcement)
    }
  }

  function storeIfAccepted(entry: RemoteEntry): StoreResult {
    if (accepts(entry.bytes)) return state.store(entry)
    state.release(entry)
    return 'too-large'
  }

  return {
    read: (requests) =>
      perform('read', () => requests.map((request) => state.answer(request, leaseMs, canWrite()))),
    store: (entry) => perform('store', () => storeIfAccepted(entry), true),
    renew: (lease) => perform('renew', () => state.renew(lease, leaseMs)),
    release: (lease) => perform('release', () => state.release(lease)),
    startWrite: (name, version, announcement) =>
      perform(
        'startWrite',
        () => {
          const token = state.startWrite(name, version, leaseMs)
          if (announcement !== undefined) send(announcement)
          return token
        },
        true,
      ),
    invalidate: (changed, announcement) =>
      perform(
        'invalidate',
        change(announcement, () => state.invalidate(changed, canWrite())),
      ),
    expire: (changed, at, announcement) =>
      perform(
        'expire',
        change(announcement, () => state.expire(changed, at)),
        true,
      ),
    clear: (announcement) =>
      perform(
        'clear',
        change(announcement, () => state.clear()),
      ),
  }
}
