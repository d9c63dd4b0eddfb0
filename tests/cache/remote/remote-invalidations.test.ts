import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { BusMessage } from '../../../src/cache/invalidation/invalidation.ts'
import { RemoteInvalidations } from '../../../src/cache/remote/remote-invalidations.ts'
import { StoreCalls } from '../../../src/cache/remote/store-calls.ts'
import type { RemoteChange } from '../../../src/stores/store.ts'
import { fakeRemoteStore } from '../../support/fake-remote-store.ts'
import { testCore } from '../../support/shared-tier/test-core.ts'

function setUp() {
  const parts = testCore()
  const store = fakeRemoteStore({ now: parts.clock.now })
  const sent: [change: RemoteChange | 'clear', announcement: string | undefined][] = []
  const entries = store.open({ namespace: 'n', leaseMs: 1000 })
  const recorded = {
    ...entries,
    invalidate(change: RemoteChange, announcement?: string) {
      sent.push([change, announcement])
      return entries.invalidate(change, announcement)
    },
    expire(change: RemoteChange, at: number, announcement?: string) {
      sent.push([change, announcement])
      return entries.expire(change, at, announcement)
    },
    clear(announcement?: string) {
      sent.push(['clear', announcement])
      return entries.clear(announcement)
    },
  }
  const calls = new StoreCalls(parts.core, store, 50)
  const announcementOf = (messages: readonly BusMessage[]) => JSON.stringify(messages)
  const invalidations = new RemoteInvalidations(parts.core, calls, recorded, announcementOf)
  return { ...parts, store, sent, invalidations }
}

describe('RemoteInvalidations', () => {
  it('keys and tags are sent in one call, with their announcement', async () => {
    const { invalidations, sent, operations } = setUp()
    assert.equal(await invalidations.invalidate([{ key: 'a' }, { tag: 't' }, { key: 'b' }]), true)
    assert.deepEqual(sent, [[{ keys: ['a', 'b'], tags: ['t'] }, '[{"key":"a"},{"key":"b"},{"tag":"t"}]']])
    assert.deepEqual(operations(), ['invalidate ok'])
  })

  it('an invalidation of everything clears the namespace, whatever else is sent', async () => {
    const { invalidations, sent, operations } = setUp()
    await invalidations.invalidate([{ key: 'a' }, 'everything'])
    assert.deepEqual([sent, operations()], [[['clear', '["everything"]']], ['clear ok']])
  })

  it('names are hashed in the call of the store, and stay as they are in the announcement', async () => {
    const { invalidations, sent } = setUp()
    await invalidations.invalidate([{ key: 'ü' }])
    const [[change, announcement] = []] = sent
    assert.ok(change !== undefined && change !== 'clear')
    assert.match(change.keys?.[0] ?? '', /^#[0-9a-f]{64}$/)
    assert.equal(announcement, '[{"key":"ü"}]')
  })

  it('expire sends keys and tags with their announcement, and is not repeated', async () => {
    const { invalidations, sent, store, pass, clock } = setUp()
    assert.equal(await invalidations.expire([{ expiredKey: 'a' }, { expiredTag: 't' }], clock.now()), true)
    assert.deepEqual(sent, [
      [{ keys: ['a'], tags: ['t'], everything: false }, '[{"expiredKey":"a"},{"expiredTag":"t"}]'],
    ])
    store.mode = 'down'
    assert.equal(await invalidations.expire([{ expiredKey: 'a' }], clock.now()), false)
    await pass(2000)
    assert.equal(sent.length, 2)
  })

  it('a key, a tag or everything must not be read from the store before it is confirmed', async () => {
    const { invalidations, store, pass } = setUp()
    assert.deepEqual([invalidations.mayRead('a'), invalidations.settleTags(['t'])], [true, true])
    store.mode = 'down'
    await invalidations.invalidate([{ key: 'a' }, { tag: 't' }])
    assert.deepEqual([await invalidations.mayRead('a'), await invalidations.mayRead('b')], [false, true])
    assert.deepEqual(
      [await invalidations.settleTags(['u', 't']), await invalidations.settleTags(['u'])],
      [false, true],
    )
    await invalidations.invalidate(['everything'])
    assert.equal(await invalidations.mayRead('b'), false)
    store.mode = 'up'
    await pass(1000)
    assert.deepEqual([invalidations.mayRead('a'), invalidations.settleTags(['t'])], [true, true])
  })

  it('unconfirmedTags covers what was pending before and what is pending now', async () => {
    const { invalidations } = setUp()
    assert.equal(invalidations.unconfirmedTags(), undefined)
    const sent = invalidations.invalidate([{ tag: 'before' }])
    const isUnconfirmed = invalidations.unconfirmedTags()
    await sent
    void invalidations.invalidate([{ tag: 'now' }])
    assert.deepEqual(
      ['before', 'now', 'never'].map((tag) => isUnconfirmed?.([tag])),
      [true, true, false],
    )
  })

  it('messages of another thread are pending until its confirmation', async () => {
    const { invalidations, sent } = setUp()
    invalidations.receive({ key: 'a' })
    invalidations.receive({ tag: 't' })
    invalidations.receive({ expiredKey: 'a' })
    assert.notEqual(invalidations.unconfirmedTags(), undefined)
    invalidations.receive({ confirmedKey: 'a' })
    invalidations.receive({ confirmedTag: 't' })
    assert.equal(invalidations.mayRead('a'), true)
    assert.deepEqual(sent, [])
  })

  it('a track that fails is sent by the timer, and close sends it at once', async () => {
    const { invalidations, sent, pass } = setUp()
    await invalidations.track('a', Promise.resolve(false))
    await pass(500)
    assert.equal(sent.length, 1)
    await invalidations.track('b', Promise.resolve(false))
    await invalidations.close()
    assert.deepEqual(
      sent.map(([change]) => change),
      [
        { keys: ['a'], tags: [] },
        { keys: ['b'], tags: [] },
      ],
    )
  })
})
