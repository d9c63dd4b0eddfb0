import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { InvalidationLog } from '../../../src/cache/invalidation/invalidation-log.ts'

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

describe('discarded marks', () => {
  it('discarded marks count as invalidations of every name for loads that started before them', () => {
    const invalidations = new InvalidationLog(10)
    const before = invalidations.sequence
    for (let i = 0; i <= 10; i++) invalidations.recordTag(`t${i}`)
    assert.equal(invalidations.areTagsInvalidated(['t0'], before), true)
    assert.equal(invalidations.areTagsInvalidated(['never marked'], before), true)
    const after = invalidations.sequence
    assert.equal(invalidations.areTagsInvalidated(['never marked'], after), false)
    assert.equal(invalidations.areTagsInvalidated([], before), false)
  })

  it('the oldest half of the marks is discarded, and a repeated mark counts as new', () => {
    const invalidations = new InvalidationLog(4)
    const numbers: number[] = []
    for (const tag of ['a', 'b', 'a', 'c', 'd', 'e']) {
      numbers.push(invalidations.sequence)
      invalidations.recordTag(tag)
    }
    // The marks b, a and c were discarded, so loads that started before c was marked are invalid, whatever their tags.
    assert.equal(invalidations.areTagsInvalidated(['x'], numbers[3] ?? 0), true)
    assert.equal(invalidations.areTagsInvalidated(['x'], numbers[4] ?? 0), false)
    assert.equal(invalidations.areTagsInvalidated(['a'], numbers[4] ?? 0), false)
    assert.equal(invalidations.areTagsInvalidated(['d'], numbers[4] ?? 0), true)
  })

  it('discarded marks of keys do not apply to tags, nor marks of tags to keys', () => {
    const invalidations = new InvalidationLog(4)
    for (let i = 0; i < 100; i++) invalidations.recordKey(`k${i}`)
    assert.equal(invalidations.areTagsInvalidated(['t'], 0), false)
    const other = new InvalidationLog(4)
    for (let i = 0; i < 100; i++) other.recordTag(`t${i}`)
    assert.equal(other.isKeyInvalidated('k', 0), false)
  })

  it('marks are discarded when their names are too long in total, however few they are', () => {
    const invalidations = new InvalidationLog(1000, 1000)
    invalidations.recordKey('x'.repeat(600))
    assert.equal(invalidations.isKeyInvalidated('y', 0), false)
    invalidations.recordKey('y'.repeat(600))
    assert.equal(invalidations.isKeyInvalidated('never marked', 0), true)
    invalidations.recordKey('z'.repeat(5000)) // longer than the limit for all names
    assert.equal(invalidations.isKeyInvalidated('z'.repeat(5000), invalidations.sequence - 1), true)
    assert.equal(invalidations.isKeyInvalidated('never marked', invalidations.sequence), false)
  })

  it('an invalidation of everything discards the older marks and their names', () => {
    const invalidations = new InvalidationLog(10, 10)
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
        (actions, maxMarks, maxLength) => {
          const bounded = new InvalidationLog(maxMarks, maxLength)
          const unbounded = new InvalidationLog(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY)
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
