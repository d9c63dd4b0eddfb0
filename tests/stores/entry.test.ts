import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { decodeEnvelope, type Envelope, encodeEnvelope } from '../../src/stores/entry.ts'

const time = fc.double({ noNaN: true })
const envelopes: fc.Arbitrary<Envelope> = fc.record(
  {
    madeAt: time,
    freshUntil: time,
    revalidateUntil: time,
    errorUntil: time,
    loadedAt: time,
    loader: fc.nat(2 ** 32 - 1),
    mustRevalidate: fc.boolean(),
    negative: fc.boolean(),
    tags: fc.array(fc.string({ unit: 'grapheme' })),
    payload: fc.uint8Array().map((bytes) => new Uint8Array(bytes)),
  },
  { noNullPrototype: true },
)

describe('the envelope of an entry', () => {
  it('gives back all that was put in', () => {
    fc.assert(
      fc.property(envelopes, (envelope) => {
        const bytes = encodeEnvelope(envelope)
        assert.ok(bytes)
        assert.deepEqual(decodeEnvelope(bytes), envelope)
      }),
    )
  })

  it('keeps the form that other versions read', () => {
    const bytes = encodeEnvelope({
      madeAt: 1,
      freshUntil: 2,
      revalidateUntil: 3,
      errorUntil: 4,
      loadedAt: 5.5,
      loader: 0xdeadbeef,
      mustRevalidate: true,
      negative: true,
      tags: ['a', 'é'],
      payload: new Uint8Array([1, 2, 3]),
    })
    assert.equal(
      Buffer.from(bytes ?? []).toString('hex'),
      [
        '485201', // HR, format 1
        '03', // must revalidate, negative
        '3ff0000000000000',
        '4000000000000000',
        '4008000000000000',
        '4010000000000000',
        '4016000000000000',
        'deadbeef',
        '0002',
        '0001' + '61',
        '0002' + 'c3a9',
        '010203',
      ].join(''),
    )
  })

  it('is nothing when it is cut anywhere before the payload', () => {
    fc.assert(
      fc.property(envelopes, fc.nat(), (envelope, cut) => {
        const bytes = encodeEnvelope({ ...envelope, payload: new Uint8Array() })
        assert.ok(bytes)
        assert.equal(decodeEnvelope(bytes.subarray(0, cut % bytes.length)), undefined)
      }),
    )
  })

  it('is nothing, and no error, in arbitrary bytes and in those of another format', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        decodeEnvelope(bytes)
        const [magic, format] = [[0x48, 0x52], 2]
        assert.equal(decodeEnvelope(new Uint8Array([...magic, format, 0, ...bytes])), undefined)
        // Past the head anything goes, as long as it does not throw or read beyond its end.
        decodeEnvelope(new Uint8Array([...magic, 1, 0, ...bytes]))
      }),
    )
  })

  it('refuses tags that the form cannot hold', () => {
    const base = { ...sample, payload: new Uint8Array() }
    assert.equal(encodeEnvelope({ ...base, tags: ['x'.repeat(65_536)] }), undefined)
    assert.equal(encodeEnvelope({ ...base, tags: Array.from({ length: 65_536 }, () => '') }), undefined)
    assert.ok(encodeEnvelope({ ...base, tags: ['x'.repeat(65_535)] }))
  })
})

const sample = {
  madeAt: 0,
  freshUntil: 0,
  revalidateUntil: 0,
  errorUntil: 0,
  loadedAt: 0,
  loader: 0,
  mustRevalidate: false,
  negative: false,
}
