import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { crc32 } from '../../src/stores/crc32.ts'
import { decodeEnvelope, ENVELOPE_FORMAT, type Envelope, encodeEnvelope } from '../../src/stores/entry.ts'

const time = fc.double({ noNaN: true })
const bytes = fc.uint8Array({ maxLength: 200 }).map((bytes) => new Uint8Array(bytes))
const envelopes: fc.Arbitrary<Envelope> = fc
  .record(
    {
      schemaVersion: fc.nat(2 ** 32 - 1),
      madeAt: time,
      freshUntil: time,
      revalidateUntil: time,
      errorUntil: time,
      keptUntil: time,
      loadedAt: time,
      loader: fc.nat(2 ** 32 - 1),
      mustRevalidate: fc.boolean(),
      negative: fc.boolean(),
      tags: fc.array(fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('', '\ufeffx', '\0'))),
      payload: bytes,
    },
    { noNullPrototype: true },
  )
  .map((envelope) => ({
    ...envelope,
    revalidateUntil: Math.max(envelope.freshUntil, envelope.revalidateUntil),
    errorUntil: Math.max(envelope.freshUntil, envelope.errorUntil),
    keptUntil: Math.max(envelope.freshUntil, envelope.keptUntil),
  }))

const sample: Envelope = {
  schemaVersion: 7,
  madeAt: 1,
  freshUntil: 2,
  revalidateUntil: 3,
  errorUntil: 4,
  keptUntil: 5,
  loadedAt: 5.5,
  loader: 0xdeadbeef,
  mustRevalidate: false,
  negative: false,
  tags: [],
  payload: new Uint8Array([1, 2, 3]),
}

const HEAD_BYTES = 66

/** The offset of the checksum, and the first offset that it covers. */
const [CRC_AT, COVERED_FROM] = [3, 7]

describe('the envelope of an entry', () => {
  it('a decoded envelope equals the encoded one', () => {
    fc.assert(
      fc.property(envelopes, (envelope) => assert.deepEqual(decodeEnvelope(encoded(envelope)), envelope)),
    )
  })

  it('an envelope takes 66 bytes, and 2 per tag, in addition to tags and payload', () => {
    fc.assert(
      fc.property(envelopes, (envelope) => {
        const tags = envelope.tags.reduce((sum, tag) => sum + 2 + new TextEncoder().encode(tag).length, 0)
        assert.equal(encoded(envelope).length, HEAD_BYTES + tags + envelope.payload.length)
      }),
    )
  })

  it('an envelope with too long, too many or malformed tags or an invalid schema version is not encoded', () => {
    assert.equal(encodeEnvelope({ ...sample, tags: ['x'.repeat(65_536)] }), undefined)
    assert.equal(encodeEnvelope({ ...sample, tags: ['é'.repeat(32_768)] }), undefined)
    assert.equal(encodeEnvelope({ ...sample, tags: Array.from({ length: 65_536 }, () => '') }), undefined)
    assert.equal(encodeEnvelope({ ...sample, tags: ['\ud800'] }), undefined)
    for (const schemaVersion of [-1, 1.5, 2 ** 32, Number.NaN]) {
      assert.equal(encodeEnvelope({ ...sample, schemaVersion }), undefined)
    }
    for (const tags of [['x'.repeat(65_535)], Array.from({ length: 65_535 }, () => '')]) {
      assert.deepEqual(decodeEnvelope(encoded({ ...sample, tags })), { ...sample, tags })
    }
  })
})

/** Must not change: stores contain entries of these formats. A change of the format needs another version with samples of its own. */
const golden: Record<string, { hex: string[]; envelope: Envelope }> = {
  'a plain envelope': {
    hex: [
      '4852' + '03', // HR, format 3
      'e246876d', // checksum
      '00', // no flags
      '00000000', // no schema
      '3ff0000000000000', // madeAt
      '4000000000000000', // freshUntil
      '4008000000000000', // revalidateUntil
      '4010000000000000', // errorUntil
      '4014000000000000', // keptUntil
      '4016000000000000', // loadedAt
      'deadbeef', // loader
      '0000', // no tags
      '010203',
    ],
    envelope: { ...sample, schemaVersion: 0 },
  },
  'an envelope with tags and a schema version': {
    hex: [
      '4852' + '03',
      'c5e25390',
      '00',
      '00000007',
      '3ff0000000000000400000000000000040080000000000004010000000000000' + '40140000000000004016000000000000',
      'deadbeef',
      '0003',
      '0006' + '757365723a31',
      '0000',
      '0002' + 'c3a9',
      '7b226964223a2231227d',
    ],
    envelope: {
      ...sample,
      tags: ['user:1', '', 'é'],
      payload: new TextEncoder().encode('{"id":"1"}'),
    },
  },
  'an absence with mustRevalidate and no payload': {
    hex: [
      '4852' + '03',
      '45bd96be',
      '03',
      '00000001',
      '427a3185c5000000', // 1,800,000,000,000
      '427a3185c6388000',
      '427a3185c6388000',
      '427a3185c6388000',
      '427a3185c6388000',
      '427a3185c5000100', // a fraction of a millisecond later
      '00000001',
      '0000',
    ],
    envelope: {
      ...sample,
      schemaVersion: 1,
      madeAt: 1.8e12,
      freshUntil: 1.8e12 + 5000,
      revalidateUntil: 1.8e12 + 5000,
      errorUntil: 1.8e12 + 5000,
      keptUntil: 1.8e12 + 5000,
      loadedAt: 1.8e12 + 2 ** -4,
      loader: 1,
      mustRevalidate: true,
      negative: true,
      payload: new Uint8Array(),
    },
  },
  'an envelope that is fresh for ever': {
    hex: [
      '4852' + '03',
      '213327d6',
      '00',
      'ffffffff',
      '3ff0000000000000',
      '7ff0000000000000',
      '7ff0000000000000',
      '7ff0000000000000',
      '7ff0000000000000',
      '4016000000000000',
      'deadbeef',
      '0000',
      '010203',
    ],
    envelope: {
      ...sample,
      schemaVersion: 2 ** 32 - 1,
      freshUntil: Number.POSITIVE_INFINITY,
      revalidateUntil: Number.POSITIVE_INFINITY,
      errorUntil: Number.POSITIVE_INFINITY,
      keptUntil: Number.POSITIVE_INFINITY,
    },
  },
}

describe('the format of an envelope', () => {
  for (const [description, { hex, envelope }] of Object.entries(golden)) {
    it(`the format is unchanged: ${description}`, () => {
      assert.equal(Buffer.from(encoded(envelope)).toString('hex'), hex.join(''))
      assert.deepEqual(decodeEnvelope(fromHex(hex.join(''))), envelope)
    })
  }

  it('format 1 is outdated, and no error', () => {
    const format1 = [
      '485201' + '03',
      '3ff0000000000000400000000000000040080000000000004010000000000000' + '40140000000000004016000000000000',
      'deadbeef',
      '0002' + '000161' + '0002c3a9',
      '010203',
    ]
    assert.equal(decodeEnvelope(fromHex(format1.join(''))), 'outdated')
  })

  it('any other format is outdated, whatever bytes follow', () => {
    fc.assert(
      fc.property(bytes, fc.nat(255), (rest, format) => {
        fc.pre(format !== ENVELOPE_FORMAT)
        assert.equal(decodeEnvelope(new Uint8Array([0x48, 0x52, format, ...rest])), 'outdated')
      }),
    )
  })
})

describe('bytes without an envelope', () => {
  it('arbitrary bytes are corrupt, and no error', () => {
    fc.assert(
      fc.property(bytes, (bytes) => {
        fc.pre(bytes[0] !== 0x48 || bytes[1] !== 0x52)
        assert.equal(decodeEnvelope(bytes), 'corrupt')
      }),
      { numRuns: 2000 },
    )
  })

  it('truncated bytes are corrupt at every length', () => {
    fc.assert(
      fc.property(envelopes, fc.nat(), (envelope, cut) => {
        const whole = encoded(envelope)
        assert.equal(decodeEnvelope(whole.subarray(0, cut % whole.length)), 'corrupt')
      }),
      { numRuns: 1000 },
    )
    const whole = encoded({ ...sample, tags: ['a', 'b'] })
    for (let length = 0; length < whole.length; length++) {
      assert.equal(decodeEnvelope(whole.subarray(0, length)), 'corrupt', `${length} bytes`)
    }
  })

  it('bytes with changed bits are never decoded', () => {
    const whole = encoded({ ...sample, tags: ['a', 'b'] })
    for (let bit = 0; bit < 8 * whole.length; bit++) {
      const changed = whole.slice()
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      assert.equal(typeof decodeEnvelope(changed), 'string', `bit ${bit}`)
    }
    fc.assert(
      fc.property(envelopes, fc.nat(), fc.integer({ min: 1, max: 255 }), (envelope, index, mask) => {
        const changed = encoded(envelope)
        changed[index % changed.length] = (changed[index % changed.length] ?? 0) ^ mask
        assert.equal(typeof decodeEnvelope(changed), 'string')
      }),
      { numRuns: 1000 },
    )
  })

  it('bytes with a correct checksum and invalid times, flags or lengths are corrupt', () => {
    const faults: Record<string, (view: DataView) => void> = {
      'an unknown flag': (view) => view.setUint8(7, 4),
      'a time of NaN': (view) => view.setFloat64(12, Number.NaN),
      'fresh for longer than revalidateUntil': (view) => view.setFloat64(28, 1.9),
      'fresh for longer than errorUntil': (view) => view.setFloat64(36, 1.9),
      'fresh for longer than keptUntil': (view) => view.setFloat64(44, 1.9),
      'more tags than bytes': (view) => view.setUint16(64, 65_535),
      'a tag longer than the bytes': (view) => view.setUint16(66, 65_535),
      'the last tag longer than the bytes': (view) => view.setUint16(69, 65_535),
      'the last tag one byte longer than the bytes that follow': (view) => view.setUint16(69, 2 + 3 + 1),
      'a tag with invalid UTF-8': (view) => view.setUint8(68, 0xff),
    }
    for (const [description, applyFault] of Object.entries(faults)) {
      const bytes = encoded({ ...sample, tags: ['a', 'bc'] })
      applyFault(new DataView(bytes.buffer))
      assert.equal(decodeEnvelope(withChecksum(bytes)), 'corrupt', description)
    }
  })

  it('decoding neither throws nor reads beyond the end, for any bytes', () => {
    const head = fc.constantFrom([0x48, 0x52, ENVELOPE_FORMAT])
    const damaged = fc
      .tuple(envelopes, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 5 }))
      .map(([envelope, changes]) => {
        const bytes = encoded(envelope)
        for (const [index, value] of changes) bytes[index % bytes.length] = value
        return bytes
      })
    const random = fc.tuple(head, bytes).map(([head, rest]) => new Uint8Array([...head, ...rest]))
    fc.assert(
      fc.property(fc.oneof(damaged, random), fc.nat(20), fc.boolean(), (bytes, before, sign) => {
        const input = sign ? withChecksum(bytes) : bytes
        const decoded = [0x00, 0xff].map((around) => {
          const buffer = new Uint8Array(before + input.length + 70_000).fill(around)
          buffer.set(input, before)
          return decodeEnvelope(buffer.subarray(before, before + input.length))
        })
        assert.deepEqual(decoded[0], decoded[1])
        const [first] = decoded
        if (typeof first === 'object') assert.deepEqual(encoded(first), input) // each envelope has one encoding
      }),
      { numRuns: 1000 },
    )
  })

  it('decoded envelopes do not share memory with the bytes', () => {
    const bytes = encoded(sample)
    const envelope = decodeEnvelope(bytes)
    bytes.fill(0)
    assert.deepEqual(envelope, sample)
  })
})

function encoded(envelope: Envelope): Uint8Array<ArrayBuffer> {
  return encodeEnvelope(envelope) ?? assert.fail('the envelope cannot be encoded')
}

/** Copies the bytes with a correct checksum. */
function withChecksum(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  if (bytes.length < COVERED_FROM) return bytes
  const copy = bytes.slice()
  new DataView(copy.buffer).setUint32(CRC_AT, crc32(copy.subarray(COVERED_FROM)))
  return copy
}

function fromHex(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, 'hex'))
}
