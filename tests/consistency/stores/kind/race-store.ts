/** A store in a race: each cache has a way to it of its own, as a process has. */
import type { FaultProxy } from '../../../servers/fault-proxy.ts'
import type { Connection } from './address.ts'

export interface RaceStore<Link extends RaceLink = RaceLink> {
  openLink(): Promise<Link>
  /** Ends the store, after its links. */
  end(): Promise<void>
}

export interface RaceLink extends Connection {
  /** Loses the store, so that a cache that is closed does not wait for it. */
  cutOff?(): Promise<void>
}

/** The way to a server. */
export interface ProxiedRaceLink extends RaceLink {
  readonly proxy: FaultProxy
}
