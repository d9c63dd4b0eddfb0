/** A remote store in memory: records its operations, and can be down, silent or delayed. */
import type { RemoteStore } from '../../src/stores/store.ts'

export type RemoteOperation = 'get' | 'getMany' | 'set' | 'delete' | 'ping'

export interface FakeRemoteStore extends RemoteStore {
  /** The stored bytes by key, for tests to read and change. */
  readonly entries: Map<string, Uint8Array>
  /** The operations since the start, in order. */
  readonly operations: RemoteOperation[]
  /** `down`: every operation rejects. `silent`: every operation stays pending. */
  mode: 'up' | 'down' | 'silent'
}

export interface FakeRemoteStoreOptions {
  /** Runs before an operation reads or writes the entries: it rejects with an error thrown here, or waits for the promise. */
  before?: (operation: RemoteOperation) => void | Promise<void>
  /** Runs after an operation has read or written the entries, and delays its result. */
  after?: (operation: RemoteOperation) => void | Promise<void>
}

export function fakeRemoteStore({ before, after }: FakeRemoteStoreOptions = {}): FakeRemoteStore {
  const entries = new Map<string, Uint8Array>()

  async function perform<T>(operation: RemoteOperation, work: () => T): Promise<T> {
    fake.operations.push(operation)
    if (fake.mode === 'down') throw new Error('connection refused')
    if (fake.mode === 'silent') return new Promise<T>(() => {})
    await before?.(operation)
    const result = work()
    await after?.(operation)
    return result
  }

  const fake: FakeRemoteStore = {
    name: 'fake',
    entries,
    operations: [],
    mode: 'up',
    get: (key) => perform('get', () => entries.get(key)),
    getMany: (keys) => perform('getMany', () => keys.map((key) => entries.get(key))),
    set: (key, bytes) => perform('set', () => void entries.set(key, bytes)),
    delete: (key) => perform('delete', () => void entries.delete(key)),
    ping: () => perform('ping', () => {}),
  }
  return fake
}
