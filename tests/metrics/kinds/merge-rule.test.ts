import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createRegistry, merge, type Snapshot } from '../../../src/metrics/index.ts'
import { mergeRuleOf, weightsOf } from '../../../src/metrics/kinds/merge-rule.ts'

it('the rule of a gauge is its merge, else its threads, else mean for a ratio and sum for all others', () => {
  assert.deepEqual(mergeRuleOf({ name: 'hit_ratio', threads: 'max', merge: 'min' }), { merge: 'min' })
  assert.deepEqual(mergeRuleOf({ name: 'hit_ratio', threads: 'max' }), {}) // as in threads
  assert.deepEqual(mergeRuleOf({ name: 'hit_ratio' }), { merge: 'mean' })
  assert.deepEqual(mergeRuleOf({ name: 'ratio' }), {})
  assert.deepEqual(mergeRuleOf({ name: 'g', merge: 'sum' }), {})
  assert.deepEqual(mergeRuleOf({ name: 'hit_ratio', merge: 'sum' }), {})
})

it('a rule that does not exist is an error at the declaration', () => {
  const declare = () => createRegistry().gauge({ name: 'g', help: '', merge: 'average' as 'mean' })
  assert.throws(declare, new TypeError('g: merge must be sum, max, min, mean or latest, got "average"'))
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

  it('the mean of a computed ratio is the ratio over all processes', () => {
    const ratioOf = (hits: number, reads: number) => {
      const registry = createRegistry()
      const value = () => ({ value: reads === 0 ? 0 : hits / reads, weight: reads })
      registry.gauge({ name: 'hit_ratio', help: 'Hits per read.', value })
      return registry.collect()
    }
    assert.equal(merged(ratioOf(1, 2), ratioOf(6, 6), ratioOf(0, 0)), 7 / 8)
    assert.equal(merged(ratioOf(0, 0), ratioOf(0, 0)), 0)
  })

  it('the mean of labelled ratios is one of each label', () => {
    const ratiosOf = (...ratios: [cache: string, hits: number, reads: number][]) => {
      const registry = createRegistry()
      registry.gauge({
        name: 'hit_ratio',
        help: 'Hits per read.',
        labels: { cache: { max: 2 } },
        values: () =>
          ratios.map(([cache, hits, reads]) => [{ cache }, { value: hits / reads, weight: reads }]),
      })
      return registry.collect()
    }
    const [family] = merge([
      ratiosOf(['a', 1, 2], ['b', 1, 4], ['c', 1, 1], ['d', 0, 3]),
      ratiosOf(['b', 3, 4], ['a', 0, 2]),
    ]).families
    assert.deepEqual(
      family?.series.map(({ text }) => text),
      ['cache="a"', 'cache="b"', 'cache="other"'],
    )
    assert.deepEqual(family?.values, [0.25, 0.5, 0.25])
  })

  it('a computed latest gauge has the time of its snapshot', () => {
    const lengthAt = (now: number, value: number) => {
      const registry = createRegistry({ now: () => now })
      registry.gauge({ name: 'queue_length', help: 'Length.', merge: 'latest', value: () => value })
      return registry.collect()
    }
    assert.equal(merged(lengthAt(2000, 7), lengthAt(3000, 5), lengthAt(1000, 9)), 5)
  })

  it('merge may differ from threads', () => {
    const [one, other] = [1, 5].map((value) => {
      const registry = createRegistry()
      registry.gauge({ name: 'g', help: 'G.', threads: 'sum', merge: 'min' }).set(value)
      return registry.collect()
    })
    assert.ok(one && other)
    assert.equal(merged(one, other), 1)
  })

  it('an invalid weight costs the sample, and is reported', () => {
    for (const weight of [-1, Number.NaN, Number.POSITIVE_INFINITY, '1']) {
      const errors: string[] = []
      const registry = createRegistry({ onError: (error) => errors.push(String(error)) })
      registry.gauge({ name: 'hit_ratio', help: '', value: () => ({ value: 1, weight: weight as number }) })
      assert.deepEqual(registry.collect().families[0]?.values, [])
      assert.match(
        errors.join(),
        /^RangeError: hit_ratio: the weight must be a finite number, not negative, got/,
      )
    }
  })

  it('a sum gauge is added', () => {
    const [one, other] = [gaugeAt('sum'), gaugeAt('sum')]
    one.setAt(1, -5)
    other.setAt(1, 7)
    assert.equal(merged(one.registry.collect(), other.registry.collect()), 2)
  })
})
