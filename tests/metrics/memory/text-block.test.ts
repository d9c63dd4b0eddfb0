import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import {
  blockLength,
  capacityFor,
  encodeText,
  fits,
  initBlock,
  readText,
  writeText,
} from '../../../src/metrics/memory/text-block.ts'

/** A block with room for this text, between other cells. */
function blockFor(text: string) {
  const capacity = capacityFor(encodeText(text))
  const block = { ints: new Int32Array(new SharedArrayBuffer(4 * (blockLength(capacity) + 2))), at: 1 }
  initBlock(block, capacity)
  return block
}

describe('a text block', () => {
  it('readText returns the text that was written last', () => {
    const text = fc.string({ unit: 'binary', maxLength: 100 }).map((one) => one.toWellFormed())
    fc.assert(
      fc.property(text, text, (first, second) => {
        const block = blockFor(first.length > second.length ? first + second : second + first)
        for (const one of [first, second]) {
          writeText(block, encodeText(one))
          assert.equal(readText(block), one)
        }
        assert.deepEqual([block.ints[0], block.ints.at(-1)], [0, 0])
      }),
    )
  })

  it('fits is true exactly for texts that the capacity holds', () => {
    const block = blockFor('x'.repeat(33))
    assert.deepEqual(
      ['', 'x'.repeat(64), 'x'.repeat(65), 'ä'.repeat(33)].map((text) => fits(block, encodeText(text))),
      [true, true, false, false],
    )
    assert.equal(capacityFor(encodeText('')), 8)
  })
})
