import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { InvalidationLog } from '../../../src/cache/invalidation/invalidation-log.ts'

describe('an invalidation', () => {
  test('reaches what was born before it, and nothing that is born after', () => {
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

  test('reaches neither other tags nor other keys; tags and keys are not the same names', () => {
    const invalidations = new InvalidationLog()
    invalidations.recordTag('t')
    invalidations.recordKey('k')
    assert.equal(invalidations.areTagsInvalidated(['k', 'other'], 0), false)
    assert.equal(invalidations.areTagsInvalidated([], 0), false)
    assert.equal(invalidations.isKeyInvalidated('t', 0), false)
  })

  test('of everything reaches all that was born before, tagged or not', () => {
    const invalidations = new InvalidationLog()
    const before = invalidations.sequence
    invalidations.recordEverything()
    assert.equal(invalidations.areTagsInvalidated([], before), true)
    assert.equal(invalidations.areTagsInvalidated(['t'], before), true)
    assert.equal(invalidations.areTagsInvalidated([], invalidations.sequence), false)
  })

  test('is not made by advancing, which only tells older from younger', () => {
    const invalidations = new InvalidationLog()
    const older = invalidations.sequence
    invalidations.advance()
    assert.equal(invalidations.sequence > older, true)
    assert.equal(invalidations.areTagsInvalidated(['t'], older), false)
    assert.equal(invalidations.isKeyInvalidated('k', older), false)
  })
})

describe('marks that were forgotten', () => {
  test('count as made: what was born before them is invalid, what was born later is not', () => {
    const invalidations = new InvalidationLog(10)
    const before = invalidations.sequence
    for (let i = 0; i <= 10; i++) invalidations.recordTag(`t${i}`)
    assert.equal(invalidations.areTagsInvalidated(['t0'], before), true)
    assert.equal(invalidations.areTagsInvalidated(['never marked'], before), true)
    const after = invalidations.sequence
    assert.equal(invalidations.areTagsInvalidated(['never marked'], after), false)
    assert.equal(invalidations.areTagsInvalidated([], before), false)
  })

  test('are the oldest half: one that was made again is young', () => {
    const invalidations = new InvalidationLog(4)
    const numbers: number[] = []
    for (const tag of ['a', 'b', 'a', 'c', 'd', 'e']) {
      numbers.push(invalidations.sequence)
      invalidations.recordTag(tag)
    }
    // b, a and c have been forgotten; what was born before c was marked is dead, whatever its tags.
    assert.equal(invalidations.areTagsInvalidated(['x'], numbers[3] ?? 0), true)
    assert.equal(invalidations.areTagsInvalidated(['x'], numbers[4] ?? 0), false)
    assert.equal(invalidations.areTagsInvalidated(['a'], numbers[4] ?? 0), false)
    assert.equal(invalidations.areTagsInvalidated(['d'], numbers[4] ?? 0), true)
  })

  test('of keys do not reach what has tags, nor the other way round', () => {
    const invalidations = new InvalidationLog(4)
    for (let i = 0; i < 100; i++) invalidations.recordKey(`k${i}`)
    assert.equal(invalidations.areTagsInvalidated(['t'], 0), false)
    const other = new InvalidationLog(4)
    for (let i = 0; i < 100; i++) other.recordTag(`t${i}`)
    assert.equal(other.isKeyInvalidated('k', 0), false)
  })

  test('leave when their names are too long together, however few they are', () => {
    const invalidations = new InvalidationLog(1000, 1000)
    invalidations.recordKey('x'.repeat(600))
    assert.equal(invalidations.isKeyInvalidated('y', 0), false)
    invalidations.recordKey('y'.repeat(600))
    assert.equal(invalidations.isKeyInvalidated('never marked', 0), true)
    invalidations.recordKey('z'.repeat(5000)) // longer than all may be together
    assert.equal(invalidations.isKeyInvalidated('z'.repeat(5000), invalidations.sequence - 1), true)
    assert.equal(invalidations.isKeyInvalidated('never marked', invalidations.sequence), false)
  })

  test('are not those that everything made needless', () => {
    const invalidations = new InvalidationLog(10, 10)
    for (let i = 0; i < 20; i++) {
      invalidations.recordEverything()
      invalidations.recordKey('nine long')
      invalidations.recordTag('nine long')
    }
    assert.equal(invalidations.isKeyInvalidated('other', 1), false)
  })

  test('never revive anything, whatever is marked and in which order', () => {
    const name = fc.integer({ min: 0, max: 12 }).map((n) => `n${n}`.repeat(1 + (n % 3)))
    const act = fc.oneof(
      { weight: 6, arbitrary: fc.record({ do: fc.constant('key' as const), name }) },
      { weight: 6, arbitrary: fc.record({ do: fc.constant('tag' as const), name }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('everything' as const), name }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('advance' as const), name }) },
    )
    fc.assert(
      fc.property(
        fc.array(act, { maxLength: 60 }),
        fc.integer({ min: 1, max: 8 }),
        fc.integer({ min: 1, max: 40 }),
        (acts, maxMarks, maxLength) => {
          const bounded = new InvalidationLog(maxMarks, maxLength)
          const unbounded = new InvalidationLog(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY)
          for (const act of acts) for (const log of [bounded, unbounded]) record(log, act)
          assert.equal(bounded.sequence, unbounded.sequence)
          for (let sequence = 0; sequence <= acts.length; sequence++) {
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
  act: { do: 'key' | 'tag' | 'everything' | 'advance'; name: string },
): void {
  if (act.do === 'key') log.recordKey(act.name)
  else if (act.do === 'tag') log.recordTag(act.name)
  else if (act.do === 'everything') log.recordEverything()
  else log.advance()
}

/** What the exact one knows to be invalid, the bounded one must know too. */
function assertImplies(
  exact: InvalidationLog,
  bounded: InvalidationLog,
  name: string,
  sequence: number,
): void {
  if (exact.isKeyInvalidated(name, sequence)) assert.equal(bounded.isKeyInvalidated(name, sequence), true)
  if (exact.areTagsInvalidated([name], sequence))
    assert.equal(bounded.areTagsInvalidated([name], sequence), true)
  assert.equal(bounded.areTagsInvalidated([], sequence), exact.areTagsInvalidated([], sequence))
  // And nobody is dead for ever: what is born now is alive.
  assert.equal(
    bounded.areTagsInvalidated([name], bounded.sequence) || bounded.isKeyInvalidated(name, bounded.sequence),
    false,
  )
}
