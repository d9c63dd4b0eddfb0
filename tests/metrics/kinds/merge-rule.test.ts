import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createRegistry, merge, type Snapshot } from '../../../src/metrics/index.ts'
import { mergeRuleOf, weightsOf } from '../../../src/metrics/kinds/merge-rule.ts'

it('the rule of a gauge is its merge, else its threads, else mean for a ratio and sum for all others', () => {
  assert.equal(mergeRuleOf({ name: 'hit_ratio', threads: 'max', merge: 'min' }), 'min')
  assert.equal(mergeRuleOf({ name: 'hit_ratio', threads: 'max' }), 'max')
  assert.equal(mergeRuleOf({ name: 'hit_ratio' }), 'mean')
  assert.equal(mergeRuleOf({ name: 'ratio' }), 'sum')
})

it('weightsOf marks values that were never set, and gives latest values their time', () => {
  const values = [1, 2]
  assert.equal(weightsOf('sum', 'max', { values, stamps: [0, 1] }, 9), undefined)
  assert.equal(weightsOf('mean', 'sum', { values }, 9), undefined)
  assert.deepEqual(weightsOf('min', 'max', { values, stamps: [0, 1] }, 9), [0, 1])
  assert.deepEqual(weightsOf('mean', 'latest', { values, stamps: [0, 5e6] }, 9), [0, 1])
  assert.deepEqual(weightsOf('latest', 'latest', { values, stamps: [0, 5e6] }, 9), [0, 5])
  assert.deepEqual(weightsOf('latest', 'max', { values, stamps: [0, 1] }, 9), [0, 9])
  assert.deepEqual(weightsOf('latest', 'sum', { values }, 9), [9, 9])
})

describe('merged gauges of registries', () => {
  /** The value of the only gauge after merging. */
  function merged(...snapshots: Snapshot[]): number | undefined {
    return merge(snapshots.map((one) => structuredClone(one))).families[0]?.values[0]
  }

  function gaugeAt(threads: 'sum' | 'max' | 'latest') {
    let now = 0
    const registry = createRegistry({ now: () => now })
    const gauge = registry.gauge({ name: 'g', help: 'G.', threads: threads as 'latest' })
    return {
      registry,
      setAt(time: number, value: number) {
        now = time
        gauge.set(value)
      },
    }
  }

  it('the value that was set last is the latest, whenever the snapshots are taken', () => {
    const [one, other, unset] = [gaugeAt('latest'), gaugeAt('latest'), gaugeAt('latest')]
    one.setAt(1000, 1)
    other.setAt(3000, 3)
    one.setAt(2000, 2)
    const snapshots = [other, one, unset].map(({ registry }) => registry.collect())
    assert.equal(merged(...snapshots), 3)
    one.setAt(4000, 4)
    assert.equal(merged(...snapshots, one.registry.collect()), 4)
  })

  it('a max gauge that was never set does not exceed negative values', () => {
    const [one, other, unset] = [gaugeAt('max'), gaugeAt('max'), gaugeAt('max')]
    one.setAt(1, -5)
    other.setAt(1, -3)
    assert.equal(merged(...[one, unset, other].map(({ registry }) => registry.collect())), -3)
    assert.equal(merged(unset.registry.collect(), unset.registry.collect()), 0)
  })

  it('a sum gauge is added', () => {
    const [one, other] = [gaugeAt('sum'), gaugeAt('sum')]
    one.setAt(1, -5)
    other.setAt(1, 7)
    assert.equal(merged(one.registry.collect(), other.registry.collect()), 2)
  })
})
