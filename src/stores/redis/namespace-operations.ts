/** The operations of a namespace that differ between a single server and a cluster. They reject with the client's errors. */
import type { RemoteAnswer, RemoteNamespace, RemoteRead } from '../store.ts'

type Shared = Pick<
  RemoteNamespace,
  'store' | 'renew' | 'release' | 'startWrite' | 'invalidate' | 'expire' | 'clear'
>

export interface NamespaceOperations extends Shared {
  /** @param waiter id of this process if it has subscribed, otherwise empty. */
  read(requests: readonly RemoteRead[], waiter: string): Promise<RemoteAnswer[]>
  announce(announcement: string): Promise<void>
}
