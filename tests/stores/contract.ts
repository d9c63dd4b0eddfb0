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
import type { ContractOptions, OpenedStore } from './contract/opened-store.ts'
import { describeOutage } from './contract/outage.ts'
import { describeTags } from './contract/tags.ts'
import { describeWrites } from './contract/writes.ts'

export { assertBytes } from './contract/namespaces.ts'
export type { ContractOptions, OpenedStore } from './contract/opened-store.ts'
export { describeFailingClient } from './contract/outage.ts'

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

    // Bun allows 5 s, in which a cluster may not be ready on a busy machine.
    before(async () => namespaces.use(await open()), { timeout: 60_000 })
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
