import assert from 'node:assert/strict'
import { it } from 'node:test'
import { widthOf } from '../../src/heap/text-width.ts'

it('a character takes one byte if all characters are below U+0100, otherwise two', () => {
  assert.equal(widthOf(''), 1)
  assert.equal(widthOf('abc\0ÿ\n'), 1)
  assert.equal(widthOf('abcĀ'), 2)
  assert.equal(widthOf(`${'x'.repeat(100_000)}☃`), 2)
  assert.equal(widthOf('\ud800'), 2)
})

it('the width of a string of more than a million characters errs upward', () => {
  assert.equal(widthOf('x'.repeat(1024 * 1024)), 1)
  assert.equal(widthOf('x'.repeat(1024 * 1024 + 1)), 2)
})
