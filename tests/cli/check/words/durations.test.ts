import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { bytesText, secondsText } from '../../../../src/cli/check/words/durations.ts'

describe('secondsText', () => {
  it('a duration has its two largest units', () => {
    for (const [seconds, text] of [
      [0, '0 s'],
      [59.9, '59 s'],
      [119, '119 s'],
      [120, '2 min'],
      [150, '2 min 30 s'],
      [5400, '1 h 30 min'],
      [3601, '1 h'],
      [86_400, '1 d'],
      [90_061, '1 d 1 h'],
      [31_536_000, '365 d'],
      [-10, '-10 s'],
    ] as const) {
      assert.equal(secondsText(seconds), text)
    }
  })
})

describe('bytesText', () => {
  it('a size has one decimal place from a thousand on', () => {
    const sizes = [0, 1, 999, 1000, 1_234_567, 2_000_000_000]
    assert.deepEqual(sizes.map(bytesText), [
      '0 bytes',
      '1 byte',
      '999 bytes',
      '1.0 kB',
      '1.2 MB',
      '2000.0 MB',
    ])
  })
})
