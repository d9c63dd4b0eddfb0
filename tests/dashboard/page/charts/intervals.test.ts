import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { hitRateOf, intervalsOf, newest, totalOf } from '../../../../src/dashboard/page/charts/intervals.ts'
import { NO_READS, NOW, READS, samplesOf } from '../../../support/dashboard/sample-data.ts'

const everyMs = 2000
const hits = (list: ReturnType<typeof intervalsOf>) => list.map(({ reads }) => reads?.hit)

describe('intervalsOf', () => {
  it('returns the differences of neighbours', () => {
    const intervals = intervalsOf({ everyMs, samples: samplesOf('a', [5, 7, 7, 20]) }, 'a', 100)
    assert.deepEqual(hits(intervals), [2, 0, 13])
    assert.deepEqual(
      intervals.map(({ from, to, bytes }) => [from - NOW, to - NOW, bytes]),
      [
        [-6000, -4000, 70],
        [-4000, -2000, 70],
        [-2000, 0, 200],
      ],
    )
  })

  it('has no reads for an interval in which the counts began again', () => {
    assert.deepEqual(hits(intervalsOf({ everyMs, samples: samplesOf('a', [50, 70, 3, 8]) }, 'a', 100)), [
      20,
      undefined,
      5,
    ])
  })

  it('has no reads for a cache that was not there before', () => {
    const samples = samplesOf('a', [1, 2, 4]).map((sample, index) =>
      index === 0 ? { ...sample, caches: {} } : sample,
    )
    assert.deepEqual(hits(intervalsOf({ everyMs, samples }, 'a', 100)), [undefined, 2])
    assert.deepEqual(hits(intervalsOf({ everyMs, samples }, 'unknown', 100)), [undefined, undefined])
  })

  it('is empty without two samples', () => {
    assert.deepEqual(intervalsOf({ everyMs, samples: [] }, 'a', 100), [])
    assert.deepEqual(intervalsOf({ everyMs, samples: samplesOf('a', [1]) }, 'a', 100), [])
  })

  it('joins samples into few intervals without losing reads', () => {
    const samples = samplesOf(
      'a',
      Array.from({ length: 500 }, (_, index) => index * 3),
    )
    const intervals = intervalsOf({ everyMs, samples }, 'a', 60)
    assert.ok(intervals.length <= 62 && intervals.length >= 30, String(intervals.length))
    assert.equal(
      hits(intervals).reduce<number>((sum, one) => sum + (one ?? 0), 0),
      499 * 3,
    )
    assert.ok(intervals.every(({ from }, index) => index === 0 || from === intervals[index - 1]?.to))
  })

  it('keeps the bounds of intervals when newer samples arrive', () => {
    const all = samplesOf(
      'a',
      Array.from({ length: 100 }, (_, index) => index),
    )
    const before = intervalsOf({ everyMs, samples: all.slice(0, 98) }, 'a', 20)
    const after = intervalsOf({ everyMs, samples: all.slice(0, 99) }, 'a', 20)
    assert.deepEqual(after.slice(0, before.length - 1), before.slice(0, -1))
  })

  it('finds a restart inside of joined samples', () => {
    const samples = samplesOf('a', [...Array(50).keys(), 0, ...Array(49).keys()])
    const without = intervalsOf({ everyMs, samples }, 'a', 10).filter(({ reads }) => reads === undefined)
    assert.equal(without.length, 1)
  })

  it('joins quantiles: the median weighted, the largest p99', () => {
    const samples = samplesOf('a', [0, 1, 2]).map((sample, index) => ({
      ...sample,
      caches: {
        a: { ...sample.caches.a, hit: { count: index === 1 ? 30 : 10, p50: index, p99: 10 - index } },
      },
    }))
    const intervals = intervalsOf({ everyMs: 1, samples }, 'a', 1)
    assert.deepEqual(intervals.at(-1)?.hit, { count: 10, p50: 2, p99: 8 })
    const joined = intervalsOf({ everyMs: 4000, samples }, 'a', 1).flatMap(({ hit }) => hit ?? [])
    assert.ok(joined.every(({ p99 }) => p99 <= 9))
  })
})

describe('hitRateOf', () => {
  it('counts hits and stale answers, and leaves out errors and bypasses', () => {
    assert.equal(hitRateOf(READS), 9400 / 10_000)
    assert.equal(totalOf(READS), 10_023)
  })

  it('is undefined without a read that could have been a hit', () => {
    assert.equal(hitRateOf({ ...NO_READS, error: 4, bypass: 2 }), undefined)
  })
})

describe('newest', () => {
  it('adds up the reads of the newest intervals', () => {
    const intervals = intervalsOf({ everyMs, samples: samplesOf('a', [0, 10, 30, 60]) }, 'a', 100)
    assert.deepEqual(newest(intervals, 4000), { reads: { ...NO_READS, hit: 50 }, seconds: 4 })
  })

  it('is undefined without intervals that have reads', () => {
    assert.equal(newest([], 60_000), undefined)
    assert.equal(newest([{ from: 0, to: 2000 }], 60_000), undefined)
  })
})
