import assert from 'node:assert/strict'
import { it } from 'node:test'
import { ProtobufWriter } from '../../../src/metrics/exposition/protobuf-writer.ts'

function written(write: (out: ProtobufWriter) => void): string {
  const out = new ProtobufWriter()
  write(out)
  return Buffer.from(out.finish()).toString('hex')
}

it('varints have seven bits per byte, lowest first, also above 32 bits', () => {
  const expected: [number, string][] = [
    [0, '00'],
    [127, '7f'],
    [128, '8001'],
    [300, 'ac02'],
    [2 ** 32 - 1, 'ffffffff0f'],
    [2 ** 32, '8080808010'],
    [Number.MAX_SAFE_INTEGER, 'ffffffffffffff0f'],
    [-1, 'ffffffffffffffffff01'],
    [-300, 'd4fdffffffffffffff01'],
    [Number.MIN_SAFE_INTEGER, '8180808080808' + '0f0ff01'],
  ]
  for (const [value, bytes] of expected)
    assert.equal(
      written((out) => out.varint(1, value)),
      `08${bytes}`,
    )
})

it('zigzag alternates the sign, exact to 2^53', () => {
  const expected: [number, string][] = [
    [0, '00'],
    [-1, '01'],
    [1, '02'],
    [-2, '03'],
    [63, '7e'],
    [-64, '7f'],
    [64, '8001'],
    [-65, '8101'],
    [2 ** 31 - 1, 'feffffff0f'],
    [-(2 ** 31), 'ffffffff0f'],
    [Number.MAX_SAFE_INTEGER, 'feffffffffffff1f'],
    [Number.MIN_SAFE_INTEGER, 'fdffffffffffff1f'],
  ]
  for (const [value, bytes] of expected)
    assert.equal(
      written((out) => out.zigzag(13, value)),
      `68${bytes}`,
    )
  assert.equal(
    written((out) => out.zigzags(13, [0, -1, 64])),
    '6a0400018001',
  )
  assert.equal(
    written((out) => out.zigzags(13, [])),
    '',
  )
})

it('doubles are little-endian', () => {
  assert.equal(
    written((out) => out.double(1, 1)),
    '09000000000000f03f',
  )
  assert.equal(
    written((out) => out.double(1, -0)),
    '090000000000000080',
  )
  assert.equal(
    written((out) => out.double(2, Number.NEGATIVE_INFINITY)),
    '11000000000000f0ff',
  )
})

it('the buffer grows for any number of fields', () => {
  const expected = '09000000000000f03f'
  const fields = 20_000
  assert.equal(
    written((out) => {
      for (let i = 0; i < fields; i++) out.double(1, 1)
    }),
    expected.repeat(fields),
  )
})

it('strings are UTF-8 after their length, with malformed characters replaced', () => {
  assert.equal(
    written((out) => out.string(1, 'a')),
    '0a0161',
  )
  assert.equal(
    written((out) => out.string(1, '')),
    '0a00',
  )
  assert.equal(
    written((out) => out.string(1, 'aé😀')),
    '0a0761c3a9f09f9880',
  )
  assert.equal(
    written((out) => out.string(1, 'a\ud800')),
    '0a0461efbfbd',
  )
})

it('fields above 15 have a tag of two bytes', () => {
  assert.equal(
    written((out) => out.string(16, '')),
    '820100',
  )
})

it('lengths of messages are right at any length and depth', () => {
  for (const length of [0, 1, 126, 127, 128, 129, 16_381, 16_382, 16_383, 16_384, 70_000, 2_097_152]) {
    const text = 'x'.repeat(length)
    const hex = Buffer.from(text).toString('hex')
    const sized = (bytes: string) => varint(bytes.length / 2) + bytes
    const string = `0a${sized(hex)}`
    assert.equal(
      written((out) => out.string(1, text)),
      string,
    )
    assert.equal(
      written((out) => out.delimited(() => out.message(2, () => out.message(3, () => out.string(1, text))))),
      sized(`12${sized(`1a${sized(string)}`)}`),
    )
  }
})

function varint(length: number): string {
  return written((out) => out.varint(1, length)).slice(2)
}
