import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Lease, resultOfStore } from '../../../src/cache/remote/lease.ts'
import { StoreCalls } from '../../../src/cache/remote/store-calls.ts'
import type { RemoteAnswer } from '../../../src/stores/store.ts'
import { type FakeRemoteStoreOptions, fakeRemoteStore } from '../../support/fake-remote-store.ts'
import { testCore } from '../../support/shared-tier/test-core.ts'

const READ = { name: 'key', version: 'v' }
const ENTRY = { bytes: Uint8Array.of(1), tags: ['red'], ttlMs: 60_000 }

/** A lease of one process, and the namespace of another. */
async function setUp(options: FakeRemoteStoreOptions = {}) {
  const parts = testCore()
  const store = fakeRemoteStore({ now: parts.clock.now, ...options })
  const calls = new StoreCalls(parts.core, store, 50)
  const entries = store.open({ namespace: 'n', leaseMs: 1000 })
  const ask = async (): Promise<RemoteAnswer> => {
    const [answer] = await entries.read([{ ...READ, lease: true }])
    return answer ?? assert.fail('no answer')
  }
  const granted = await ask()
  assert.ok(granted.kind === 'lease')
  const granting = { core: parts.core, calls, entries, leaseMs: 1000 }
  const lease = new Lease(granting, { ...READ, token: granted.token }, false)
  const leaseEvents = () => parts.events.flatMap((event) => (event.type === 'lease' ? [event.result] : []))
  return { ...parts, store, calls, entries, ask, lease, leaseEvents }
}

describe('Lease', () => {
  it('a lease stores its value, and its token is the id of the value', async () => {
    const { lease, ask, leaseEvents } = await setUp()
    assert.deepEqual(await lease.store(ENTRY), { id: lease.token })
    const answer = await ask()
    assert.deepEqual(answer.kind === 'value' && [answer.id, answer.bytes], [lease.token, ENTRY.bytes])
    assert.deepEqual(leaseEvents(), ['granted', 'stored'])
  })

  it('a lease is renewed while its load runs, so that no other process gets it', async () => {
    const { ask, pass, operations } = await setUp()
    await pass(20_000)
    assert.equal((await ask()).kind, 'busy')
    assert.ok(operations().length > 50)
  })

  it('a lease is not renewed after 30 seconds, because its load may never end', async () => {
    const { ask, pass, clock } = await setUp()
    await pass(30_000)
    assert.equal((await ask()).kind, 'busy')
    await pass(1500)
    assert.deepEqual(
      { ...(await ask()), token: undefined },
      { kind: 'lease', token: undefined, takenOver: true },
    )
    assert.equal(clock.pendingTimers(), 0)
  })

  it('a lease that was revoked is not renewed again, and stores nothing', async () => {
    const { entries, lease, pass, operations, leaseEvents, clock } = await setUp()
    await entries.invalidate({ keys: ['key'] })
    await pass(2000)
    assert.deepEqual(operations(), ['renew lost'])
    assert.equal(clock.pendingTimers(), 0)
    assert.equal(await lease.store(ENTRY), 'lost')
    assert.deepEqual([operations(), leaseEvents()], [['set lost'], ['granted', 'lost']])
  })

  it('a lease is renewed although one renewal has failed', async () => {
    const { ask, pass, store, operations } = await setUp()
    store.mode = 'down'
    await pass(350)
    store.mode = 'up'
    await pass(5000)
    assert.equal((await ask()).kind, 'busy')
    assert.deepEqual(operations().slice(0, 2), ['renew error', 'renew ok'])
  })

  it('a lease ends once: by storing or by a release', async () => {
    const stored = await setUp()
    await stored.lease.store(ENTRY)
    await stored.lease.release()
    assert.equal(await stored.lease.store(ENTRY), undefined)
    assert.deepEqual(stored.leaseEvents(), ['granted', 'stored'])
    assert.deepEqual(stored.operations(), ['set ok'])
    const released = await setUp()
    await released.lease.release()
    await released.lease.release()
    assert.equal(await released.lease.store(ENTRY), undefined)
    assert.deepEqual(released.leaseEvents(), ['granted', 'released'])
    assert.equal((await released.ask()).kind, 'lease')
    assert.equal(released.clock.pendingTimers(), 0)
  })

  it('a lease is released if the store has refused its value, so that other processes do not wait', async () => {
    const { lease, pass, ask, operations, leaseEvents } = await setUp({
      before(operation) {
        if (operation === 'store') throw new Error('too large')
      },
    })
    assert.equal(await lease.store(ENTRY), undefined)
    await pass(0)
    assert.deepEqual(operations(), ['set error', 'release ok'])
    assert.deepEqual(leaseEvents(), ['granted', 'lost'])
    assert.equal((await ask()).kind, 'lease')
  })

  it('a lease ends with a value that is too large for the store, and writes stay possible', async () => {
    const { lease, ask, operations, leaseEvents, calls } = await setUp({ maxBytes: 0 })
    assert.equal(await lease.store(ENTRY), undefined)
    assert.deepEqual(operations(), ['set refused'])
    assert.deepEqual(leaseEvents(), ['granted', 'released'])
    assert.equal((await ask()).kind, 'lease')
    for (let i = 0; i < 5; i++)
      await calls.call('set', 'write', async () => 'too-large' as const, resultOfStore)
    assert.deepEqual(operations(), Array(5).fill('set refused'))
    assert.equal(await calls.call('set', 'write', async () => 'stored' as const, resultOfStore), 'stored')
  })

  it('a lease of a store that grants every request is neither renewed nor reported', async () => {
    const { core, calls, entries, clock, leaseEvents } = await setUp()
    const before = { timers: clock.pendingTimers(), events: leaseEvents().length }
    const lease = new Lease({ core, calls, entries, leaseMs: Infinity }, { ...READ, token: 'any' }, false)
    await lease.release()
    assert.deepEqual({ timers: clock.pendingTimers(), events: leaseEvents().length }, before)
  })
})
