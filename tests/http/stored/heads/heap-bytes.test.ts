import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { bytesOfRecord, bytesOfText, bytesOfTextBody } from '../../../../src/http/stored/heads/heap-bytes.ts'

describe('sizes of the parts of stored responses', () => {
  it('a text takes one byte per character, or two with a character above U+00FF', () => {
    assert.equal(bytesOfText('x'.repeat(1016)) - bytesOfText('x'.repeat(16)), 1000)
    assert.equal(bytesOfText('€'.repeat(1016)) - bytesOfText('€'.repeat(16)), 2000)
  })

  it('a body of text takes its characters and at most 1 % more', () => {
    for (const [character, width] of [
      ['x', 1],
      ['€', 2],
    ] as const) {
      const bytes = bytesOfTextBody(character.repeat(16_384), width === 1)
      assert.equal(bytes >= 16_384 * width && bytes < 16_384 * width * 1.01, true, `${bytes}`)
    }
  })

  it('a record takes its names and its values', () => {
    const base = bytesOfRecord({ 'a-name': 'a value' })
    assert.equal(bytesOfRecord({}), 0)
    assert.equal(bytesOfRecord({ 'a-name': undefined }) < base, true)
    assert.equal(bytesOfRecord({ 'a-name': 'a value', 'b-name': 'x'.repeat(1000) }) > base + 1000, true)
    assert.equal(bytesOfRecord({ [`a-${'n'.repeat(1000)}`]: 'a value' }) > base + 990, true)
  })
})
