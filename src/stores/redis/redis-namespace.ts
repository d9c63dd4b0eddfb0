/** A namespace of the store: wraps errors, and subscribes to messages. */
import {
  attempt,
  type RemoteAnswer,
  type RemoteChange,
  type RemoteEntry,
  type RemoteHandlers,
  type RemoteLease,
  type RemoteNamespace,
  type RemoteRead,
} from '../store.ts'
import type { ChannelHandlers } from './clients/redis-connection.ts'
import type { RedisNames } from './names.ts'
import type { NamespaceOperations } from './namespace-operations.ts'

export type Subscribe = (channels: readonly string[], handlers: ChannelHandlers) => () => Promise<void>

export interface RedisNamespaceParts {
  readonly operations: NamespaceOperations
  readonly names: RedisNames
  /** Identifies this process among those that wait for leases. */
  readonly processId: () => string
  /** Receives the messages of channels; absent if the client cannot. */
  readonly subscribe: Subscribe | undefined
}

export function openNamespace(parts: RedisNamespaceParts): RemoteNamespace {
  const { operations, names, processId } = parts
  let waiter = '' // set while this process is subscribed

  function run<T>(operation: string, call: () => Promise<T>): Promise<T> {
    return attempt('Redis', operation, call)
  }

  function subscribe(handlers: RemoteHandlers): () => Promise<void> {
    let wasConnected: boolean | undefined
    const wake = `${names.wake}${processId()}`
    const close = parts.subscribe?.([names.bus, wake], {
      onMessage(channel, message) {
        if (channel === wake) handlers.onWake(message)
        else handlers.onAnnouncement(message)
      },
      onConnection(isConnected) {
        if (isConnected === wasConnected) return
        wasConnected = isConnected
        waiter = isConnected ? processId() : ''
        handlers.onConnection(isConnected)
      },
    })
    return async () => {
      waiter = ''
      await close?.()
    }
  }

  return {
    read: (requests: readonly RemoteRead[]): Promise<RemoteAnswer[]> =>
      run('read values', () => operations.read(requests, waiter)),
    store: (entry: RemoteEntry) => run('store a value', () => operations.store(entry)),
    renew: (lease: RemoteLease) => run('renew a lease', () => operations.renew(lease)),
    release: (lease: RemoteLease) => run('release a lease', () => operations.release(lease)),
    startWrite: (name: string, version: string, announcement?: string) =>
      run('start a write', () => operations.startWrite(name, version, announcement)),
    invalidate: (change: RemoteChange, announcement?: string) =>
      run('invalidate values', () => operations.invalidate(change, announcement)),
    expire: (change: RemoteChange, at: number, announcement?: string) =>
      run('expire values', () => operations.expire(change, at, announcement)),
    clear: (announcement?: string) => run('clear a namespace', () => operations.clear(announcement)),
    announce: (announcement: string) => run('publish a message', () => operations.announce(announcement)),
    ...(parts.subscribe !== undefined && { subscribe }),
  }
}
