/** The contract of every remote store: one suite that runs with a real server, and one with a client that fails. */
import { after, before, describe, it } from 'node:test'
import type { RemoteStore } from '../../src/stores/store.ts'
import { describeBytes } from './contract/bytes.ts'
import { describeChanges } from './contract/changes.ts'
import { describeLeases } from './contract/leases.ts'
import { describeLifetimes } from './contract/lifetimes.ts'
import { describeMessages } from './contract/messages.ts'
import { describeModel } from './contract/model.ts'
import { describeNames } from './contract/names.ts'
import { ContractNamespaces } from './contract/namespaces.ts'
import { describeOutage } from './contract/outage.ts'
import { describeTags } from './contract/tags.ts'
import { describeWrites } from './contract/writes.ts'

export { assertBytes } from './contract/namespaces.ts'
export { describeFailingClient } from './contract/outage.ts'

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

/**
 * Registers the tests that the capabilities of the store allow.
 *
 * @param open returns an empty store with a real server; called once
 * @param capabilities those that the store must declare
 */
export function describeRemoteStore(
  name: string,
  open: () => Promise<OpenedStore>,
  options: ContractOptions,
  capabilities: RemoteStore['capabilities'] = { leases: true, consistent: true },
): void {
  describe(`${name} fulfils the contract of a remote store`, { skip: options.skip ?? false }, () => {
    const namespaces = new ContractNamespaces(capabilities)

    before(async () => namespaces.use(await open()))
    after(() => namespaces.opened.close())

    describeBytes(namespaces, options)
    describeNames(namespaces)
    describeLeases(namespaces, options)
    describeTags(namespaces)
    describeWrites(namespaces)
    describeChanges(namespaces)
    describeMessages(namespaces)
    describeLifetimes(namespaces, options)
    describeModel(namespaces, options)

    it('ping resolves, also when repeated', async () => {
      await namespaces.opened.store.ping()
      await namespaces.opened.store.ping()
    })

    describeOutage(namespaces) // last, because the server does not come back
  })
}
