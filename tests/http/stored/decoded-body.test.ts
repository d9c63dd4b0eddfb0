import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as zlib from 'node:zlib'
import { isDecoded } from '../../../src/http/stored/decoded-body.ts'
import { seededRandom } from '../../support/seeded-random.ts'

const text = new TextEncoder().encode(
  JSON.stringify({ name: 'Ada Lovelace', city: 'London', note: 'ünïcode\n' }),
)

describe('isDecoded()', () => {
  it('is true for a text whose header names a coding', () => {
    for (const coding of ['gzip', 'GZIP', ' x-gzip ', 'zstd', 'br', 'deflate']) {
      assert.equal(isDecoded(coding, text), true, coding)
    }
    for (const coding of ['gzip', 'zstd']) assert.equal(isDecoded(coding, new Uint8Array([1])), true, coding)
  })

  it('is false for encoded bodies of any size', () => {
    const seed = Number(process.env.HITRATE_SEED ?? Math.floor(Math.random() * 2 ** 31))
    console.log(`HITRATE_SEED=${seed}`)
    const random = seededRandom(seed)
    for (let size = 0; size < 2000; size += size < 200 ? 1 : 37) {
      const body = Uint8Array.from({ length: size }, () => 32 + Math.floor(random() * 90))
      for (const bytes of [body, new Uint8Array(size).fill(97)]) {
        assert.equal(isDecoded('gzip', zlib.gzipSync(bytes)), false, `gzip of ${size}`)
        assert.equal(isDecoded('zstd', zlib.zstdCompressSync(bytes)), false, `zstd of ${size}`)
        assert.equal(isDecoded('br', zlib.brotliCompressSync(bytes)), false, `br of ${size}`)
        assert.equal(isDecoded('deflate', zlib.deflateSync(bytes)), false, `deflate of ${size}`)
        assert.equal(isDecoded('deflate', zlib.deflateRawSync(bytes)), false, `raw deflate of ${size}`)
      }
    }
  })

  it('is false where it cannot be known', () => {
    for (const coding of [
      null,
      '',
      'identity',
      'utf-8',
      'aws-chunked',
      'gzip, br',
      'x-own',
      'compress',
      '__proto__',
    ]) {
      assert.equal(isDecoded(coding, text), false, String(coding))
    }
    for (const coding of ['gzip', 'br']) {
      assert.equal(isDecoded(coding, null), false)
      assert.equal(isDecoded(coding, new Uint8Array()), false)
    }
    assert.equal(isDecoded('br', new TextEncoder().encode('a short text')), false)
    assert.equal(isDecoded('br', new Uint8Array(40)), false)
  })
})
