import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { renderText } from '../../../src/metrics/exposition/text.ts'
import { createRegistry, type HistogramSnapshot, merge } from '../../../src/metrics/index.ts'
import { histogram, snapshotOf } from '../exposition/snapshots.ts'

/** A snapshot of a histogram with these observations. */
function observed(shape: object, values: readonly number[]) {
  const registry = createRegistry({ now: () => 1000 })
  const histogram = registry.histogram({ name: 'h', help: '', ...shape })
  for (const value of values) histogram.observe(value)
  return registry.collect()
}

function mergedHistogram(...snapshots: readonly ReturnType<typeof observed>[]): HistogramSnapshot {
  const [family] = merge(snapshots).families
  assert.ok(family?.type === 'histogram')
  return family
}

describe('merged histograms', () => {
  it('histograms with different bounds keep the common ones, with exact counts', () => {
    const merged = merge([
      observed({ buckets: [1, 2, 4] }, [0.5, 1.5, 3, 9]),
      observed({ buckets: [2, 3, 4, 8] }, [0.5, 2.5, 4, 7, 9]),
    ])
    assert.equal(
      renderText(merged),
      `\
# HELP h${' '}
# TYPE h histogram
h_bucket{le="2"} 3
h_bucket{le="4"} 6
h_bucket{le="+Inf"} 9
h_sum 37
h_count 9
`,
    )
  })

  it('histograms without a common bound keep their count and sum', () => {
    const { bounds, values, scale } = mergedHistogram(
      observed({ buckets: [1] }, [0.5, 2]),
      observed({ buckets: [2] }, [2]),
    )
    assert.deepEqual([bounds, values[0], (values[1] ?? 0) / scale], [[], 3, 4.5])
  })

  it('sums of different scales are added in the finer one', () => {
    const { scale, values } = mergedHistogram(
      observed({ buckets: [1], scale: 1 }, [3]),
      observed({ buckets: [1], scale: 1000 }, [0.25]),
    )
    assert.deepEqual([scale, values], [1000, [1, 1, 3250]])
  })

  it('native buckets are left out if one of the histograms has none', () => {
    const merged = mergedHistogram(
      observed({ buckets: [1], native: true }, [0.5]),
      observed({ buckets: [1] }, [2]),
    )
    assert.equal(merged.native, undefined)
    assert.deepEqual(merged.values.slice(0, 2), [1, 1])
  })

  it('exemplars go to the bucket that contains theirs, the latest of each', () => {
    const exemplar = (value: number, timestamp: number) => ({ labels: {}, value, timestamp })
    const one = histogram(
      { name: 'h', bounds: [1, 2] },
      { counts: [1, 1, 0], sum: 2, exemplars: [exemplar(1, 10), exemplar(2, 30), undefined] },
    )
    const other = histogram(
      { name: 'h', bounds: [2] },
      { counts: [1, 1], sum: 4, exemplars: [exemplar(1.5, 20), exemplar(3, 5)] },
    )
    for (const order of [
      [one, other],
      [other, one],
    ]) {
      const merged = mergedHistogram(...order.map((family) => snapshotOf(family)))
      assert.deepEqual(merged.exemplars, [[exemplar(2, 30), exemplar(3, 5)]])
    }
  })

  it('histograms of any shapes equal one histogram of the common shape', () => {
    const value = fc.oneof(
      fc.integer({ min: 0, max: 40 }).map((n) => n / 4),
      fc.constantFrom(0.001, 2 ** 0.5, 2 ** 0.125),
    )
    const shape = fc.record({
      buckets: fc.uniqueArray(fc.constantFrom(0.25, 0.5, 1, 2, 3, 8), { minLength: 1 }),
      schema: fc.integer({ min: 0, max: 8 }),
      scale: fc.constantFrom(1, 1000, 1e9),
      values: fc.array(value, { maxLength: 20 }),
    })
    fc.assert(
      fc.property(fc.array(shape, { minLength: 2, maxLength: 4 }), (shapes) => {
        const ascending = shapes.map(({ buckets, ...one }) => ({
          ...one,
          buckets: buckets.sort((a, b) => a - b),
        }))
        const merged = mergedHistogram(
          ...ascending.map(({ buckets, schema, scale, values }) =>
            observed({ buckets, scale, native: { schema } }, values),
          ),
        )
        const [first, ...others] = ascending
        const common =
          first?.buckets.filter((bound) => others.every(({ buckets }) => buckets.includes(bound))) ?? []
        const schema = Math.min(...ascending.map((one) => one.schema))
        const scale = Math.min(...ascending.map((one) => one.scale)) // of the widest zero bucket
        const all = ascending.flatMap(({ values }) => values)
        const expected = observed(
          { ...(common.length > 0 ? { buckets: common } : {}), scale, native: { schema } },
          all,
        ).families[0]
        assert.ok(expected?.type === 'histogram')
        assert.deepEqual(merged.bounds, expected.bounds)
        assert.deepEqual(merged.native, expected.native)
        assert.deepEqual(merged.values.slice(0, -1), expected.values.slice(0, -1))
      }),
      { numRuns: 300 },
    )
  })
})
