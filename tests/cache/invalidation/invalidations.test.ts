import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { createInvalidations, type Invalidations } from '../../../src/cache/invalidation/invalidations.ts'

describe('an invalidation', () => {
  test('reaches what was born before it, and nothing that is born after', () => {
    const invalidations = createInvalidations()
    const before = invalidations.sequence
    invalidations.tag('t')
    invalidations.key('k')
    const after = invalidations.sequence
    assert.equal(invalidations.hitTags(['other', 't'], before), true)
    assert.equal(invalidations.hitTags(['other', 't'], after), false)
    assert.equal(invalidations.hitKey('k', before), true)
    assert.equal(invalidations.hitKey('k', after), false)
  })

  test('reaches neither other tags nor other keys; tags and keys are not the same names', () => {
    const invalidations = createInvalidations()
    invalidations.tag('t')
    invalidations.key('k')
    assert.equal(invalidations.hitTags(['k', 'other'], 0), false)
    assert.equal(invalidations.hitTags([], 0), false)
    assert.equal(invalidations.hitKey('t', 0), false)
  })

  test('of everything reaches all that was born before, tagged or not', () => {
    const invalidations = createInvalidations()
    const before = invalidations.sequence
    invalidations.everything()
    assert.equal(invalidations.hitTags([], before), true)
    assert.equal(invalidations.hitTags(['t'], before), true)
    assert.equal(invalidations.hitTags([], invalidations.sequence), false)
  })

  test('is not made by advancing, which only tells older from younger', () => {
    const invalidations = createInvalidations()
    const older = invalidations.sequence
    invalidations.advance()
    assert.equal(invalidations.sequence > older, true)
    assert.equal(invalidations.hitTags(['t'], older), false)
    assert.equal(invalidations.hitKey('k', older), false)
  })
})

describe('marks that were forgotten', () => {
  test('count as made: what was born before them is invalid, what was born later is not', () => {
    const invalidations = createInvalidations(10)
    const before = invalidations.sequence
    for (let i = 0; i <= 10; i++) invalidations.tag(`t${i}`)
    assert.equal(invalidations.hitTags(['t0'], before), true)
    assert.equal(invalidations.hitTags(['never marked'], before), true)
    const after = invalidations.sequence
    assert.equal(invalidations.hitTags(['never marked'], after), false)
    assert.equal(invalidations.hitTags([], before), false)
  })

  test('are the oldest half: one that was made again is young', () => {
    const invalidations = createInvalidations(4)
    const born: number[] = []
    for (const tag of ['a', 'b', 'a', 'c', 'd', 'e']) {
      born.push(invalidations.sequence)
      invalidations.tag(tag)
    }
    // b, a and c have been forgotten; what was born before c was marked is dead, whatever its tags.
    assert.equal(invalidations.hitTags(['x'], born[3] ?? 0), true)
    assert.equal(invalidations.hitTags(['x'], born[4] ?? 0), false)
    assert.equal(invalidations.hitTags(['a'], born[4] ?? 0), false)
    assert.equal(invalidations.hitTags(['d'], born[4] ?? 0), true)
  })

  test('of keys do not reach what has tags, nor the other way round', () => {
    const invalidations = createInvalidations(4)
    for (let i = 0; i < 100; i++) invalidations.key(`k${i}`)
    assert.equal(invalidations.hitTags(['t'], 0), false)
    const other = createInvalidations(4)
    for (let i = 0; i < 100; i++) other.tag(`t${i}`)
    assert.equal(other.hitKey('k', 0), false)
  })

  test('leave when their names are too long together, however few they are', () => {
    const invalidations = createInvalidations(1000, 1000)
    invalidations.key('x'.repeat(600))
    assert.equal(invalidations.hitKey('y', 0), false)
    invalidations.key('y'.repeat(600))
    assert.equal(invalidations.hitKey('never marked', 0), true)
    invalidations.key('z'.repeat(5000)) // longer than all may be together
    assert.equal(invalidations.hitKey('z'.repeat(5000), invalidations.sequence - 1), true)
    assert.equal(invalidations.hitKey('never marked', invalidations.sequence), false)
  })

  test('are not those that everything made needless', () => {
    const invalidations = createInvalidations(10, 10)
    for (let i = 0; i < 20; i++) {
      invalidations.everything()
      invalidations.key('nine long')
      invalidations.tag('nine long')
    }
    assert.equal(invalidations.hitKey('other', 1), false)
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
          const bounded = createInvalidations(maxMarks, maxLength)
          const unbounded = createInvalidations(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY)
          for (const act of acts) for (const each of [bounded, unbounded]) each[act.do](act.name)
          assert.equal(bounded.sequence, unbounded.sequence)
          for (let born = 0; born <= acts.length; born++) {
            for (let n = 0; n <= 12; n++) assertImplies(unbounded, bounded, `n${n}`.repeat(1 + (n % 3)), born)
          }
        },
      ),
    )
  })
})

/** What the exact one knows to be invalid, the bounded one must know too. */
function assertImplies(exact: Invalidations, bounded: Invalidations, name: string, born: number): void {
  if (exact.hitKey(name, born)) assert.equal(bounded.hitKey(name, born), true)
  if (exact.hitTags([name], born)) assert.equal(bounded.hitTags([name], born), true)
  assert.equal(bounded.hitTags([], born), exact.hitTags([], born))
  // And nobody is dead for ever: what is born now is alive.
  assert.equal(bounded.hitTags([name], bounded.sequence) || bounded.hitKey(name, bounded.sequence), false)
}
