import assert from 'node:assert/strict'
import { it } from 'node:test'
import { earliest, finiteSum, latestExemplar } from '../../../src/metrics/merging/extremes.ts'

it('finiteSum does not exceed the largest number', () => {
  assert.equal(finiteSum(1, 2), 3)
  assert.equal(finiteSum(Number.MAX_VALUE, Number.MAX_VALUE), Number.MAX_VALUE)
})

it('earliest returns the least time, or 0 as soon as one is unknown', () => {
  assert.equal(earliest(undefined, 5), 5)
  assert.equal(earliest(5, 3), 3)
  assert.equal(earliest(3, 5), 3)
  assert.equal(earliest(3, undefined), 0)
  assert.equal(earliest(0, 3), 0)
})

it('latestExemplar does not depend on the order', () => {
  const at = (timestamp: number, value = 1) => ({ labels: {}, value, timestamp })
  for (const [one, other, latest] of [
    [at(1), at(2), at(2)],
    [at(1, 7), at(1, 8), at(1, 8)],
    [undefined, at(1), at(1)],
    [undefined, undefined, undefined],
  ]) {
    assert.deepEqual(latestExemplar(one, other), latest)
    assert.deepEqual(latestExemplar(other, one), latest)
  }
})
