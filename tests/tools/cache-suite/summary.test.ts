import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Result, summaryOf } from '../../../tools/cache-suite/summary.ts'

describe('the summary of the public cache suite', () => {
  it('counts each kind, and leaves out results that say nothing', () => {
    const suites = [
      {
        tests: [
          { id: 'good' },
          { id: 'bad' },
          { id: 'setup' },
          { id: 'presumes', depends_on: ['bad'] },
          { id: 'fast', kind: 'optimal' },
          { id: 'slow', kind: 'optimal', depends_on: ['good'] },
          { id: 'is-it', kind: 'check' },
          { id: 'browser', browser_only: true },
        ],
      },
    ]
    const results: Record<string, Result> = {
      good: true,
      bad: ['Assertion', 'wrong'],
      setup: ['Setup', 'no'],
      presumes: ['Assertion', 'who knows'],
      fast: true,
      slow: ['Assertion', 'late'],
      'is-it': ['Assertion', 'no'],
    }
    assert.equal(
      summaryOf(suites, results),
      `required  1 of 2 passed, 2 not judged
optimal   1 of 2 passed
check     0 of 1 yes

required  bad: wrong
optimal   slow: late`,
    )
  })
})
