import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { InvalidationLog } from '../../../src/cache/invalidation/invalidation-log.ts'
import type { Entry } from '../../../src/stores/entry.ts'

describe('an invalidation', () => {
  it('an invalidation applies to loads that started before it, and to none after it', () => {
    const invalidations = new InvalidationLog()
    const before = invalidations.sequence
    invalidations.recordTag('t')
    invalidations.recordKey('k')
    const after = invalidations.sequence
    assert.equal(invalidations.areTagsInvalidated(['other', 't'], before), true)
    assert.equal(invalidations.areTagsInvalidated(['other', 't'], after), false)
    assert.equal(invalidations.isKeyInvalidated('k', before), true)
    assert.equal(invalidations.isKeyInvalidated('k', after), false)
  })

  it('an invalidation applies neither to other names nor to a key of the same name as a tag', () => {
    const invalidations = new InvalidationLog()
    invalidations.recordTag('t')
    invalidations.recordKey('k')
    assert.equal(invalidations.areTagsInvalidated(['k', 'other'], 0), false)
    assert.equal(invalidations.areTagsInvalidated([], 0), false)
    assert.equal(invalidations.isKeyInvalidated('t', 0), false)
  })

  it('an invalidation of everything applies to all loads that started before, with and without tags', () => {
    const invalidations = new InvalidationLog()
    const before = invalidations.sequence
    invalidations.recordEverything()
    assert.equal(invalidations.areTagsInvalidated([], before), true)
    assert.equal(invalidations.areTagsInvalidated(['t'], before), true)
    assert.equal(invalidations.areTagsInvalidated([], invalidations.sequence), false)
  })

  it('advance() increases the sequence number and invalidates nothing', () => {
    const invalidations = new InvalidationLog()
    const older = invalidations.sequence
    invalidations.advance()
    assert.equal(invalidations.sequence > older, true)
    assert.equal(invalidations.areTagsInvalidated(['t'], older), false)
    assert.equal(invalidations.isKeyInvalidated('k', older), false)
  })
})

describe('dropped marks', () => {
  it('dropped marks count as invalidations for loads that started before them and have a tag in the same bucket', () => {
    const invalidations = new InvalidationLog({ maxNames: 10, buckets: 1 })
    const before = invalidations.sequence
    for (let i = 0; i <= 10; i++) invalidations.recordTag(`t${i}`)
    assert.equal(invalidations.areTagsInvalidated(['t0'], before), true)
    assert.equal(invalidations.areTagsInvalidated(['never marked'], before), true)
    const after = invalidations.sequence
    assert.equal(invalidations.areTagsInvalidated(['never marked'], after), false)
    assert.equal(invalidations.areTagsInvalidated([], before), false)
  })

  it('the oldest marks are dropped, and a repeated mark counts as new', () => {
    const invalidations = new InvalidationLog({ maxNames: 4, buckets: 1 })
    const numbers: number[] = []
    for (const tag of ['a', 'b', 'a', 'c', 'd', 'e']) {
      numbers.push(invalidations.sequence)
      invalidations.recordTag(tag)
    }
    // The mark b was dropped, so loads that started before it are invalid, whatever their tags.
    assert.equal(invalidations.areTagsInvalidated(['x'], numbers[1] ?? 0), true)
    assert.equal(invalidations.areTagsInvalidated(['x'], numbers[2] ?? 0), false)
    assert.equal(invalidations.areTagsInvalidated(['a'], numbers[2] ?? 0), true)
    assert.equal(invalidations.areTagsInvalidated(['d'], numbers[4] ?? 0), true)
  })

  it('dropped marks of keys do not apply to tags, nor marks of tags to keys', () => {
    const invalidations = new InvalidationLog({ maxNames: 4, buckets: 1 })
    for (let i = 0; i < 100; i++) invalidations.recordKey(`k${i}`)
    assert.equal(invalidations.areTagsInvalidated(['t'], 0), false)
    const other = new InvalidationLog({ maxNames: 4, buckets: 1 })
    for (let i = 0; i < 100; i++) other.recordTag(`t${i}`)
    assert.equal(other.isKeyInvalidated('k', 0), false)
  })

  it('marks are dropped when their names are too long in total, however few they are', () => {
    const invalidations = new InvalidationLog({ maxNames: 1000, maxLength: 1000, buckets: 1 })
    invalidations.recordKey('x'.repeat(600))
    assert.equal(invalidations.isKeyInvalidated('y', 0), false)
    invalidations.recordKey('y'.repeat(600))
    assert.equal(invalidations.isKeyInvalidated('never marked', 0), true)
    invalidations.recordKey('z'.repeat(5000)) // longer than the limit for all names
    assert.equal(invalidations.isKeyInvalidated('z'.repeat(5000), invalidations.sequence - 1), true)
    assert.equal(invalidations.isKeyInvalidated('never marked', invalidations.sequence), false)
  })

  it('an invalidation of everything drops the older marks and their names', () => {
    const invalidations = new InvalidationLog({ maxNames: 10, maxLength: 10, buckets: 1 })
    for (let i = 0; i < 20; i++) {
      invalidations.recordEverything()
      invalidations.recordKey('nine long')
      invalidations.recordTag('nine long')
    }
    assert.equal(invalidations.isKeyInvalidated('other', 1), false)
  })

  it('a bounded log invalidates every load that an unbounded log invalidates, for any order of marks', () => {
    const name = fc.integer({ min: 0, max: 12 }).map((n) => `n${n}`.repeat(1 + (n % 3)))
    const action = fc.oneof(
      { weight: 6, arbitrary: fc.record({ do: fc.constant('key' as const), name }) },
      { weight: 6, arbitrary: fc.record({ do: fc.constant('tag' as const), name }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('everything' as const), name }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('advance' as const), name }) },
    )
    fc.assert(
      fc.property(
        fc.array(action, { maxLength: 60 }),
        fc.integer({ min: 1, max: 8 }),
        fc.integer({ min: 1, max: 40 }),
        fc.constantFrom(1, 2, 4),
        (actions, maxNames, maxLength, buckets) => {
          const bounded = new InvalidationLog({ maxNames, maxLength, buckets })
          const unbounded = new InvalidationLog({ maxNames: Infinity, maxLength: Infinity })
          for (const action of actions) for (const log of [bounded, unbounded]) record(log, action)
          assert.equal(bounded.sequence, unbounded.sequence)
          for (let sequence = 0; sequence <= actions.length; sequence++) {
            for (let n = 0; n <= 12; n++)
              assertImplies(unbounded, bounded, `n${n}`.repeat(1 + (n % 3)), sequence)
          }
        },
      ),
    )
  })
})

/** An entry that was loaded at this sequence number. */
function entryWith(
  log: InvalidationLog,
  ...tags: string[]
): Pick<Entry, 'tags' | 'heldTags'> & { sequence: number } {
  return { tags, heldTags: undefined, sequence: log.sequence }
}

describe('the tags of entries in memory', () => {
  it('an entry stays valid however many other tags are invalidated, and its own tags are not lost', () => {
    const log = new InvalidationLog({ maxNames: 4, buckets: 1 })
    const entry = entryWith(log, 'a')
    const other = entryWith(log, 'b', 'c')
    for (const each of [entry, other]) log.hold(each)
    log.recordTag('c')
    for (let i = 0; i < 100; i++) log.recordTag(`t${i}`)
    assert.deepEqual([log.isInvalid(entry, 0), log.isInvalid(other, 0)], [false, true])
    assert.deepEqual([log.areTagsInvalidated(['a'], 0), log.areTagsInvalidated(['c'], 0)], [false, true])
  })

  it('the mark of a tag that no entry has any more still applies to loads', () => {
    const log = new InvalidationLog()
    const { sequence } = log
    const entry = entryWith(log, 'a')
    log.hold(entry)
    log.recordTag('a')
    log.recordExpiredTag('a', 100)
    log.release(entry)
    assert.deepEqual([log.heldTags, entry.heldTags], [0, undefined])
    assert.equal(log.areTagsInvalidated(['a'], sequence), true)
    assert.equal(log.staleSince([], ['a'], sequence), 100)
    log.release(entry)
    assert.equal(log.heldTags, 0, 'a second release changes nothing')
  })

  it('a tag that an entry gets has the marks from before', () => {
    const log = new InvalidationLog()
    const old = entryWith(log, 'a')
    log.recordTag('a')
    log.recordExpiredTag('a', 100)
    log.hold(old)
    assert.deepEqual([log.isInvalid(old, 0), log.entryStaleSince(old, 0)], [true, 100])
    const { sequence } = log
    assert.deepEqual([log.isInvalid(old, sequence), log.entryStaleSince(old, sequence)], [false, undefined])
  })

  it('an entry is stale since the first mark on one of its tags or on everything', () => {
    const log = new InvalidationLog()
    const entry = entryWith(log, 'a', 'b')
    log.hold(entry)
    assert.equal(log.entryStaleSince(entry, 0), undefined)
    log.recordExpiredTag('b', 200)
    assert.equal(log.entryStaleSince(entry, 0), 200)
    log.recordExpiredTag('a', 100)
    assert.equal(log.entryStaleSince(entry, 0), 100)
    log.recordEverythingExpired(50)
    assert.equal(log.entryStaleSince(entry, 0), 50)
    assert.equal(log.staleSince(['k'], ['x'], 0), 50)
  })

  it('loads that started before the last mark are invalid after all entries have left at once', () => {
    const log = new InvalidationLog()
    const entry = entryWith(log, 'a')
    log.hold(entry)
    log.recordTag('a')
    log.recordExpiredTag('a', 100)
    const { sequence } = log
    log.releaseAll()
    assert.equal(log.heldTags, 0)
    assert.deepEqual(
      [log.areTagsInvalidated(['a'], 0), log.areTagsInvalidated(['a'], sequence)],
      [true, false],
    )
    assert.deepEqual([log.staleSince([], ['a'], 0), log.staleSince([], ['a'], sequence)], [100, undefined])
  })

  it('an entry that is released after everything was invalidated does not change the marks of a later one', () => {
    const log = new InvalidationLog()
    const old = entryWith(log, 'a')
    log.hold(old)
    log.recordTag('a')
    log.recordEverything()
    const later = entryWith(log, 'a')
    log.hold(later)
    log.release(old)
    assert.deepEqual(
      [log.heldTags, log.isInvalid(old, 0), log.isInvalid(later, later.sequence)],
      [1, true, false],
    )
    log.recordTag('a')
    assert.equal(log.isInvalid(later, later.sequence), true)
  })
})

function record(
  log: InvalidationLog,
  action: { do: 'key' | 'tag' | 'everything' | 'advance'; name: string },
): void {
  if (action.do === 'key') log.recordKey(action.name)
  else if (action.do === 'tag') log.recordTag(action.name)
  else if (action.do === 'everything') log.recordEverything()
  else log.advance()
}

/** Asserts that the bounded log invalidates each load that the unbounded log invalidates. */
function assertImplies(
  unbounded: InvalidationLog,
  bounded: InvalidationLog,
  name: string,
  sequence: number,
): void {
  if (unbounded.isKeyInvalidated(name, sequence)) assert.equal(bounded.isKeyInvalidated(name, sequence), true)
  if (unbounded.areTagsInvalidated([name], sequence))
    assert.equal(bounded.areTagsInvalidated([name], sequence), true)
  assert.equal(bounded.areTagsInvalidated([], sequence), unbounded.areTagsInvalidated([], sequence))
  // A load that starts now is valid in any case.
  assert.equal(
    bounded.areTagsInvalidated([name], bounded.sequence) || bounded.isKeyInvalidated(name, bounded.sequence),
    false,
  )
}
