import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { checkShape, type HistogramShape } from '../../../src/metrics/kinds/histogram-shape.ts'

describe('checkShape', () => {
  it('checkShape completes the scale, and the schema of native buckets', () => {
    assert.deepEqual(checkShape('a', { buckets: [1, 2] }), { buckets: [1, 2], scale: 1e9 })
    assert.deepEqual(checkShape('a', { native: true, scale: 1 }), { buckets: [], scale: 1, schema: 3 })
    assert.deepEqual(checkShape('a', { buckets: [-1, 0], native: { schema: 0 } }), {
      buckets: [-1, 0],
      scale: 1e9,
      schema: 0,
    })
  })

  it('checkShape copies the buckets, which the caller may change', () => {
    const buckets = [1]
    const shape = checkShape('a', { buckets })
    buckets.push(2)
    assert.deepEqual(shape.buckets, [1])
  })

  const invalid: [shape: HistogramShape, message: string][] = [
    [{}, 'a: a histogram needs buckets, native or both'],
    [{ native: false }, 'a: a histogram needs buckets, native or both'],
    [{ buckets: [] }, 'a: buckets is empty'],
    [{ buckets: [1, Number.NaN] }, 'a: buckets must be finite numbers, got NaN'],
    [{ buckets: [1, Number.POSITIVE_INFINITY] }, 'a: buckets must be finite numbers, got Infinity'],
    [{ buckets: [2, 1] }, 'a: buckets must ascend, got 1 after 2'],
    [{ buckets: [1, 1] }, 'a: buckets must ascend, got 1 after 1'],
    [{ buckets: [1], scale: 0 }, 'a: scale must be a whole number from 1, got 0'],
    [{ buckets: [1], scale: 1.5 }, 'a: scale must be a whole number from 1, got 1.5'],
    [{ native: { schema: 9 } }, 'a: native.schema must be a whole number from 0 to 8, got 9'],
    [{ native: { schema: -1 } }, 'a: native.schema must be a whole number from 0 to 8, got -1'],
    [{ native: { schema: 0.5 } }, 'a: native.schema must be a whole number from 0 to 8, got 0.5'],
  ]
  for (const [shape, message] of invalid) {
    it(`checkShape throws "${message}" for ${JSON.stringify(shape)}`, () => {
      assert.throws(() => checkShape('a', shape), { message })
    })
  }
})
