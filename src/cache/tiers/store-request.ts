/** Values to store in the tiers, and the result of storing one. */
import type { Entry } from '../../stores/entry.ts'
import type { Lifetime, LoadedOptions, TagOptions } from '../lifetime.ts'
import type { Lease } from '../remote/lease.ts'
import type { Resolved } from '../resolve-options.ts'
import type { Codec } from '../values/codec.ts'

/** A loaded value to store. */
export interface StoreRequest {
  /** The key that was loaded. */
  storeKey: string
  value: unknown
  options: Resolved<LoadedOptions> & TagOptions
  /** Invalidation sequence number at the start of the load. */
  sequence: number
  codec?: Codec | undefined
  /** The right to store the value in the remote tier. */
  lease?: Lease | undefined
  /** The older entry in the remote tier; `undefined` if there is none, or it is not known. */
  remoteEntry?: Entry | undefined
  /** Duration of the load, in ms. */
  loadMs: number
  /** The current time, epoch ms. */
  now: number
}

/** A value that the application writes. */
export type WriteRequest = Pick<StoreRequest, 'storeKey' | 'value' | 'codec'> & {
  options: Resolved<Lifetime>
}

/** Result of `store`. `entry` is undefined if nothing was stored. `remoteWrite` resolves when the remote tier has answered. */
export interface StoreResult {
  entry: Entry | undefined
  remoteWrite: Promise<void> | undefined
}
