import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { quantileOf, quantilesBetween, quantilesOf } from '../../../src/dashboard/data/quantiles.ts'

const bounds = [1, 2, 4]

describe('quantileOf', () => {
  it('interpolates within the bucket, from 0 in the lowest', () => {
    const buckets = { bounds, counts: [10, 10, 0, 0] }
    assert.equal(quantileOf(buckets, 0.25), 0.5)
    assert.equal(quantileOf(buckets, 0.5), 1)
    assert.ok(Math.abs(quantileOf(buckets, 0.99) - 1.98) < 1e-12)
  })

  it('is the highest bound for observations above it', () => {
    assert.equal(quantileOf({ bounds, counts: [1, 0, 0, 9] }, 0.99), 4)
  })

  it('passes over empty buckets', () => {
    assert.equal(quantileOf({ bounds, counts: [0, 0, 2, 0] }, 0.5), 3)
  })
})

describe('quantilesOf', () => {
  it('is absent without observations, and without a histogram', () => {
    assert.equal(quantilesOf({ bounds, counts: [0, 0, 0, 0] }), undefined)
    assert.equal(quantilesOf(undefined), undefined)
  })
})

describe('quantilesBetween', () => {
  it('is that of the observations since the older snapshot', () => {
    const older = { bounds, counts: [100, 0, 0, 0] }
    const newer = { bounds, counts: [100, 0, 4, 0] }
    assert.deepEqual(quantilesBetween(older, newer), { count: 4, p50: 3, p99: 3.98 })
  })

  it('is that of all observations for a series that is new', () => {
    assert.equal(quantilesBetween(undefined, { bounds, counts: [2, 0, 0, 0] })?.count, 2)
  })

  it('is absent after counts have become smaller, and for other bounds', () => {
    const older = { bounds, counts: [5, 1, 0, 0] }
    assert.equal(quantilesBetween(older, { bounds, counts: [0, 9, 0, 0] }), undefined)
    assert.equal(quantilesBetween(older, { bounds: [1], counts: [9, 9] }), undefined)
  })
})
