import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { metricOf, selectorsOf } from './promql.ts'

describe('selectorsOf', () => {
  for (const [expression, ...selectors] of [
    ['up', 'up'],
    ['up{job="a"} == 0 or absent(up{job="a"})', 'up{job="a"}'],
    ['sum by (job, le) (rate(a_bucket{x=~"5..|{}"}[5m])) / 2e3', 'a_bucket{x=~"5..|{}"}'],
    ['60 * sum_over_time(job:a:rate5m[30m:1m])', 'job:a:rate5m'],
    ['a{} offset 15m unless on (job) b', 'a{}', 'b'],
    ['label_replace(a, "access", "b", "method", "GET|HEAD") or vector(0)', 'a'],
    ['a / ignoring (outcome) group_left () sum without (b) (c{d="e(",f="g"})', 'a', 'c{d="e(",f="g"}'],
  ] as const)
    it(`finds ${selectors.join(' and ')} in ${expression}`, () => {
      assert.deepEqual(selectorsOf(expression), selectors)
    })

  it('metricOf returns the name without the matchers', () => {
    assert.equal(metricOf('a:b{c="d"}'), 'a:b')
  })
})
