import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as zlib from 'node:zlib'
import {
  type Compressors,
  compressorsOf,
  loadCompressors,
} from '../../../src/metrics/exposition/compression.ts'

const body = new TextEncoder().encode('cache_reads_total{outcome="hit"} 12345\n'.repeat(10_000))
const read = { gzip: zlib.gunzipSync, zstd: zlib.zstdDecompressSync }

async function sizes(compressors: Compressors): Promise<Record<string, number>> {
  const sizes: Record<string, number> = {}
  for (const [encoding, compress] of Object.entries(compressors)) {
    const before = body.slice()
    const compressed = await compress(body)
    assert.deepEqual(new Uint8Array(read[encoding as 'gzip' | 'zstd'](compressed)), body)
    assert.deepEqual(body, before)
    sizes[encoding] = compressed.length
  }
  return sizes
}

it('this runtime offers zstd and gzip, in this order', async () => {
  const compressors = await loadCompressors()
  assert.deepEqual(Object.keys(compressors), ['zstd', 'gzip'])
  for (const size of Object.values(await sizes(compressors))) assert.ok(size < body.length / 20, `${size}`)
})

describe('a runtime', () => {
  // The blocking functions are not used either.
  it('a runtime without zstd offers gzip', async () => {
    assert.deepEqual(Object.keys(await sizes(compressorsOf({ gzip: zlib.gzip }))), ['gzip'])
  })

  it("a runtime without node:zlib offers the web platform's gzip", async () => {
    assert.deepEqual(Object.keys(await sizes(compressorsOf(undefined))), ['gzip'])
  })
})

it('bodies of any length survive compression', async () => {
  for (const compressors of [await loadCompressors(), compressorsOf(undefined)]) {
    for (const [encoding, compress] of Object.entries(compressors)) {
      for (const length of [0, 1, 5_000_000]) {
        const compressed = await compress(new Uint8Array(length))
        assert.equal(read[encoding as 'gzip' | 'zstd'](compressed).length, length)
      }
    }
  }
})

it('an error of the compressor rejects the promise', async () => {
  const broken = {
    gzip: (_body: unknown, _options: unknown, done: (error: Error) => void) => done(new Error('no memory')),
  }
  await assert.rejects(async () => compressorsOf(broken as never).gzip?.(body), /no memory/)
})
