import assert from 'node:assert/strict'
import { it } from 'node:test'
import { combinations } from '../../../src/metrics/merging/combinations.ts'
import type { MergeRule } from '../../../src/metrics/series/family.ts'

it('no combination depends on the order of its arguments', () => {
  const numbers = [-2, 0, 0.5, 3, Number.NaN, Number.POSITIVE_INFINITY]
  const weighted = numbers.flatMap((value) => [0, 1, 4].map((weight) => ({ value, weight })))
  for (const rule of Object.keys(combinations) as MergeRule[]) {
    for (const a of weighted) {
      for (const b of weighted) assert.deepEqual(combinations[rule](a, b), combinations[rule](b, a), rule)
    }
  }
})
