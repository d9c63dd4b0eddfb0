/** Values as text: UTF-8 as it is, other bytes in base64. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { bytesOf, textOf } from '../../../src/stores/redis/value-text.ts'

const encoded = (text: string) => new TextEncoder().encode(text)

describe('the text of a value', () => {
  const texts = ['', 'text', 'é 🙂 \u0000\r\n', '\uFEFFmark', 'true', '{"a":1}', '1e3', 'null', '[1]']
  for (const text of texts) {
    it(`a text is sent as it is: ${JSON.stringify(text)}`, () => {
      assert.equal(textOf(encoded(text)), `u${text}`)
      assert.deepEqual(bytesOf(`u${text}`), encoded(text))
    })
  }

  it('bytes that are not UTF-8 are sent in base64', () => {
    assert.equal(textOf(Uint8Array.of(255, 0, 1)), 'b/wAB')
    for (const length of [1, 2, 3, 8191, 8192, 8193, 100_000]) {
      const bytes = new Uint8Array(length).map((_, i) => 255 - (i % 256))
      assert.deepEqual(bytesOf(textOf(bytes)), bytes)
    }
  })

  it('a text of a value is never JSON', () => {
    for (const text of texts) assert.throws(() => JSON.parse(textOf(encoded(text))), SyntaxError)
    for (const first of Array.from({ length: 256 }, (_, i) => i)) {
      assert.throws(() => JSON.parse(textOf(Uint8Array.of(first, 255))), SyntaxError)
    }
  })

  it('a text of another form is refused', () => {
    for (const text of ['', 'xyz', null, undefined, 5]) assert.throws(() => bytesOf(text), TypeError)
  })
})
