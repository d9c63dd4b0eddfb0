/** Keys on the wire: unchanged, or hashed. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { wireKey } from '../../../../src/stores/memcached/client/wire-key.ts'

describe('wireKey', () => {
  it('a key of 1 to 200 printable ASCII characters stays as it is', () => {
    for (const key of ['a', '!', '~', 'user:1?x=%20', 'k'.repeat(200)]) assert.equal(wireKey(key), key)
  })

  it('an empty key, a long one and one with other characters are hashed', () => {
    for (const key of ['', 'k'.repeat(201), 'a b', 'a\r\nb', 'a\tb', '\0', '\x7f', 'é', '鍵', '\ud800']) {
      assert.match(wireKey(key), /^#sha256:[\w-]{43}$/, JSON.stringify(key))
    }
  })

  it('a readable key that looks like a hash is hashed', () => {
    const hash = wireKey('a b')
    assert.notEqual(wireKey(hash), hash)
  })

  it('keys that differ in a lone surrogate have different hashes', () => {
    assert.notEqual(wireKey('\ud800'), wireKey('\ud801'))
    assert.notEqual(wireKey('\ud800'), wireKey('\ufffd'))
  })

  it('every key becomes one that the server accepts, and different keys stay different', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), fc.string({ maxLength: 300 }), (a, b) => {
        assert.match(wireKey(a), /^[!-~]{1,250}$/)
        assert.equal(wireKey(a) === wireKey(b), a === b)
      }),
    )
  })
})
