import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { bytes } from '../../../../src/dashboard/page/text/bytes.ts'

describe('bytes', () => {
  it('chooses the unit by size', () => {
    const values = [0, 1023, 1024, 1536, 1_048_000, 67_108_864, 3 * 2 ** 30, 5 * 2 ** 50]
    assert.deepEqual(
      values.map((value) => bytes(value).replaceAll('\u202f', ' ')),
      ['0 B', '1 023 B', '1 KiB', '1.5 KiB', '1 MiB', '64 MiB', '3 GiB', '5 120 TiB'],
    )
  })
})
