import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { sampleLine } from '../../../src/metrics/exposition/sample-line.ts'

describe('sampleLine', () => {
  it('sampleLine writes braces only around labels', () => {
    assert.equal(sampleLine('reads_total', '', '1'), 'reads_total 1\n')
    assert.equal(sampleLine('reads_total', 'a="x",b="y"', '1 2'), 'reads_total{a="x",b="y"} 1 2\n')
  })
})
