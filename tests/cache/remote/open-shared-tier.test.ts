import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createCache } from '../../../src/cache/create-cache.ts'
import { sharedTier } from '../../../src/cache/remote/open-shared-tier.ts'
import { fakeRemoteStore } from '../../support/fake-remote-store.ts'

describe('sharedTier', () => {
  it('a store of the application is the shared tier of a cache', async () => {
    const store = fakeRemoteStore({ messages: false })
    const { name, capabilities, open } = store
    const remote = sharedTier({ name, capabilities, open, ping: () => store.ping() })
    assert.deepEqual([remote.name, remote.capabilities], ['fake', capabilities])
    await remote.ping()
    await createCache({ remote }).write('k', 'v')
    assert.equal(
      (await createCache({ remote }).read('k', () => assert.fail('the value is stored'))).value,
      'v',
    )
    assert.deepEqual(store.operations, ['ping', 'startWrite', 'store', 'read'])
  })

  it('a shared tier closes what its store has opened', async () => {
    const { name, capabilities, open, ping } = fakeRemoteStore()
    let closed = 0
    const close = async () => void closed++
    await sharedTier({ name, capabilities, open, ping, close }).close()
    assert.equal(closed, 1)
    await sharedTier({ name, capabilities, open, ping }).close() // the application closes its client itself
  })

  it('an object that lacks a method of a store is rejected', () => {
    const notAStore = { name: 'mine', ping: async () => {} } as never
    assert.throws(() => sharedTier(notAStore), {
      name: 'TypeError',
      message: 'sharedTier: store must be a remote store with open and ping, got an object',
    })
  })
})
