import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { crc32 } from '../../src/stores/crc32.ts'
import { decodeEnvelope, ENVELOPE_FORMAT, type Envelope, encodeEnvelope } from '../../src/stores/entry.ts'
import { rounds } from '../support/rounds.ts'

/** The times that an entry can have; without -0, which JSON does not have. */
const time = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
  fc.constant(Number.POSITIVE_INFINITY),
)
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
      mustRevalidate: fc.boolean(),
      negative: fc.boolean(),
      tags: fc.array(
        fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('', '\ufeffx', '\0', '\n', '\ud800')),
      ),
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
  mustRevalidate: false,
  negative: false,
  tags: [],
  payload: new Uint8Array([1, 2, 3]),
}

/** The offset of the checksum, and the first offset that it covers. */
const [CRC_AT, COVERED_FROM] = [4, 13]

describe('the envelope of an entry', () => {
  it('a decoded envelope equals the encoded one', () => {
    fc.assert(
      fc.property(envelopes, (envelope) => assert.deepEqual(decodeEnvelope(encoded(envelope)), envelope)),
    )
  })

  it('an envelope with a payload of text is text', () => {
    const payload = new TextEncoder().encode('{"name":"Zoë"}')
    const text = new TextDecoder('utf-8', { fatal: true }).decode(
      encoded({ ...sample, payload, tags: ['ü'] }),
    )
    assert.match(text, /^HR4 [0-9a-f]{8} \[7,0,1,2,3,4,5,"ü"\]\n\{"name":"Zoë"\}$/)
  })

  it('an envelope with an invalid schema version is not encoded', () => {
    for (const schemaVersion of [-1, 1.5, 2 ** 32, Number.NaN]) {
      assert.equal(encodeEnvelope({ ...sample, schemaVersion }), undefined)
    }
  })

  it('an envelope can have many and long tags', () => {
    for (const tags of [['x'.repeat(100_000)], Array.from({ length: 100_000 }, () => '')]) {
      assert.deepEqual(decodeEnvelope(encoded({ ...sample, tags })), { ...sample, tags })
    }
  })
})

/** Must not change: stores contain entries of these formats. A change of the format needs another version with samples of its own. */
const golden: Record<string, { text: string; envelope: Envelope }> = {
  'a plain envelope': {
    text: 'HR4 0ea569d0 [0,0,1,2,3,4,5]\n\x01\x02\x03',
    envelope: { ...sample, schemaVersion: 0 },
  },
  'an envelope with tags and a schema version': {
    text: 'HR4 525004d2 [7,0,1,2,3,4,5,"user:1","","é"]\n{"id":"1"}',
    envelope: {
      ...sample,
      tags: ['user:1', '', 'é'],
      payload: new TextEncoder().encode('{"id":"1"}'),
    },
  },
  'an absence with mustRevalidate and no payload': {
    text: 'HR4 46321182 [1,3,1800000000000,1800000005000.5,1800000005000.5,1800000005000.5,1800000005000.5]\n',
    envelope: {
      ...sample,
      schemaVersion: 1,
      madeAt: 1.8e12,
      freshUntil: 1.8e12 + 5000.5,
      revalidateUntil: 1.8e12 + 5000.5,
      errorUntil: 1.8e12 + 5000.5,
      keptUntil: 1.8e12 + 5000.5,
      mustRevalidate: true,
      negative: true,
      payload: new Uint8Array(),
    },
  },
  'an envelope that is fresh for ever': {
    text: 'HR4 a67ef426 [4294967295,0,1,null,null,null,null]\n\x01\x02\x03',
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
  for (const [description, { text, envelope }] of Object.entries(golden)) {
    it(`the format is unchanged: ${description}`, () => {
      assert.equal(new TextDecoder().decode(encoded(envelope)), text)
      assert.deepEqual(decodeEnvelope(bytesOf(text)), envelope)
    })
  }

  it('a text of another format is outdated, whatever bytes follow', () => {
    fc.assert(
      fc.property(bytes, fc.nat(9), (rest, format) => {
        fc.pre(format !== ENVELOPE_FORMAT)
        assert.equal(decodeEnvelope(joined(bytesOf(`HR${format} 00000000 `), rest)), 'outdated')
      }),
    )
  })

  it('the binary formats before 4 are corrupt, and no error', () => {
    for (const format of [1, 2, 3]) {
      assert.equal(decodeEnvelope(new Uint8Array([0x48, 0x52, format, ...Array(64).fill(0)])), 'corrupt')
    }
  })
})

describe('bytes without an envelope', () => {
  it('arbitrary bytes are corrupt, and no error', () => {
    fc.assert(
      fc.property(bytes, (bytes) => {
        fc.pre(bytes[0] !== 0x48 || bytes[1] !== 0x52)
        assert.equal(decodeEnvelope(bytes), 'corrupt')
      }),
      { numRuns: rounds(500, 2000) },
    )
  })

  it('truncated bytes are corrupt at every length', () => {
    fc.assert(
      fc.property(envelopes, fc.nat(), (envelope, cut) => {
        const whole = encoded(envelope)
        assert.equal(decodeEnvelope(whole.subarray(0, cut % whole.length)), 'corrupt')
      }),
      { numRuns: rounds(300, 1000) },
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
      { numRuns: rounds(300, 1000) },
    )
  })

  it('bytes with a correct checksum and a wrong header line are corrupt', () => {
    const wrong = [
      ...['', 'null', '{}', '7', '[', '[]', '[7,0,1,2,3,4]'],
      ...['[-1,0,1,2,3,4,5]', '[1.5,0,1,2,3,4,5]', '[4294967296,0,1,2,3,4,5]', '[null,0,1,2,3,4,5]'],
      ...['[7,4,1,2,3,4,5]', '[7,-1,1,2,3,4,5]', '[7,"0",1,2,3,4,5]'],
      ...['[7,0,"1",2,3,4,5]', '[7,0,1,2,3,4,true]', '[7,0,1,2,3,4,[]]'],
      ...['[7,0,1,2,1.9,4,5]', '[7,0,1,2,3,1.9,5]', '[7,0,1,2,3,4,1.9]', '[7,0,1,null,3,4,5]'],
      ...['[7,0,1,2,3,4,5,6]', '[7,0,1,2,3,4,5,null]', '[7,0,1,2,3,4,5,"a",["b"]]'],
      ...['[7,0,-1e999,2,3,4,5]', '[7,0,1,-1e999,3,4,5]'],
    ]
    for (const head of wrong) {
      assert.equal(decodeEnvelope(withChecksum(bytesOf(`HR4 00000000 ${head}\n`))), 'corrupt', head)
    }
    assert.equal(
      decodeEnvelope(withChecksum(bytesOf('HR4 00000000 [7,0,1,2,3,4,5]'))),
      'corrupt',
      'no line end',
    )
    assert.equal(typeof decodeEnvelope(withChecksum(bytesOf('HR4 00000000 [7,0,1,2,3,4,5]\n'))), 'object')
  })

  it('decoding neither throws nor reads beyond the end, for any bytes', () => {
    const head = fc.constantFrom(bytesOf(`HR${ENVELOPE_FORMAT} 00000000 [7,0,1,2`))
    const damaged = fc
      .tuple(envelopes, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 5 }))
      .map(([envelope, changes]) => {
        const bytes = encoded(envelope)
        for (const [index, value] of changes) bytes[index % bytes.length] = value
        return bytes
      })
    const random = fc.tuple(head, bytes).map(([head, rest]) => joined(head, rest))
    fc.assert(
      fc.property(fc.oneof(damaged, random), fc.nat(20), fc.boolean(), (bytes, before, sign) => {
        const input = sign ? withChecksum(bytes) : bytes
        const decoded = [0x0a, 0xff].map((around) => {
          const buffer = new Uint8Array(before + input.length + 1000).fill(around)
          buffer.set(input, before)
          return decodeEnvelope(buffer.subarray(before, before + input.length))
        })
        assert.deepEqual(decoded[0], decoded[1])
        const [first] = decoded
        if (typeof first === 'object') assert.deepEqual(decodeEnvelope(encoded(first)), asWritten(first))
      }),
      { numRuns: rounds(300, 1000) },
    )
  })

  it('a decoded payload has a buffer of its own', () => {
    const bytes = encoded(sample)
    const envelope = decodeEnvelope(bytes)
    bytes.fill(0)
    assert.deepEqual(envelope, sample)
    assert.equal(typeof envelope === 'object' && envelope.payload.buffer.byteLength, 3)
  })
})

function encoded(envelope: Envelope): Uint8Array<ArrayBuffer> {
  return encodeEnvelope(envelope) ?? assert.fail('the envelope cannot be encoded')
}

/** Copies the bytes with a correct checksum. */
function withChecksum(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  if (bytes.length < COVERED_FROM) return bytes
  const copy = bytes.slice()
  copy.set(bytesOf(crc32(copy.subarray(COVERED_FROM)).toString(16).padStart(8, '0')), CRC_AT)
  return copy
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text)
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array([...first, ...second])
}

/** The envelope as JSON writes it: a made-up one may have -0, which is written as 0. */
function asWritten(envelope: object): object {
  return Object.fromEntries(Object.entries(envelope).map(([name, value]) => [name, value === 0 ? 0 : value]))
}
