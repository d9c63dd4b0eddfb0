/** The connection of a cache with its shared tier: subscription, state of the bus, and close. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { memoryStore } from '../../../src/stores/memory/store.ts'
import { processes } from '../../support/shared-tier/processes.ts'
import { threadGroup } from '../../support/thread-group.ts'

describe('connectRemote', () => {
  it('a cache subscribes once, and its bus is up after the first period', async () => {
    const { process, remote, pass } = processes()
    const cache = process()
    assert.equal(remote.subscribers, 1)
    assert.deepEqual([cache.stats().remoteUp, cache.stats().busUp], [true, false])
    await pass(750)
    assert.equal(cache.stats().busUp, true)
    remote.disconnect()
    await pass(1000)
    assert.equal(cache.stats().busUp, false)
  })

  it('a cache whose store has no messages has no bus, and one that is disabled does not subscribe', () => {
    const without = processes({ store: { messages: false } })
    assert.equal(without.process().stats().busUp, undefined)
    const { process, remote } = processes({ cache: { enabled: false } })
    assert.equal(process().stats().busUp, undefined)
    assert.equal(remote.subscribers, 0)
  })

  it('close sends what the store has not confirmed, ends the subscription and stops all timers', async () => {
    const { start, remote, clock, operations, pass } = processes()
    const [cache] = await start(1)
    assert.ok(cache)
    remote.mode = 'down'
    assert.deepEqual(await cache.delete('row'), { removed: 0, confirmed: false })
    remote.mode = 'up'
    operations()
    await cache.close()
    assert.deepEqual(operations(), ['invalidate ok'])
    assert.deepEqual([remote.subscribers, clock.pendingTimers()], [0, 0])
    await pass(5000)
    assert.deepEqual(operations(), [])
  })

  it('a cache that was closed is not missed by the others', async () => {
    const { start, pass, read, events } = processes()
    const [one, two] = await start(2)
    assert.ok(one && two)
    await one.delete('other')
    await read(two)
    await one.close()
    await pass(6000)
    assert.equal(
      events.some(({ type }) => type === 'bus-gap'),
      false,
    )
    assert.equal(two.lookup('row')?.value, 1)
  })

  it('a closed cache still answers reads, and trusts its memory for maxUnsyncedMs', async () => {
    const { start, read, pass } = processes()
    const [one] = await start(1)
    assert.ok(one)
    await one.close()
    assert.equal((await read(one))[1], 'miss')
    await pass(975)
    assert.equal((await read(one))[2], 'memory')
    await pass(25)
    assert.equal((await read(one))[2], 'remote')
  })

  it('memory keeps entries of the remote tier when the invalidation bus spans processes', async () => {
    const [bus] = threadGroup(1).buses
    assert.ok(bus)
    for (const [spansProcesses, tier] of [
      [true, 'memory'],
      [false, 'remote'],
    ] as const) {
      const { process, read, pass } = processes({ store: { messages: false } })
      const cache = process({ invalidationBus: { ...bus, spansProcesses }, memory: memoryStore() })
      await read(cache)
      await pass(2000)
      assert.equal((await read(cache))[2], tier)
    }
  })
})
