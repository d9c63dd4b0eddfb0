/** A store under test, and what its tests must know of it. */
import type { RemoteStore } from '../../../src/stores/store.ts'

export interface OpenedStore {
  /** An empty store. */
  store: RemoteStore
  /** A store of a second client of the same server. Default: `store`, so that both processes share a client. */
  other?: RemoteStore
  /** Loses a part of the server's state at random, as by eviction or a flush. Absent: the model test loses nothing. */
  loseState?(random: () => number): Promise<void>
  /** Loses the state by which tags are invalidated, of all namespaces, but no value. Absent: not tested. */
  loseTags?(): Promise<void>
  /** Ends the server; resolves when the client has noticed. */
  loseServer(): Promise<void>
  /** Ends the client, and the server if it still runs. */
  close(): Promise<void>
}

export interface ContractOptions {
  /** The reason to skip the suite. */
  skip?: string | false
  /** A lifetime in ms that is short enough to wait for, or the reason why there is none. */
  shortLifetime: number | string
  /** A time in ms after which a lease runs out, short enough to wait for. Default: 100. */
  shortLease?: number
  /** False if the store cannot see that a lease which it grants has run out for another reader. Default: true. */
  seesRunOutLeases?: boolean
  /** Size of the largest value in bytes. Default: 1 MiB less 4 KiB. */
  largest?: number
  /** Steps of each process in the model test. Default: 150. */
  modelSteps?: number
}
