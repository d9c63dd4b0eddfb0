import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { checkShape, type HistogramShape } from '../../../src/metrics/kinds/histogram-shape.ts'

describe('checkShape', () => {
  it('checkShape completes the scale, and the schema of native buckets', () => {
    assert.deepEqual(checkShape('a', { buckets: [1, 2] }), { buckets: [1, 2], scale: 1e6 })
    assert.deepEqual(checkShape('a', { native: true, scale: 1 }), { buckets: [], scale: 1, schema: 3 })
    assert.deepEqual(checkShape('a', { buckets: [-1, 0], native: { schema: 0 } }), {
      buckets: [-1, 0],
      scale: 1e9,
      schema: 0,
    })
  })

  it('the default scale follows the unit, the last part of the name, or the smallest positive bound', () => {
    const cases: [name: string, shape: Parameters<typeof checkShape>[1], scale: number][] = [
      ['a', { unit: 'seconds', buckets: [1000] }, 1e9],
      ['a_seconds', { buckets: [1000] }, 1e9],
      ['a_milliseconds', { buckets: [5] }, 1e6],
      ['a_microseconds', { buckets: [5] }, 1e3],
      ['a_nanoseconds', { buckets: [5] }, 1],
      ['a_bytes', { buckets: [0.5, 1000] }, 1],
      ['seconds_bytes', { unit: 'bytes', native: true }, 1],
      ['a_ratio', { buckets: [0.5] }, 1e9],
      ['a_bytes', { buckets: [1000], scale: 7 }, 7],
      ['a', { buckets: [1000, 1e6] }, 1e3],
      ['a', { buckets: [1, 10] }, 1e6],
      ['a', { buckets: [-1, 0, 9.99] }, 1e6],
      ['a', { buckets: [0.25] }, 1e7],
      ['a', { buckets: [1e-7] }, 1e9],
      ['a', { buckets: [1e6] }, 1],
      ['a', { buckets: [1e20] }, 1],
      ['a', { buckets: [-1, 0] }, 1e9],
      ['a', { native: true }, 1e9],
    ]
    for (const [name, shape, scale] of cases)
      assert.equal(checkShape(name, shape).scale, scale, `${name} ${JSON.stringify(shape)}`)
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
