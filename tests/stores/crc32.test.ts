import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { crc32 as crc32OfZlib } from 'node:zlib'
import fc from 'fast-check'
import { crc32 } from '../../src/stores/crc32.ts'

describe('crc32', () => {
  it('crc32 equals the check value of the CRC catalogue', () => {
    assert.equal(crc32(new TextEncoder().encode('123456789')), 0xcbf43926)
    assert.equal(crc32(new Uint8Array()), 0)
  })

  it('crc32 equals that of zlib, for bytes at any offset of a buffer', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(9), (bytes, from) => {
        assert.equal(crc32(bytes.subarray(from)), crc32OfZlib(bytes.subarray(from)))
      }),
    )
  })
})
