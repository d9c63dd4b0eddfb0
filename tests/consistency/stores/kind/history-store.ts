/** A store in a history: one that several processes use, and that fails at random. */
import type { ProcessRuntime } from '../../../runtimes/running-service.ts'
import type { Dice } from '../../../support/interleavings/dice.ts'
import type { Address } from './address.ts'

export interface ProcessKind {
  runtime: ProcessRuntime
  /** Name of a client, for a store that has several. */
  client?: string
  hasMemory: boolean
}

/** The description of one kind of store. */
export interface HistoryKind {
  name: string
  skip: string | false
  /** The processes of the short history. */
  processes: readonly ProcessKind[]
  promise: AgePromise
  start(dice: Dice): Promise<HistoryStore>
}

/** The age that a value may have. A value of the shared tier is never old: it has none of the invalidations that were confirmed. */
export interface AgePromise {
  /** Time in ms for which the memory of a process may answer with what another process has invalidated. */
  memoryMs(options: { maxUnsyncedMs: number; hasFaults: boolean }): number
  /**
   * True if a read may join a read or a load of its process that began before an invalidation in another process, as long as no
   * message has arrived. Its value is as old as what it joined. Default: false.
   */
  joinsOlder?: boolean
  /** The reason for that time. */
  because: string
}

export interface HistoryStore {
  /** An address at which only the faults of the store itself take effect. */
  readonly address: Address
  /** Number of times that each fault has occurred. */
  readonly occurred: Readonly<Record<string, number>>
  /** Makes one fault of the store. */
  breakStore(): Promise<void>
  /** Returns the way of one process to the store. */
  openLink(kind: ProcessKind): Promise<StoreLink>
  end(): Promise<void>
}

/** The way of one process to the store, with faults of its own. */
export interface StoreLink {
  readonly address: Address
  /**
   * Makes one fault, for a while.
   *
   * @param pid the process.
   * @param meanwhile called while the process cannot reach the store.
   */
  break(pid: number, meanwhile: () => Promise<void>): Promise<void>
  end(): Promise<void>
}
