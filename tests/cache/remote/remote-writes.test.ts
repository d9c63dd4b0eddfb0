import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { RemoteTier } from '../../../src/cache/remote/remote-tier.ts'
import type { Codec } from '../../../src/cache/values/codec.ts'
import { jsonCodec } from '../../../src/cache/values/json-codec.ts'
import type { Entry } from '../../../src/stores/entry.ts'
import { type FakeRemoteStoreOptions, fakeRemoteStore } from '../../support/fake-remote-store.ts'
import { testCore } from '../../support/shared-tier/test-core.ts'

function setUp(options: FakeRemoteStoreOptions = {}) {
  const parts = testCore()
  const store = fakeRemoteStore({ now: parts.clock.now, ...options })
  const remoteTier = () =>
    new RemoteTier(
      parts.core,
      store,
      {},
      {
        announcementOf: (messages) => JSON.stringify(messages),
        isCurrent: () => true,
      },
    )
  const now = parts.clock.now()
  const entry: Entry = {
    value: 'v',
    madeAt: now,
    freshUntil: now + 1000,
    revalidateUntil: now + 1000,
    errorUntil: now + 1000,
    keptUntil: now + 60_000,
    mustRevalidate: false,
    tags: ['t'],
    negative: false,
    bytes: 10,
    sequence: 0,
  }
  const remote = remoteTier()
  const write = (own: Partial<Entry> = {}, isValid = () => true, tier = remote, codec: Codec = jsonCodec) =>
    tier.writes.write('k', { ...entry, ...own }, codec, isValid)
  const leaseOf = async () => {
    const found = await remote.reads.read('k', jsonCodec, { lease: true, not: '*' })
    assert.ok(found.kind === 'lease')
    return found.lease
  }
  const stored = async () => {
    const found = await remote.reads.read('k', jsonCodec, { lease: false })
    return found.kind === 'value' ? found.entry.value : found.kind
  }
  return { ...parts, store, remote, remoteTier, entry, write, leaseOf, stored }
}

const circular: unknown[] = []
circular.push(circular)

describe('a write to the remote tier', () => {
  it('a written value is stored after its key was invalidated, with the same token', async () => {
    const { write, stored, operations, store } = setUp()
    const { isConfirmed, stored: result } = write()
    assert.equal(await isConfirmed, true)
    const written = await result
    const [kept] = store.entries.values()
    assert.deepEqual(written, { id: kept?.id })
    assert.deepEqual(operations(), ['invalidate ok', 'set ok'])
    assert.equal(await stored(), 'v')
  })

  it('an entry is stored until the last of its times, and for 30 days at most', async () => {
    const { write, store, clock } = setUp()
    const until = () => [...store.entries.values()].map((entry) => entry.until - clock.now())
    await write().stored
    assert.deepEqual(until(), [60_000])
    await write({ keptUntil: Infinity }).stored
    assert.deepEqual(until(), [30 * 24 * 60 * 60 * 1000])
  })

  it('two writes at the same time store neither value, and both invalidate', async () => {
    const { write, remoteTier, stored } = setUp()
    const [one, two] = [write({ value: 1 }), write({ value: 2 }, undefined, remoteTier())]
    assert.deepEqual([await one.isConfirmed, await two.isConfirmed], [true, true])
    assert.deepEqual([await one.stored, await two.stored], ['lost', 'lost'])
    assert.equal(await stored(), 'absent')
  })

  it('a value that was invalidated between the start of its write and its store is not stored', async () => {
    const { write, stored, operations } = setUp()
    assert.equal(await write({}, () => false).stored, 'lost')
    assert.deepEqual(operations(), ['invalidate ok', 'release ok'])
    assert.equal(await stored(), 'absent')
  })

  it('a value whose key was invalidated in the store meanwhile is lost', async () => {
    let invalidate: (() => Promise<void>) | undefined
    const { write, store, operations } = setUp({
      async before(operation) {
        if (operation === 'store') await invalidate?.()
      },
    })
    const other = store.open({ namespace: 'hitrate:', leaseMs: 1000 })
    invalidate = () => other.invalidate({ keys: ['k'] })
    assert.equal(await write().stored, 'lost')
    assert.deepEqual(operations(), ['invalidate ok', 'set lost', 'invalidate ok'])
  })

  it('a value that cannot be encoded is refused, and its key is invalidated', async () => {
    const { write, stored, operations, leaseOf, remote, entry } = setUp()
    await remote.writes.store(await leaseOf(), entry, jsonCodec)
    operations()
    const { isConfirmed, stored: result } = write({ value: circular })
    assert.deepEqual([await isConfirmed, await result], [true, undefined])
    assert.deepEqual(operations(), ['set refused', 'invalidate ok'])
    assert.equal(await stored(), 'absent')
    await write({}, undefined, undefined, { ...jsonCodec, version: -1 }).isConfirmed
    assert.deepEqual(operations().slice(1), ['set refused', 'invalidate ok'])
  })

  it('a value that is too large for the store is not stored, and its key is invalidated', async () => {
    const { write, stored, operations } = setUp({ maxBytes: 10 })
    const { isConfirmed, stored: result } = write()
    assert.deepEqual([await isConfirmed, await result], [true, undefined])
    assert.deepEqual(operations(), ['invalidate ok', 'set refused'])
    assert.equal(await stored(), 'absent')
  })

  it('a write that the store has not answered is not confirmed, and the timer invalidates its key', async () => {
    const { write, store, pass, operations, remote } = setUp()
    store.mode = 'down'
    const { isConfirmed, stored } = write()
    assert.deepEqual([await isConfirmed, await stored], [false, undefined])
    store.mode = 'up'
    assert.equal(await remote.invalidations.mayRead('k'), false)
    await pass(500)
    assert.deepEqual(operations(), ['invalidate error', 'invalidate ok'])
    assert.equal(remote.invalidations.mayRead('k'), true)
  })

  it('a value that only a full store refuses is not stored, and its invalidation is confirmed', async () => {
    const { write } = setUp({
      before(operation) {
        if (operation === 'store') throw new Error('too large')
      },
    })
    const { isConfirmed, stored } = write()
    assert.deepEqual([await isConfirmed, await stored], [true, undefined])
  })
})

describe('a loaded value', () => {
  it('a loaded value is stored by its lease', async () => {
    const { remote, leaseOf, entry, stored, operations } = setUp()
    const lease = await leaseOf()
    assert.deepEqual(await remote.writes.store(lease, entry, jsonCodec), { id: lease.token })
    assert.equal(await stored(), 'v')
    assert.deepEqual(operations(), ['get miss', 'set ok', 'get hit'])
  })

  for (const [name, own] of [
    ['cannot be encoded', { value: circular }],
    ['is too old', { freshUntil: 0, revalidateUntil: 0, errorUntil: 0, keptUntil: 0 }],
  ] as const) {
    it(`a loaded value that ${name} ends its lease`, async () => {
      const { remote, leaseOf, entry, operations } = setUp()
      assert.equal(await remote.writes.store(await leaseOf(), { ...entry, ...own }, jsonCodec), undefined)
      assert.equal(operations().at(-1), 'release ok')
    })
  }

  it('a loaded value with a tag whose invalidation the store has refused is not stored', async () => {
    const { remote, leaseOf, entry, store, stored, pass } = setUp()
    const lease = await leaseOf()
    store.mode = 'down'
    await remote.invalidations.invalidate([{ tag: 't' }])
    store.mode = 'up'
    assert.equal(await remote.writes.store(lease, entry, jsonCodec), undefined)
    await pass(500)
    assert.equal(await stored(), 'absent')
  })

  it('remove invalidates a key without an announcement', async () => {
    const { remote, leaseOf, entry, stored, operations, store } = setUp()
    await remote.writes.store(await leaseOf(), entry, jsonCodec)
    operations()
    const announced: string[] = []
    store.open({ namespace: 'hitrate:', leaseMs: 1000 }).subscribe?.({
      onAnnouncement: (text) => announced.push(text),
      onConnection() {},
      onWake() {},
    })
    await remote.writes.remove('k')
    assert.deepEqual([operations(), announced], [['delete ok'], []])
    assert.equal(await stored(), 'absent')
  })
})
