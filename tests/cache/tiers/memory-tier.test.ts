import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { MemoryTier } from '../../../src/cache/tiers/memory-tier.ts'
import type { Entry } from '../../../src/stores/entry.ts'
import { testCore } from '../../support/shared-tier/test-core.ts'

/** A memory tier; `isShared` is false without a remote tier. */
function setUp({ isShared = true } = {}) {
  const parts = testCore()
  const { log } = parts.core
  parts.core.memory?.attach({
    name: 'test',
    prefix: '',
    onEviction: () => {},
    onRemoval: (entry) => log.release(entry),
    onClear: () => log.releaseAll(),
  })
  const bus = { isCurrent: true, connectedAt: 0 }
  const sync = {
    isCurrent: () => bus.isCurrent,
    connectedAt: () => bus.connectedAt,
    maxUnsyncedMs: 1000,
  }
  const memory = new MemoryTier(parts.core, isShared ? sync : undefined)
  const now = parts.clock.now()
  const entry: Entry = {
    value: 'v',
    madeAt: now,
    freshUntil: now + 60_000,
    revalidateUntil: now + 120_000,
    errorUntil: now + 120_000,
    keptUntil: now + 120_000,
    mustRevalidate: false,
    tags: ['t'],
    negative: false,
    bytes: 10,
    sequence: 0,
  }
  return { ...parts, bus, memory, entry }
}

describe('the entries that memory serves without asking the remote tier', () => {
  it('an entry is served while invalidations of other processes arrive', () => {
    const { memory, entry, bus, clock } = setUp()
    memory.store('k', { ...entry, trustedUntil: memory.trustedUntil() })
    clock.advance(50_000)
    assert.equal(memory.find('k')?.value, 'v')
    bus.isCurrent = false
    assert.deepEqual([memory.find('k'), memory.peek('k')], [undefined, undefined])
    assert.equal(memory.lastKnown('k')?.value, 'v', 'it may stand in for a failed load')
    bus.isCurrent = true
    assert.equal(memory.peek('k')?.value, 'v')
  })

  it('an entry that was stored while none arrive is served for maxUnsyncedMs', () => {
    const { memory, entry, bus, clock } = setUp()
    bus.isCurrent = false
    memory.store('k', { ...entry, trustedUntil: memory.trustedUntil() })
    clock.advance(999)
    assert.equal(memory.find('k')?.value, 'v')
    bus.isCurrent = true // too late: an invalidation may have been missed before
    clock.advance(1)
    assert.equal(memory.find('k'), undefined)
  })

  it('an entry from before the last connection must be confirmed by the remote tier', () => {
    const { memory, entry, bus, core } = setUp()
    memory.store('k', { ...entry, trustedUntil: memory.trustedUntil() })
    core.log.advance()
    bus.connectedAt = core.log.sequence
    assert.deepEqual([memory.find('k'), memory.lastKnown('k')?.value], [undefined, 'v'])
    memory.store('k', { ...entry, sequence: core.log.sequence, trustedUntil: memory.trustedUntil() })
    assert.equal(memory.find('k')?.value, 'v')
  })

  it('an entry is served for its whole lifetime without a remote tier', () => {
    const { memory, entry, clock } = setUp({ isShared: false })
    assert.equal(memory.trustedUntil(), undefined)
    memory.store('k', entry)
    clock.advance(50_000)
    assert.equal(memory.find('k'), entry)
  })
})

describe('invalidations in the memory tier', () => {
  it('an entry with an invalidated tag is not found, and is removed by find', () => {
    const { memory, entry } = setUp()
    memory.store('k', entry)
    memory.invalidate({ tag: 't' })
    assert.deepEqual(
      [memory.peek('k'), memory.lastKnown('k'), memory.isInvalid('k', entry)],
      [undefined, undefined, true],
    )
    assert.equal(memory.stored('k'), entry)
    assert.deepEqual([memory.find('k'), memory.stored('k')], [undefined, undefined])
  })

  it('an entry is compared with each invalidation once', () => {
    const { memory, entry, core } = setUp()
    let comparisons = 0
    const { isInvalid } = core.log
    core.log.isInvalid = (...parameters) => {
      comparisons++
      return isInvalid.apply(core.log, parameters)
    }
    memory.store('k', entry)
    const finds = () => {
      for (let i = 0; i < 5; i++) assert.equal(memory.find('k'), entry)
      return comparisons
    }
    assert.equal(finds(), 0)
    memory.invalidate({ tag: 'other' })
    assert.equal(finds(), 1)
    memory.invalidate({ key: 'other' })
    assert.equal(finds(), 1, 'an invalidation by key removes the entry itself')
    memory.expire({ expiredKey: 'other' })
    assert.equal(finds(), 2)
    memory.invalidate({ tag: 't' })
    assert.equal(memory.find('k'), undefined)
  })

  it('an entry that is compared later is still invalid after each kind of invalidation', () => {
    for (const invalidation of [{ tag: 't' }, 'everything'] as const) {
      const { memory, entry } = setUp()
      memory.store('k', entry)
      memory.invalidate({ tag: 'other' })
      assert.equal(memory.find('k'), entry)
      memory.invalidate(invalidation)
      memory.store('k', entry) // by a load that had begun before
      memory.invalidate({ tag: 'other' })
      assert.equal(memory.find('k'), undefined)
    }
  })

  it('invalidate returns true if there was an entry of the key', () => {
    const { memory, entry } = setUp()
    memory.store('k', entry)
    assert.deepEqual([memory.invalidate({ key: 'k' }), memory.invalidate({ key: 'k' })], [true, false])
    memory.store('k', entry)
    memory.invalidate('everything')
    assert.equal(memory.stored('k'), undefined)
  })

  it('deleteIfSame removes an entry only if it was not replaced', () => {
    const { memory, entry } = setUp()
    const later = { ...entry, value: 'later' }
    memory.store('k', later)
    memory.deleteIfSame('k', entry)
    assert.equal(memory.stored('k'), later)
    memory.deleteIfSame('k', later)
    assert.equal(memory.stored('k'), undefined)
  })
})

describe('the tags of entries that leave memory', () => {
  const ways: Record<string, (parts: ReturnType<typeof setUp>) => void> = {
    deleted: ({ memory }) => memory.delete('k'),
    'invalidated by its key': ({ memory }) => memory.invalidate({ key: 'k' }),
    'invalidated by its tag': ({ memory }) => {
      memory.invalidate({ tag: 't' })
      memory.find('k')
    },
    'replaced by one without tags': ({ memory, entry }) => memory.store('k', { ...entry, tags: [] }),
    'replaced by one that is refused': ({ memory, entry }) => memory.store('k', { ...entry, bytes: 1e9 }),
    expired: ({ memory, clock }) => {
      clock.advance(120_000)
      memory.sweep()
    },
    evicted: ({ memory, entry }) => {
      for (let i = 0; i < 10; i++) memory.store(`other ${i}`, { ...entry, tags: [], bytes: 10_000_000 })
    },
    'cleared with all others': ({ memory }) => memory.invalidate('everything'),
    'cleared without an invalidation': ({ core }) => core.memory?.clear(''),
  }

  for (const [way, leave] of Object.entries(ways)) {
    it(`the tags of an entry that is ${way} leave the table`, () => {
      const parts = setUp()
      parts.memory.store('k', { ...parts.entry })
      assert.equal(parts.core.log.heldTags, 1)
      leave(parts)
      assert.deepEqual([parts.core.log.heldTags, parts.memory.stored('k')?.heldTags], [0, undefined])
    })
  }

  it('the tags of an entry that is replaced by one with the same tags stay', () => {
    const { memory, entry, core } = setUp()
    memory.store('k', { ...entry })
    memory.invalidate({ tag: 't' })
    memory.store('k', { ...entry, sequence: core.log.sequence })
    assert.equal(core.log.heldTags, 1)
    assert.equal(memory.find('k')?.value, 'v')
  })

  it('an entry in a store that reports no removals is invalidated by its tags all the same', () => {
    const parts = testCore()
    const memory = new MemoryTier(parts.core, undefined)
    const { entry } = setUp()
    memory.store('k', { ...entry })
    memory.store('k', { ...entry, tags: ['t', 'u'] })
    memory.invalidate({ tag: 'u' })
    assert.equal(memory.find('k'), undefined)
  })
})

describe('expired entries in the memory tier', () => {
  for (const [name, expiry] of [
    ['key', { expiredKey: 'k' }],
    ['tag', { expiredTag: 't' }],
    ['cache', 'everything expired'],
  ] as const) {
    it(`expire by ${name} makes an entry stale from now on, and keeps its stale times`, () => {
      const { memory, entry, clock } = setUp()
      memory.store('k', entry)
      clock.advance(5000)
      memory.expire(expiry)
      clock.advance(1000)
      const found = memory.find('k')
      assert.deepEqual(
        [found?.freshUntil, found?.revalidateUntil],
        [clock.now() - 1000, clock.now() - 1000 + 60_000],
      )
      assert.equal(memory.peek('k')?.freshUntil, found?.freshUntil)
    })

    it(`expire by ${name} makes the value of a running load stale, and not one that was loaded later`, () => {
      const { memory, entry, core, clock } = setUp()
      const { sequence } = core.log
      memory.expire(expiry)
      assert.equal(memory.inItsState(['k'], { ...entry, sequence }).freshUntil, clock.now())
      const later = { ...entry, sequence: core.log.sequence }
      assert.equal(memory.inItsState(['k'], later), later)
    })
  }
})
