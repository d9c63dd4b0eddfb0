/** The outages of one kind of store, each with its beginning and its end. */
import type { Address } from './address.ts'

export interface Outage<Lab> {
  /**
   * True if reads must find out that the tier is out; false if they must go on. Default: neither, because it ends early or concerns
   * writes only.
   */
  opensBreaker?: boolean
  /** Value of a key during the outage. Default: the key. */
  valueAt?(key: string): string
  /** The reason why this machine cannot have it. Default: false. */
  skip?: string | false
  /** True if the process of the cache must not be root, who may write to every file. Default: false. */
  needsOrdinaryUser?: boolean
  begin(lab: Lab): Promise<unknown>
  end(lab: Lab): Promise<unknown>
}

/** A store that the test can break. */
export interface OutageLab {
  address(client: string): Address
  /** Number of keys that must be hits before the store counts as used again. Default: 1. */
  hits?: number
  end(): Promise<void>
}

/** The outages of a kind, without the type of its lab. */
export interface OutageKind<Name extends string = string> {
  /** Names of the outages. */
  names: readonly Name[]
  opensBreaker(name: Name): boolean | undefined
  skip(name: Name): string | false
  needsOrdinaryUser(name: Name): boolean
  /** True if the values are at fault, and not the store. */
  concernsValues(name: Name): boolean
  /** Starts a store for one outage. */
  start(name: Name): Promise<StartedOutage>
}

export interface StartedOutage extends Required<OutageLab> {
  valueAt(key: string): string
  /** Breaks the store. */
  begin(): Promise<unknown>
  /** Repairs it. */
  repair(): Promise<unknown>
}

export function outageKind<Name extends string, Lab extends OutageLab>(
  outages: Readonly<Record<Name, Outage<Lab>>>,
  startLab: (name: Name) => Promise<Lab>,
): OutageKind<Name> {
  return {
    names: Object.keys(outages) as Name[], // the keys of the record
    opensBreaker: (name) => outages[name].opensBreaker,
    skip: (name) => outages[name].skip ?? false,
    needsOrdinaryUser: (name) => outages[name].needsOrdinaryUser ?? false,
    concernsValues: (name) => outages[name].valueAt !== undefined,
    async start(name) {
      const { valueAt = (key: string) => key, begin, end } = outages[name]
      const lab = await startLab(name)
      return {
        address: (client) => lab.address(client),
        hits: lab.hits ?? 1,
        end: () => lab.end(),
        valueAt,
        begin: () => begin(lab),
        repair: () => end(lab),
      }
    },
  }
}
