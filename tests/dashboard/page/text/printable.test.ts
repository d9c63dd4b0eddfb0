import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { printable, shortened } from '../../../../src/dashboard/page/text/printable.ts'

describe('printable', () => {
  it('replaces every control character by its code', () => {
    for (let code = 0; code < 32; code++)
      assert.equal(printable(String.fromCharCode(code)), `\\u${code.toString(16).padStart(4, '0')}`)
    assert.equal(printable('\u007f\u0085'), '\\u007f\\u0085')
  })

  it('keeps letters, emoji and the narrow space of numbers', () => {
    assert.equal(printable('Größe 12\u202f345 日本 🎉'), 'Größe 12\u202f345 日本 🎉')
  })

  it('replaces halves of surrogate pairs', () => {
    assert.equal(printable('\ud83c|\udf89'), '\\ud83c|\\udf89')
  })
})

describe('shortened', () => {
  it('keeps the beginning and the end of a long text', () => {
    const short = shortened(`/start${'x'.repeat(16_000)}/end`, 40)
    assert.equal(short.length, 40)
    assert.match(short, /^\/startx+…x+\/end$/)
  })

  it('returns a text that fits as it is', () => {
    assert.equal(shortened('0123456789', 10), '0123456789')
  })

  it('never cuts a surrogate pair in half', () => {
    for (let length = 4; length < 40; length++)
      assert.doesNotMatch(printable(shortened('🎉'.repeat(50), length)), /\\u/)
  })
})
