import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { merge } from '../../../src/metrics/index.ts'
import type { MergeRule } from '../../../src/metrics/series/family.ts'
import { scalar, snapshotOf } from '../exposition/snapshots.ts'

/** A snapshot of a gauge with this rule, with a value and perhaps its weight. */
function gauge(rule: MergeRule, value: number, weight?: number) {
  const family = scalar('gauge', { name: 'g', help: 'G.' }, { value })
  return snapshotOf({ ...family, merge: rule, ...(weight === undefined ? {} : { weights: [weight] }) })
}

function merged(
  rule: MergeRule,
  ...values: (readonly [value: number, weight?: number])[]
): number | undefined {
  return merge(values.map(([value, weight]) => gauge(rule, value, weight))).families[0]?.values[0]
}

describe('the rule of a gauge', () => {
  it('sum adds the values', () => {
    assert.equal(merged('sum', [1], [-5], [7]), 3)
  })

  it('max and min take the greatest and the least value, without those that were never set', () => {
    assert.equal(merged('max', [1], [-5], [7]), 7)
    assert.equal(merged('min', [1], [-5], [7]), -5)
    assert.equal(merged('max', [0, 0], [-5, 1], [-7, 1]), -5)
    assert.equal(merged('min', [0, 0], [5, 1]), 5)
    assert.equal(merged('max', [0, 0], [0, 0]), 0)
  })

  it('mean weights the values', () => {
    assert.equal(merged('mean', [0.5, 2], [1, 6]), 0.875)
    assert.equal(merged('mean', [1], [2], [6]), 3)
    assert.equal(merged('mean', [Number.NaN, 0], [0.25, 3], [0, 0]), 0.25)
    assert.equal(merged('mean', [0, 0], [0, 0]), 0)
  })

  it('latest takes the value that was set last', () => {
    assert.equal(merged('latest', [1, 10], [2, 30], [3, 20]), 2)
    assert.equal(merged('latest', [0, 0], [-2, 30]), -2)
  })

  it('a gauge without a rule is summed', () => {
    const family = scalar('gauge', { name: 'g', help: 'G.' }, { value: 2 })
    assert.deepEqual(merge([snapshotOf(family), snapshotOf(family)]).families[0]?.values, [4])
  })

  it('the result has the rule and the weights, so that it can be merged again', () => {
    const once = merge([gauge('mean', 0.5, 2), gauge('mean', 1, 6)])
    assert.equal(merge([once, gauge('mean', 0, 8)]).families[0]?.values[0], 0.4375)
    assert.equal(
      merge([merge([gauge('mean', 1), gauge('mean', 2)]), gauge('mean', 6)]).families[0]?.values[0],
      3,
    )
  })
})
