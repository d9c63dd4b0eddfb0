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

/** Where the checksum is, and from where on it counts. */
const [CRC_AT, COVERED_FROM] = [3, 7]

describe('the envelope of an entry', () => {
  it('gives back all that was put in', () => {
    fc.assert(
      fc.property(envelopes, (envelope) => assert.deepEqual(decodeEnvelope(encoded(envelope)), envelope)),
    )
  })

  it('takes 66 bytes, and 2 for each tag, beside tags and payload', () => {
    fc.assert(
      fc.property(envelopes, (envelope) => {
        const tags = envelope.tags.reduce((sum, tag) => sum + 2 + new TextEncoder().encode(tag).length, 0)
        assert.equal(encoded(envelope).length, HEAD_BYTES + tags + envelope.payload.length)
      }),
    )
  })

  it('refuses what the form cannot hold', () => {
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

/** Never to be changed: entries of these forms are in stores. A change of the form is another format, with its own golden. */
const golden: Record<string, { hex: string[]; envelope: Envelope }> = {
  'a plain one': {
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
  'one with tags and a schema version': {
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
  'an absence, never to be used stale, without payload': {
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
  'one that is fresh for ever': {
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

describe('the form of an envelope', () => {
  for (const [what, { hex, envelope }] of Object.entries(golden)) {
    it(`is the one that other processes read: ${what}`, () => {
      assert.equal(Buffer.from(encoded(envelope)).toString('hex'), hex.join(''))
      assert.deepEqual(decodeEnvelope(fromHex(hex.join(''))), envelope)
    })
  }

  it('of format 1 is outdated, and no error', () => {
    const format1 = [
      '485201' + '03',
      '3ff0000000000000400000000000000040080000000000004010000000000000' + '40140000000000004016000000000000',
      'deadbeef',
      '0002' + '000161' + '0002c3a9',
      '010203',
    ]
    assert.equal(decodeEnvelope(fromHex(format1.join(''))), 'outdated')
  })

  it('of any other format is outdated, whatever follows', () => {
    fc.assert(
      fc.property(bytes, fc.nat(255), (rest, format) => {
        fc.pre(format !== ENVELOPE_FORMAT)
        assert.equal(decodeEnvelope(new Uint8Array([0x48, 0x52, format, ...rest])), 'outdated')
      }),
    )
  })
})

describe('bytes that hold no envelope', () => {
  it('are corrupt, and no error: arbitrary ones', () => {
    fc.assert(
      fc.property(bytes, (bytes) => {
        fc.pre(bytes[0] !== 0x48 || bytes[1] !== 0x52)
        assert.equal(decodeEnvelope(bytes), 'corrupt')
      }),
      { numRuns: 2000 },
    )
  })

  it('are corrupt when they are cut anywhere', () => {
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

  it('are never taken for an envelope when bits of one are turned over', () => {
    const whole = encoded({ ...sample, tags: ['a', 'b'] })
    for (let bit = 0; bit < 8 * whole.length; bit++) {
      const turned = whole.slice()
      turned[bit >> 3] = (turned[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      assert.equal(typeof decodeEnvelope(turned), 'string', `bit ${bit}`)
    }
    fc.assert(
      fc.property(envelopes, fc.nat(), fc.integer({ min: 1, max: 255 }), (envelope, at, mask) => {
        const turned = encoded(envelope)
        turned[at % turned.length] = (turned[at % turned.length] ?? 0) ^ mask
        assert.equal(typeof decodeEnvelope(turned), 'string')
      }),
      { numRuns: 1000 },
    )
  })

  it('are corrupt with a right checksum too: times, flags, lengths that lie', () => {
    const lies: Record<string, (view: DataView) => void> = {
      'a flag that there is not': (view) => view.setUint8(7, 4),
      'a time that is none': (view) => view.setFloat64(12, Number.NaN),
      'fresh for longer than it may be refreshed behind': (view) => view.setFloat64(28, 1.9),
      'fresh for longer than it may stand in': (view) => view.setFloat64(36, 1.9),
      'fresh for longer than it is kept': (view) => view.setFloat64(44, 1.9),
      'more tags than bytes': (view) => view.setUint16(64, 65_535),
      'a tag longer than the bytes': (view) => view.setUint16(66, 65_535),
      'the last tag longer than the bytes': (view) => view.setUint16(69, 65_535),
      'the last tag longer by one than all that follows': (view) => view.setUint16(69, 2 + 3 + 1),
      'a tag that is no UTF-8': (view) => view.setUint8(68, 0xff),
    }
    for (const [what, lie] of Object.entries(lies)) {
      const bytes = encoded({ ...sample, tags: ['a', 'bc'] })
      lie(new DataView(bytes.buffer))
      assert.equal(decodeEnvelope(signed(bytes)), 'corrupt', what)
    }
  })

  it('neither throw nor give anything beyond their end, whatever stands there', () => {
    const head = fc.constantFrom([0x48, 0x52, ENVELOPE_FORMAT])
    const damaged = fc
      .tuple(envelopes, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 5 }))
      .map(([envelope, changes]) => {
        const bytes = encoded(envelope)
        for (const [at, value] of changes) bytes[at % bytes.length] = value
        return bytes
      })
    const random = fc.tuple(head, bytes).map(([head, rest]) => new Uint8Array([...head, ...rest]))
    fc.assert(
      fc.property(fc.oneof(damaged, random), fc.nat(20), fc.boolean(), (bytes, before, sign) => {
        const tried = sign ? signed(bytes) : bytes
        const decoded = [0x00, 0xff].map((around) => {
          const buffer = new Uint8Array(before + tried.length + 70_000).fill(around)
          buffer.set(tried, before)
          return decodeEnvelope(buffer.subarray(before, before + tried.length))
        })
        assert.deepEqual(decoded[0], decoded[1])
        const [one] = decoded
        if (typeof one === 'object') assert.deepEqual(encoded(one), tried) // one form for each envelope
      }),
      { numRuns: 1000 },
    )
  })

  it('are not needed any more when an envelope was read from them', () => {
    const bytes = encoded(sample)
    const envelope = decodeEnvelope(bytes)
    bytes.fill(0)
    assert.deepEqual(envelope, sample)
  })
})

function encoded(envelope: Envelope): Uint8Array<ArrayBuffer> {
  return encodeEnvelope(envelope) ?? assert.fail('the form cannot hold it')
}

/** With the checksum that they should have. */
function signed(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  if (bytes.length < COVERED_FROM) return bytes
  const copy = bytes.slice()
  new DataView(copy.buffer).setUint32(CRC_AT, crc32(copy.subarray(COVERED_FROM)))
  return copy
}

function fromHex(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, 'hex'))
}
