import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { crc32 as crc32OfZlib } from 'node:zlib'
import fc from 'fast-check'
import { crc32, crc32Portable } from '../../src/stores/crc32.ts'

for (const [name, crc] of Object.entries({ crc32, crc32Portable })) {
  describe(name, () => {
    it('equals the check value of the CRC catalogue', () => {
      assert.equal(crc(new TextEncoder().encode('123456789')), 0xcbf43926)
      assert.equal(crc(new Uint8Array()), 0)
    })

    it('equals that of zlib, for bytes at any offset of a buffer', () => {
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(9), (bytes, from) => {
          assert.equal(crc(bytes.subarray(from)), crc32OfZlib(bytes.subarray(from)))
        }),
      )
    })
  })
}
