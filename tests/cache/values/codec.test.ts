/** The memory that decoded values take. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { sizeOfDecoded } from '../../../src/cache/values/codec.ts'
import { jsonCodec } from '../../../src/cache/values/json-codec.ts'
import { sizeOf } from '../../../src/cache/values/size-of.ts'

describe('sizeOfDecoded', () => {
  const value = { name: 'Ada' }
  const withBytes = (bytes: () => number | undefined) => ({ ...jsonCodec, bytes })

  it('the size is that of the codec', () => {
    assert.equal(
      sizeOfDecoded(
        withBytes(() => 7),
        value,
        1000,
      ),
      7,
    )
  })

  it('the size is an estimate, as far as the limit, if the codec returns none or throws', () => {
    const throws = () => {
      throw new Error('no')
    }
    for (const codec of [jsonCodec, withBytes(() => undefined), withBytes(throws)]) {
      assert.equal(sizeOfDecoded(codec, value, 1000), sizeOf(value))
      assert.equal(sizeOfDecoded(codec, value, 10), Infinity)
    }
  })
})
